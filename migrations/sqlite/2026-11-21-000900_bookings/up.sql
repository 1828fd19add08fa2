-- No foreign keys here, for the reason given at tickets.
CREATE TABLE bookings (
    id             BLOB    NOT NULL PRIMARY KEY,
    reference      TEXT    NOT NULL,
    concert_id     BLOB    NOT NULL,
    -- NULL for a guest and for a counter sale.
    user_id        BLOB    NULL,
    customer_name  TEXT    NULL,
    customer_email TEXT    NULL,
    status         TEXT    NOT NULL,
    cancel_reason  TEXT    NULL,
    expires_at     INTEGER NOT NULL,
    total_amount   INTEGER NOT NULL,
    currency       TEXT    NOT NULL,
    ticket_count   INTEGER NOT NULL,
    -- The live payment: pending, completed or partially refunded.
    payment_id     BLOB    NULL,
    version        INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    CONSTRAINT bookings_status_known CHECK (status IN ('pending', 'confirmed', 'cancelled')),
    CONSTRAINT bookings_cancel_reason_known CHECK (
        cancel_reason IS NULL OR cancel_reason IN ('user', 'manager', 'expired', 'concert_cancelled')
    ),
    CONSTRAINT bookings_cancelled_for_a_reason CHECK ((cancel_reason IS NOT NULL) = (status = 'cancelled')),
    CONSTRAINT bookings_amounts_in_range CHECK (total_amount >= 0 AND ticket_count > 0)
) STRICT;
-- Finds a booking by its reference.
CREATE UNIQUE INDEX bookings_reference ON bookings (reference);
-- A user's bookings, newest first.
CREATE INDEX bookings_user ON bookings (user_id, created_at, id);
-- Overdue bookings, and the concerts that have some.
CREATE INDEX bookings_expiry ON bookings (status, expires_at, concert_id);
-- A concert's bookings for its organiser, newest first.
CREATE INDEX bookings_concert ON bookings (concert_id, created_at, id);
-- The next bookings to cancel with their concert, by id. Each unit continues after the last one.
CREATE INDEX bookings_cancellation ON bookings (concert_id, status, id);
