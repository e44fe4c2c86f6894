import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What payments may do with the catalog's stock: reserve it and give it back; it reads none of the tables. */
export class CatalogStockFunctions1000000002100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(RESERVE_STOCK);
    await runner.query(RELEASE_STOCK);
    // They run with the rights of the catalog's role, which are fewer than the migration's.
    await runner.query('GRANT CREATE ON SCHEMA catalog TO bulwark_catalog');
    for (const name of ['reserve_stock', 'release_stock']) {
      await runner.query(`ALTER FUNCTION catalog.${name}(jsonb) OWNER TO bulwark_catalog`);
      await runner.query(`REVOKE ALL ON FUNCTION catalog.${name}(jsonb) FROM PUBLIC`);
      await runner.query(`GRANT EXECUTE ON FUNCTION catalog.${name}(jsonb) TO bulwark_payments`);
    }
    await runner.query('REVOKE CREATE ON SCHEMA catalog FROM bulwark_catalog');
    await runner.query('GRANT USAGE ON SCHEMA catalog TO bulwark_payments');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('REVOKE USAGE ON SCHEMA catalog FROM bulwark_payments');
    await runner.query('DROP FUNCTION catalog.reserve_stock(jsonb), catalog.release_stock(jsonb)');
  }
}

/**
 * The rows are locked first, in the order of their ids, so that two baskets can't wait for each other; what is evaluated
 * is read by a later statement and therefore true once the lock is held.
 */
export const RESERVE_STOCK = `
CREATE FUNCTION catalog.reserve_stock(requests jsonb)
RETURNS TABLE (item_id uuid, found boolean, sku text, title text, unit_price_minor bigint, currency text,
               quantity integer, available integer, price_changed boolean, short boolean, reserved boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF jsonb_array_length(requests) NOT BETWEEN 1 AND 100 THEN
    RAISE EXCEPTION 'reserve_stock takes 1 to 100 lines' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF EXISTS (SELECT FROM jsonb_array_elements(requests) AS line WHERE COALESCE((line ->> 'quantity')::bigint, 0) NOT BETWEEN 1 AND 2147483647) THEN
    RAISE EXCEPTION 'reserve_stock takes quantities of at least 1' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM FROM catalog.stock AS s
    WHERE s.item_id IN (SELECT (line ->> 'itemId')::uuid FROM jsonb_array_elements(requests) AS line)
    ORDER BY s.item_id FOR UPDATE;
  RETURN QUERY
    WITH wanted AS (
      SELECT ordinal, (line ->> 'itemId')::uuid AS id, (line ->> 'quantity')::bigint AS units,
             (line ->> 'expectedUnitPriceMinor')::numeric AS expected_price, line ->> 'expectedCurrency' AS expected_currency
        FROM jsonb_array_elements(requests) WITH ORDINALITY AS lines (line, ordinal)
    ), evaluated AS (
      SELECT w.ordinal, w.id, i.id IS NOT NULL AS found, i.sku, i.title, i.price_minor, i.currency, w.units,
             COALESCE(s.quantity, 0) AS available,
             i.id IS NOT NULL AND (COALESCE(w.expected_price <> i.price_minor, false) OR COALESCE(w.expected_currency <> i.currency, false)) AS price_changed,
             sum(w.units) OVER (PARTITION BY w.id) > COALESCE(s.quantity, 0) AS short
        FROM wanted AS w
        LEFT JOIN catalog.items AS i ON i.id = w.id AND i.deleted_at IS NULL
        LEFT JOIN catalog.stock AS s ON s.item_id = i.id
    ), decision AS (
      SELECT bool_and(found AND NOT price_changed AND NOT short) AND count(DISTINCT evaluated.currency) = 1 AS possible FROM evaluated
    ), reserved AS (
      UPDATE catalog.stock AS s SET quantity = s.quantity - total.units
        FROM (SELECT id, sum(units)::integer AS units FROM evaluated WHERE found AND NOT short GROUP BY id) AS total
       WHERE s.item_id = total.id AND (SELECT decision.possible FROM decision)
      RETURNING s.item_id
    )
    SELECT j.id, j.found, j.sku, j.title, j.price_minor, j.currency, j.units::integer, j.available, j.price_changed, j.short AND j.found,
           (SELECT decision.possible FROM decision)
      FROM evaluated AS j ORDER BY j.ordinal;
END $$`;

const RELEASE_STOCK = `
CREATE FUNCTION catalog.release_stock(lines jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM jsonb_array_elements(lines) AS line WHERE COALESCE((line ->> 'quantity')::bigint, 0) NOT BETWEEN 1 AND 2147483647) THEN
    RAISE EXCEPTION 'release_stock takes quantities of at least 1' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM FROM catalog.stock AS s
    WHERE s.item_id IN (SELECT (line ->> 'itemId')::uuid FROM jsonb_array_elements(lines) AS line)
    ORDER BY s.item_id FOR UPDATE;
  UPDATE catalog.stock AS s SET quantity = s.quantity + total.units
    FROM (SELECT (line ->> 'itemId')::uuid AS id, sum((line ->> 'quantity')::integer)::integer AS units
            FROM jsonb_array_elements(lines) AS line GROUP BY 1) AS total
   WHERE s.item_id = total.id;
END $$`;
