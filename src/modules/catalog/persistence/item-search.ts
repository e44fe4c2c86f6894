import { Injectable } from '@nestjs/common';
import type { Recency } from '../../../platform/cache/index.js';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { CORRECTABLE_LENGTH_MAX, nearestWords, editsAllowed } from '../domain/edit-distance.js';
import type { Position } from '../domain/position.js';
import { ORDERS, itemsOfPage, sortKey, toListedItem, type Order, type ListedItem } from './item-pages.js';
import type { ItemRow } from './item-row.js';
import { toVersionedRows, withVersion, type VersionedRows } from './read-version.js';

export interface SearchRequest {
  readonly query: Query;
  readonly sort: 'relevance' | 'newest' | 'price' | '-price';
  readonly category?: string;
  readonly limit: number;
  readonly after?: Position;
  /** Whether it has to be the latest, which only the primary is sure to have. */
  readonly recency: Recency;
}

/** As the client typed it, or corrected into an expression of ours. */
export type Query = { readonly typed: string } | { readonly corrected: string };

/** Of a word that half of the catalog has, only the most popular matches are ranked: ranking reads each row. */
const RANKED_MAX = 500;
/** Up to so many matches are gathered and sorted; that takes some 30 ms at most. */
const GATHERED_MAX = 10_000;
/** More words than this are not corrected. */
const CORRECTED_WORDS_MAX = 8;
const CANDIDATES_MAX = 30;
/** Shorter beginnings of words match too much to be of use. */
const PREFIX_LENGTH_MIN = 3;

/** Full-text search over title, brand, SKU and description, with a second chance for misspelt queries. */
@Injectable()
export class ItemSearch {
  constructor(@InjectDatabase('catalog') private readonly database: ContextDatabase) {}

  async page(request: SearchRequest): Promise<VersionedRows<ListedItem>> {
    const { query, sort, category, limit, after } = request;
    const text = 'typed' in query ? query.typed : query.corrected;
    const statement = sort === 'relevance' ? rankedPage(request) : sortedPage(request, sort);
    const parameters = [
      limit,
      after?.key ?? null,
      after?.id ?? null,
      text,
      ...(category === undefined ? [] : [category]),
    ];
    const { rows, version } = toVersionedRows<ItemRow & { sort_key: string }>(
      await this.database.read(withVersion(statement), parameters, request.recency),
    );
    return { rows: rows.map(toListedItem), version };
  }

  /**
   * What the query may have meant: each word as one of the titles' words that is near to it, or as a beginning.
   * Two bounded queries of the vocabulary, whatever the catalog's size.
   * @returns undefined when it has no word that can be corrected
   */
  async correct(typed: string): Promise<Query | undefined> {
    const rows = await this.database.read<{ token: string; words: string[] }>(
      `SELECT token, COALESCE(words, '{}') AS words
         FROM (SELECT token, ordinal
                 FROM regexp_split_to_table(lower(public.unaccent($1)), '[^[:alnum:]]+')
                      WITH ORDINALITY AS split (token, ordinal)
                WHERE length(token) BETWEEN 1 AND $3 ORDER BY ordinal LIMIT $2) AS tokens
         LEFT JOIN LATERAL (
           SELECT array_agg(word) AS words
             FROM (SELECT word FROM catalog.title_words
                    WHERE word % token ORDER BY similarity(word, token) DESC, word LIMIT $4) AS near
         ) AS nearest ON true
        ORDER BY ordinal`,
      [typed, CORRECTED_WORDS_MAX, CORRECTABLE_LENGTH_MAX, CANDIDATES_MAX],
      'any',
    );
    const expression = rows.map(({ token, words }) => alternatives(token, words)).filter((group) => group.length > 0);
    if (expression.length === 0) return undefined;
    return { corrected: expression.map((group) => `(${group.join(' | ')})`).join(' & ') };
  }
}

/** Letters and digits only, by the splitting above: nothing in them is an operator of a search expression. */
function alternatives(token: string, vocabulary: readonly string[]): string[] {
  const near = editsAllowed(token.length) > 0 ? nearestWords(token, vocabulary) : [];
  return [...new Set([token, ...near])].map((word) =>
    word === token && token.length >= PREFIX_LENGTH_MIN ? `'${word}':*` : `'${word}'`,
  );
}

const queryOf = ({ query }: SearchRequest): string =>
  'typed' in query ? `websearch_to_tsquery('catalog.words', $4)` : `to_tsquery('catalog.words', $4)`;

function matching(request: SearchRequest): string {
  const inCategory = request.category === undefined ? '' : ' AND categories @> ARRAY[$5::text]';
  return `deleted_at IS NULL AND search @@ ${queryOf(request)}${inCategory}`;
}

/**
 * Finds the matches, at most one more than {@link GATHERED_MAX}. As long as they are fewer, they are gathered by the
 * search index and then sorted. If there are more, a scan of an index in the wanted order soon meets enough of them.
 * The planner alone estimates the two wrongly where words and order correlate: wardrobes are expensive.
 */
function orderedMatches(
  request: SearchRequest,
  { column, descending }: Pick<Order, 'column' | 'descending'>,
  { position, limit }: { position: string; limit: string },
): string {
  const direction = descending ? 'DESC' : 'ASC';
  const order = `ORDER BY ${column} ${direction}, id ${direction} LIMIT ${limit}`;
  return `gathered AS MATERIALIZED (
      SELECT id, ${column} FROM catalog.items WHERE ${matching(request)} LIMIT ${GATHERED_MAX + 1}
    ), few AS (
      SELECT count(*) <= ${GATHERED_MAX} AS so FROM gathered
    ), matches AS MATERIALIZED (
      (SELECT id, ${column} FROM gathered WHERE (SELECT so FROM few) AND ${position} ${order})
      UNION ALL
      (SELECT id, ${column} FROM catalog.items
        WHERE NOT (SELECT so FROM few) AND ${matching(request)} AND ${position} ${order})
    )`;
}

/** The score is a whole number, so that a cursor holds it exactly. Popularity counts for as much as a good match. */
function rankedPage(request: SearchRequest): string {
  const score = `1000000 * ts_rank(i.search, ${queryOf(request)}) * (1 + ln(1 + i.popularity::float8) / 15)`;
  return `WITH ${orderedMatches(request, ORDERS.popular, { position: 'true', limit: String(RANKED_MAX) })}, ranked AS (
      SELECT i.id, (${score})::bigint AS sort_key FROM matches JOIN catalog.items AS i ON i.id = matches.id
    ), page AS MATERIALIZED (
      SELECT id, sort_key FROM ranked
       WHERE $2::bigint IS NULL OR (sort_key, id) < ($2::bigint, $3::uuid)
       ORDER BY sort_key DESC, id DESC LIMIT $1
    ) ${itemsOfPage('DESC')}`;
}

function sortedPage(request: SearchRequest, sort: 'newest' | 'price' | '-price'): string {
  const { column, descending, parameter } = ORDERS[sort];
  const position = request.after
    ? `(${column}, id) ${descending ? '<' : '>'} (${parameter}, $3::uuid)`
    : '$2::bigint IS NULL AND $3::uuid IS NULL';
  return `WITH ${orderedMatches(request, ORDERS[sort], { position, limit: '$1' })}, page AS (
      SELECT id, ${sortKey(column)} AS sort_key FROM matches
    ) ${itemsOfPage(descending ? 'DESC' : 'ASC')}`;
}
