CREATE TABLE payments (
    id             BLOB    NOT NULL PRIMARY KEY,
    booking_id     BLOB    NOT NULL,
    user_id        BLOB    NULL,
    amount         INTEGER NOT NULL,
    refunded       INTEGER NOT NULL,
    currency       TEXT    NOT NULL,
    method         TEXT    NOT NULL,
    gateway        TEXT    NOT NULL,
    -- The gateway's id of the payment, once known.
    transaction_id TEXT    NULL,
    status         TEXT    NOT NULL,
    failure        TEXT    NULL,
    -- JSON of the next action of the customer.
    next_action    TEXT    NULL,
    version        INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    CONSTRAINT payments_status_known CHECK (
        status IN ('pending', 'completed', 'failed', 'partially_refunded', 'refunded')
    ),
    CONSTRAINT payments_amounts_in_range CHECK (amount > 0 AND refunded BETWEEN 0 AND amount)
) STRICT;
-- The payments of a booking.
CREATE INDEX payments_booking ON payments (booking_id);
-- Finds a payment by the gateway's id. One transaction settles one payment.
CREATE UNIQUE INDEX payments_transaction ON payments (gateway, transaction_id);
-- Payments that have been pending for too long.
CREATE INDEX payments_pending ON payments (status, created_at);
-- A user's payments, newest first.
CREATE INDEX payments_user ON payments (user_id, created_at, id);
