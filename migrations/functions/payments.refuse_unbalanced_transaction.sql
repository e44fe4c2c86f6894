-- Constraint trigger, checked at commit: debits equal credits in each currency of a ledger transaction (ADR 004).
CREATE OR REPLACE FUNCTION payments.refuse_unbalanced_transaction() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM payments.ledger_entries WHERE transaction_id = NEW.transaction_id
              GROUP BY currency HAVING sum(amount_minor) <> 0) THEN
    RAISE EXCEPTION 'ledger transaction % does not balance', NEW.transaction_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transactions_balance';
  END IF;
  RETURN NULL;
END $$;
