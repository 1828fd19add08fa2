CREATE TABLE idempotency_keys (
    user_id      BLOB    NOT NULL,
    operation    TEXT    NOT NULL,
    -- Bytes, because MySQL's comparison of text ignores trailing spaces.
    idem_key     BLOB    NOT NULL,
    command_hash BLOB    NOT NULL,
    resource_id  BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (user_id, operation, idem_key)
) STRICT, WITHOUT ROWID;
-- Keys older than a day, for pruning.
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
