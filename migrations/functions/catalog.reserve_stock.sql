-- The rule about price and stock: re-checks both on the primary and reserves all lines of a basket, or none.
--
-- A line can be reserved when its item is there, price and currency are still the ones that the customer was shown
-- (null: any), and the stock covers every line of that item together. All lines must have one currency. Called by
-- payments.begin_payment, in the transaction that writes the payment (ADR 003); payments reads no table of the catalog.
--
-- requests: [{ itemId, quantity, expectedUnitPriceMinor, expectedCurrency }], 1 to 100 lines.
-- Returns one row per line, in order, with the values as they are now; `reserved` is the same in every row.
-- The stock rows are locked first, ordered by item id, so that two baskets cannot deadlock. The decision is a later
-- statement, so that it sees what the former holders of the locks have committed.
CREATE OR REPLACE FUNCTION catalog.reserve_stock(requests jsonb)
RETURNS TABLE (item_id uuid, found boolean, sku text, title text, unit_price_minor bigint, currency text,
               quantity integer, available integer, price_changed boolean, short boolean, reserved boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF jsonb_array_length(requests) NOT BETWEEN 1 AND 100 THEN
    RAISE EXCEPTION 'reserve_stock takes 1 to 100 lines' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF EXISTS (SELECT FROM jsonb_array_elements(requests) AS line
              WHERE COALESCE((line ->> 'quantity')::bigint, 0) NOT BETWEEN 1 AND 2147483647) THEN
    RAISE EXCEPTION 'reserve_stock takes quantities of at least 1' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM FROM catalog.stock AS s
    WHERE s.item_id = ANY (ARRAY(SELECT (line ->> 'itemId')::uuid FROM jsonb_array_elements(requests) AS line))
    ORDER BY s.item_id FOR UPDATE;
  RETURN QUERY
    WITH wanted AS (
      SELECT ordinal, (line ->> 'itemId')::uuid AS id, (line ->> 'quantity')::bigint AS units,
             (line ->> 'expectedUnitPriceMinor')::numeric AS expected_price,
             line ->> 'expectedCurrency' AS expected_currency
        FROM jsonb_array_elements(requests) WITH ORDINALITY AS lines (line, ordinal)
    ), evaluated AS (
      SELECT w.ordinal, w.id, i.id IS NOT NULL AS found, i.sku, i.title, i.price_minor, i.currency, w.units,
             COALESCE(s.quantity, 0) AS available,
             i.id IS NOT NULL AND (COALESCE(w.expected_price <> i.price_minor, false)
               OR COALESCE(w.expected_currency <> i.currency, false)) AS price_changed,
             sum(w.units) OVER (PARTITION BY w.id) > COALESCE(s.quantity, 0) AS short
        FROM wanted AS w
        -- The limits keep these look-ups by key: the planner takes any JSON array for 100 rows and would scan both
        -- tables.
        LEFT JOIN LATERAL (SELECT * FROM catalog.items WHERE items.id = w.id AND items.deleted_at IS NULL LIMIT 1) AS i
          ON true
        LEFT JOIN LATERAL (SELECT * FROM catalog.stock WHERE stock.item_id = i.id LIMIT 1) AS s ON true
    ), decision AS (
      SELECT bool_and(found AND NOT price_changed AND NOT short) AND count(DISTINCT evaluated.currency) = 1 AS possible
        FROM evaluated
    ), reserved AS (
      UPDATE catalog.stock AS s SET quantity = s.quantity - total.units
        FROM (SELECT id, sum(units)::integer AS units FROM evaluated WHERE found AND NOT short GROUP BY id) AS total
       WHERE s.item_id = total.id AND s.item_id = ANY (ARRAY(SELECT wanted.id FROM wanted))
         AND (SELECT decision.possible FROM decision)
      RETURNING s.item_id
    )
    SELECT e.id, e.found, e.sku, e.title, e.price_minor, e.currency, e.units::integer, e.available, e.price_changed,
           e.short AND e.found, (SELECT decision.possible FROM decision)
      FROM evaluated AS e ORDER BY e.ordinal;
END $$;

-- Runs with the rights of the catalog's role, which are fewer than those of the role that migrates. An owner needs
-- CREATE.
GRANT CREATE ON SCHEMA catalog TO bulwark_catalog;
ALTER FUNCTION catalog.reserve_stock(jsonb) OWNER TO bulwark_catalog;
REVOKE CREATE ON SCHEMA catalog FROM bulwark_catalog;
REVOKE ALL ON FUNCTION catalog.reserve_stock(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalog.reserve_stock(jsonb) TO bulwark_payments;
