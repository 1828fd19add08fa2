CREATE TABLE refunds (
    id                BLOB    NOT NULL PRIMARY KEY,
    payment_id        BLOB    NOT NULL,
    amount            INTEGER NOT NULL,
    currency          TEXT    NOT NULL,
    reason            TEXT    NOT NULL,
    status            TEXT    NOT NULL,
    gateway_reference TEXT    NULL,
    attempts          INTEGER NOT NULL,
    next_attempt_at   INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    CONSTRAINT refunds_status_known CHECK (status IN ('pending', 'completed', 'failed')),
    CONSTRAINT refunds_amount_in_range CHECK (amount > 0),
    CONSTRAINT refunds_of FOREIGN KEY (payment_id) REFERENCES payments (id)
) STRICT;
-- The refunds of a payment.
CREATE INDEX refunds_payment ON refunds (payment_id);
-- Refunds whose next attempt is due.
CREATE INDEX refunds_due ON refunds (status, next_attempt_at);
