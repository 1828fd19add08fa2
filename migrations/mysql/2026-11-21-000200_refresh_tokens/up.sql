-- No foreign key to users: the insert at a log-in would lock the user's row, which the same unit may change later.
CREATE TABLE IF NOT EXISTS refresh_tokens (
    id         BINARY(16) NOT NULL,
    family_id  BINARY(16) NOT NULL,
    user_id    BINARY(16) NOT NULL,
    token_hash BINARY(32) NOT NULL,
    issued_at  BIGINT     NOT NULL,
    expires_at BIGINT     NOT NULL,
    used_at    BIGINT     NULL,
    revoked_at BIGINT     NULL,
    PRIMARY KEY (id),
    -- The token that a client presents.
    UNIQUE KEY refresh_tokens_hash (token_hash),
    -- Revoke a family after a token was used twice, or at log-out.
    KEY refresh_tokens_family (family_id),
    -- Revoke all of a user's tokens when they are suspended, erased or change their password.
    KEY refresh_tokens_user (user_id),
    -- Expired tokens, for pruning.
    KEY refresh_tokens_expiry (expires_at)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
