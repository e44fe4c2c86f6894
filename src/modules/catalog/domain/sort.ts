/** The orders of a list of items. */
export const SORTS = ['newest', 'price', '-price', 'relevance'] as const;
export type Sort = (typeof SORTS)[number];
