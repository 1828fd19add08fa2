CREATE TABLE IF NOT EXISTS refunds (
    id                BINARY(16)   NOT NULL,
    payment_id        BINARY(16)   NOT NULL,
    amount            BIGINT       NOT NULL,
    currency          CHAR(3)      NOT NULL,
    reason            VARCHAR(255) NOT NULL,
    status            VARCHAR(16)  NOT NULL,
    gateway_reference VARCHAR(255) NULL,
    attempts          INT          NOT NULL,
    next_attempt_at   BIGINT       NOT NULL,
    created_at        BIGINT       NOT NULL,
    updated_at        BIGINT       NOT NULL,
    PRIMARY KEY (id),
    -- The refunds of a payment.
    KEY refunds_payment (payment_id),
    -- Refunds whose next attempt is due.
    KEY refunds_due (status, next_attempt_at),
    CONSTRAINT refunds_status_known CHECK (status IN ('pending', 'completed', 'failed')),
    CONSTRAINT refunds_amount_in_range CHECK (amount > 0),
    CONSTRAINT refunds_of FOREIGN KEY (payment_id) REFERENCES payments (id)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
