CREATE TABLE IF NOT EXISTS payments (
    id             BINARY(16)   NOT NULL,
    booking_id     BINARY(16)   NOT NULL,
    user_id        BINARY(16)   NULL,
    amount         BIGINT       NOT NULL,
    refunded       BIGINT       NOT NULL,
    currency       CHAR(3)      NOT NULL,
    method         VARCHAR(64)  NOT NULL,
    gateway        VARCHAR(32)  NOT NULL,
    -- The gateway's id of the payment, once known.
    transaction_id VARCHAR(255) NULL,
    status         VARCHAR(32)  NOT NULL,
    failure        VARCHAR(255) NULL,
    -- JSON of the next action of the customer.
    next_action    TEXT         NULL,
    version        BIGINT       NOT NULL,
    created_at     BIGINT       NOT NULL,
    updated_at     BIGINT       NOT NULL,
    PRIMARY KEY (id),
    -- The payments of a booking.
    KEY payments_booking (booking_id),
    -- Finds a payment by the gateway's id. One transaction settles one payment.
    UNIQUE KEY payments_transaction (gateway, transaction_id),
    -- Payments that have been pending for too long.
    KEY payments_pending (status, created_at),
    -- A user's payments, newest first.
    KEY payments_user (user_id, created_at, id),
    CONSTRAINT payments_status_known CHECK (
        status IN ('pending', 'completed', 'failed', 'partially_refunded', 'refunded')
    ),
    CONSTRAINT payments_amounts_in_range CHECK (amount > 0 AND refunded BETWEEN 0 AND amount)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
