CREATE TABLE refresh_tokens (
    id         BLOB    NOT NULL PRIMARY KEY,
    family_id  BLOB    NOT NULL,
    user_id    BLOB    NOT NULL,
    token_hash BLOB    NOT NULL,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NULL,
    revoked_at INTEGER NULL
) STRICT;
-- The token that a client presents.
CREATE UNIQUE INDEX refresh_tokens_hash ON refresh_tokens (token_hash);
-- Revoke a family after a token was used twice, or at log-out.
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);
-- Revoke all of a user's tokens when they are suspended, erased or change their password.
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);
-- Expired tokens, for pruning.
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);
