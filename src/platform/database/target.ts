/** Which server a pool leads to. */
export type Target = 'primary' | 'replica';
