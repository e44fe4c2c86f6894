import { Injectable } from '@nestjs/common';
import { ContextDatabase, InjectDatabase } from '../../../platform/database/index.js';
import { CORRECTABLE_LENGTH_MAX, nearestWords, slipsAllowed } from '../domain/edit-distance.js';
import type { Position } from '../domain/cursor.js';
import { ITEM_COLUMNS, type ItemRow } from './item-row.js';
import { ORDERS, sortKey, toPlaced, type Placed } from './item-pages.js';

export interface SearchRequest {
  readonly query: Query;
  readonly sort: 'relevance' | 'newest' | 'price' | '-price';
  readonly category?: string;
  readonly limit: number;
  readonly after?: Position;
}

/** As somebody typed it, or corrected into an expression of ours. */
export type Query = { readonly typed: string } | { readonly corrected: string };

/** Of a word that half of the catalog has, only the most popular matches are ranked: ranking reads each row. */
const RANKED_MAX = 1_000;
/** More words than this are not looked up. */
const CORRECTED_WORDS_MAX = 8;
const CANDIDATES_MAX = 30;
/** Shorter beginnings of words match too much to be of use. */
const PREFIX_LENGTH_MIN = 3;

/** Full-text search over title, brand, SKU and description, with a second chance for misspelt queries. */
@Injectable()
export class ItemSearch {
  constructor(@InjectDatabase('catalog') private readonly database: ContextDatabase) {}

  async page(request: SearchRequest): Promise<Placed[]> {
    const { query, sort, category, limit, after } = request;
    const text = 'typed' in query ? query.typed : query.corrected;
    const statement = sort === 'relevance' ? rankedPage(request) : sortedPage(request, sort);
    const rows: (ItemRow & { sort_key: string })[] = await this.database.replica.query(statement, [
      limit,
      after?.key ?? null,
      after?.id ?? null,
      text,
      ...(category === undefined ? [] : [category]),
    ]);
    return rows.map(toPlaced);
  }

  /**
   * What the query may have meant: each word as one of the titles' words that is near to it, or as a beginning.
   * Two bounded look-ups in the vocabulary, whatever the catalog's size.
   * @returns undefined when nothing can be made of it
   */
  async correct(typed: string): Promise<Query | undefined> {
    const rows: { token: string; words: string[] }[] = await this.database.replica.query(
      `SELECT token, COALESCE(words, '{}') AS words
         FROM (SELECT token, ordinal FROM regexp_split_to_table(lower(public.unaccent($1)), '[^[:alnum:]]+') WITH ORDINALITY AS split (token, ordinal)
                WHERE length(token) BETWEEN 1 AND $3 ORDER BY ordinal LIMIT $2) AS tokens
         LEFT JOIN LATERAL (SELECT array_agg(word) AS words FROM (
           SELECT word FROM catalog.title_words WHERE word % token ORDER BY similarity(word, token) DESC, word LIMIT $4) AS near) AS nearest ON true
        ORDER BY ordinal`,
      [typed, CORRECTED_WORDS_MAX, CORRECTABLE_LENGTH_MAX, CANDIDATES_MAX],
    );
    const expression = rows.map(({ token, words }) => alternatives(token, words)).filter((group) => group.length > 0);
    if (expression.length === 0) return undefined;
    return { corrected: expression.map((group) => `(${group.join(' | ')})`).join(' & ') };
  }
}

/** Letters and digits only, by the splitting above: nothing in them is an operator of a search expression. */
function alternatives(token: string, vocabulary: readonly string[]): string[] {
  const near = slipsAllowed(token.length) > 0 ? nearestWords(token, vocabulary) : [];
  return [...new Set([token, ...near])].map((word) => (word === token && token.length >= PREFIX_LENGTH_MIN ? `'${word}':*` : `'${word}'`));
}

const asked = ({ query }: SearchRequest): string => ('typed' in query ? `websearch_to_tsquery('catalog.words', $4)` : `to_tsquery('catalog.words', $4)`);

const matching = (request: SearchRequest): string =>
  `deleted_at IS NULL AND search @@ ${asked(request)}${request.category === undefined ? '' : ' AND categories @> ARRAY[$5::text]'}`;

/** The score is a whole number, so that a cursor holds it exactly. Popularity counts for as much as a good match. */
function rankedPage(request: SearchRequest): string {
  return `WITH matches AS MATERIALIZED (
      SELECT id, search, popularity FROM catalog.items WHERE ${matching(request)} ORDER BY popularity DESC, id DESC LIMIT ${RANKED_MAX}
    ), ranked AS (
      SELECT id, (1000000 * ts_rank(search, ${asked(request)}) * (1 + ln(1 + popularity::float8) / 15))::bigint AS sort_key FROM matches
    ), page AS MATERIALIZED (
      SELECT id, sort_key FROM ranked WHERE $2::bigint IS NULL OR (sort_key, id) < ($2::bigint, $3::uuid) ORDER BY sort_key DESC, id DESC LIMIT $1
    )
    SELECT ${ITEM_COLUMNS}, page.sort_key FROM page JOIN catalog.items AS i ON i.id = page.id LEFT JOIN catalog.stock AS s ON s.item_id = i.id
     ORDER BY page.sort_key DESC, page.id DESC`;
}

function sortedPage(request: SearchRequest, sort: 'newest' | 'price' | '-price'): string {
  const { column, descending, parameter } = ORDERS[sort];
  const direction = descending ? 'DESC' : 'ASC';
  const position = request.after ? `(${column}, id) ${descending ? '<' : '>'} (${parameter}, $3::uuid)` : '$2::bigint IS NULL AND $3::uuid IS NULL';
  return `WITH page AS MATERIALIZED (
      SELECT id, ${sortKey(column)} AS sort_key FROM catalog.items WHERE ${matching(request)} AND ${position}
       ORDER BY ${column} ${direction}, id ${direction} LIMIT $1
    )
    SELECT ${ITEM_COLUMNS}, page.sort_key FROM page JOIN catalog.items AS i ON i.id = page.id LEFT JOIN catalog.stock AS s ON s.item_id = i.id
     ORDER BY page.sort_key ${direction}, page.id ${direction}`;
}
