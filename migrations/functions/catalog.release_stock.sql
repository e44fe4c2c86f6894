-- Puts reserved stock back when a payment has failed or expired; payments calls it once per payment, in the transaction
-- that records the failure.
--
-- lines: [{ itemId, quantity }]. The rows are locked ordered by item id, as catalog.reserve_stock does it.
CREATE OR REPLACE FUNCTION catalog.release_stock(lines jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM jsonb_array_elements(lines) AS line
              WHERE COALESCE((line ->> 'quantity')::bigint, 0) NOT BETWEEN 1 AND 2147483647) THEN
    RAISE EXCEPTION 'release_stock takes quantities of at least 1' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM FROM catalog.stock AS s
    WHERE s.item_id IN (SELECT (line ->> 'itemId')::uuid FROM jsonb_array_elements(lines) AS line)
    ORDER BY s.item_id FOR UPDATE;
  UPDATE catalog.stock AS s SET quantity = s.quantity + total.units
    FROM (SELECT (line ->> 'itemId')::uuid AS id, sum((line ->> 'quantity')::integer)::integer AS units
            FROM jsonb_array_elements(lines) AS line GROUP BY 1) AS total
   WHERE s.item_id = total.id;
END $$;

-- Runs with the rights of the catalog's role, which are fewer than those of the role that migrates. An owner needs
-- CREATE.
GRANT CREATE ON SCHEMA catalog TO bulwark_catalog;
ALTER FUNCTION catalog.release_stock(jsonb) OWNER TO bulwark_catalog;
REVOKE CREATE ON SCHEMA catalog FROM bulwark_catalog;
REVOKE ALL ON FUNCTION catalog.release_stock(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalog.release_stock(jsonb) TO bulwark_payments;
