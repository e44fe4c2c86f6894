-- The first durable write of a payment, in one round trip (ADR 003): reserves the stock at the present price, then
-- writes payment, lines and the pending row with its lease. Price and stock are decided by catalog.reserve_stock.
--
-- outcome: `begun` with the lines as quoted; `paid` with the payment that holds the reference, or with none when that
-- one failed meanwhile; `refused` with the lines as they are, nothing reserved; `unpayable` when the total cannot be
-- charged in one amount. Stock that was reserved in vain is released before the function returns, in the same commit.
-- Runs with the rights of its caller.
CREATE OR REPLACE FUNCTION payments.begin_payment(p_account_id uuid, p_id uuid, p_reference text, p_requests jsonb,
  p_card_token_sealed bytea, p_lease_seconds double precision)
RETURNS TABLE (outcome text, created_at timestamptz, paid_by uuid, quoted jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_paid_by uuid;
  v_reserved boolean;
  v_quoted jsonb;
  v_total numeric;
  v_created_at timestamptz;
BEGIN
  IF p_reference IS NOT NULL THEN
    SELECT id INTO v_paid_by FROM payments.payments
     WHERE account_id = p_account_id AND reference = p_reference AND status <> 'failed';
    IF FOUND THEN
      RETURN QUERY SELECT 'paid', NULL::timestamptz, v_paid_by, NULL::jsonb;
      RETURN;
    END IF;
  END IF;
  -- Prices as text: a JSON number loses what is beyond 2^53.
  SELECT bool_and(line.reserved), sum(line.unit_price_minor::numeric * line.quantity),
         jsonb_agg(jsonb_build_object('item_id', line.item_id, 'found', line.found, 'sku', line.sku,
           'title', line.title, 'unit_price_minor', line.unit_price_minor::text, 'currency', line.currency,
           'quantity', line.quantity, 'available', line.available, 'price_changed', line.price_changed,
           'short', line.short, 'reserved', line.reserved) ORDER BY line.ordinal)
    INTO v_reserved, v_total, v_quoted
    FROM ROWS FROM (catalog.reserve_stock(p_requests)) WITH ORDINALITY
      AS line (item_id, found, sku, title, unit_price_minor, currency, quantity, available, price_changed, short,
               reserved, ordinal);
  IF NOT v_reserved THEN
    RETURN QUERY SELECT 'refused', NULL::timestamptz, NULL::uuid, v_quoted;
    RETURN;
  END IF;
  IF v_total <= 0 OR v_total > 9007199254740991 THEN
    PERFORM catalog.release_stock(p_requests);
    RETURN QUERY SELECT 'unpayable', NULL::timestamptz, NULL::uuid, v_quoted;
    RETURN;
  END IF;
  INSERT INTO payments.payments AS payment (account_id, id, reference, status, amount_minor, currency)
    VALUES (p_account_id, p_id, p_reference, 'processing', v_total, v_quoted -> 0 ->> 'currency')
    ON CONFLICT (account_id, reference) WHERE reference IS NOT NULL AND status <> 'failed' DO NOTHING
    RETURNING payment.created_at INTO v_created_at;
  IF NOT FOUND THEN
    -- Another request with this reference wrote its payment between the check above and this insert.
    PERFORM catalog.release_stock(p_requests);
    RETURN QUERY SELECT 'paid', NULL::timestamptz, (SELECT id FROM payments.payments
      WHERE account_id = p_account_id AND reference = p_reference AND status <> 'failed'), NULL::jsonb;
    RETURN;
  END IF;
  INSERT INTO payments.payment_lines
      (account_id, payment_id, line_number, item_id, sku, title, quantity, unit_price_minor)
    SELECT p_account_id, p_id, ordinal, (line ->> 'item_id')::uuid, line ->> 'sku', line ->> 'title',
           (line ->> 'quantity')::integer, (line ->> 'unit_price_minor')::bigint
      FROM jsonb_array_elements(v_quoted) WITH ORDINALITY AS lines (line, ordinal);
  INSERT INTO payments.pending_payments (payment_id, account_id, card_token_sealed, next_attempt_at, leased_until)
    VALUES (p_id, p_account_id, p_card_token_sealed, now() + make_interval(secs => p_lease_seconds),
            now() + make_interval(secs => p_lease_seconds));
  RETURN QUERY SELECT 'begun', v_created_at, NULL::uuid, v_quoted;
END $$;

REVOKE ALL ON FUNCTION payments.begin_payment(uuid, uuid, text, jsonb, bytea, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payments.begin_payment(uuid, uuid, text, jsonb, bytea, double precision) TO bulwark_payments;
