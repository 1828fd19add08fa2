CREATE TABLE IF NOT EXISTS idempotency_keys (
    user_id      BINARY(16)     NOT NULL,
    operation    VARCHAR(32)    NOT NULL,
    -- Bytes, because the comparison of text ignores trailing spaces.
    idem_key     VARBINARY(255) NOT NULL,
    command_hash BINARY(32)     NOT NULL,
    resource_id  BINARY(16)     NOT NULL,
    created_at   BIGINT         NOT NULL,
    PRIMARY KEY (user_id, operation, idem_key),
    -- Keys older than a day, for pruning.
    KEY idempotency_keys_age (created_at)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
