-- No foreign keys here, for the reason given at tickets.
CREATE TABLE IF NOT EXISTS bookings (
    id             BINARY(16)   NOT NULL,
    reference      CHAR(8)      NOT NULL,
    concert_id     BINARY(16)   NOT NULL,
    -- NULL for a guest and for a counter sale.
    user_id        BINARY(16)   NULL,
    customer_name  VARCHAR(200) NULL,
    customer_email VARCHAR(254) NULL,
    status         VARCHAR(16)  NOT NULL,
    cancel_reason  VARCHAR(32)  NULL,
    expires_at     BIGINT       NOT NULL,
    total_amount   BIGINT       NOT NULL,
    currency       CHAR(3)      NOT NULL,
    ticket_count   INT          NOT NULL,
    -- The live payment: pending, completed or partially refunded.
    payment_id     BINARY(16)   NULL,
    version        BIGINT       NOT NULL,
    created_at     BIGINT       NOT NULL,
    updated_at     BIGINT       NOT NULL,
    PRIMARY KEY (id),
    -- Finds a booking by its reference.
    UNIQUE KEY bookings_reference (reference),
    -- A user's bookings, newest first.
    KEY bookings_user (user_id, created_at, id),
    -- Overdue bookings, and the concerts that have some.
    KEY bookings_expiry (status, expires_at, concert_id),
    -- A concert's bookings for its organiser, newest first.
    KEY bookings_concert (concert_id, created_at, id),
    -- The next bookings to cancel with their concert, by id. Each unit continues after the last one.
    KEY bookings_cancellation (concert_id, status, id),
    CONSTRAINT bookings_status_known CHECK (status IN ('pending', 'confirmed', 'cancelled')),
    CONSTRAINT bookings_cancel_reason_known CHECK (
        cancel_reason IS NULL OR cancel_reason IN ('user', 'manager', 'expired', 'concert_cancelled')
    ),
    CONSTRAINT bookings_cancelled_for_a_reason CHECK ((cancel_reason IS NOT NULL) = (status = 'cancelled')),
    CONSTRAINT bookings_amounts_in_range CHECK (total_amount >= 0 AND ticket_count > 0)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
