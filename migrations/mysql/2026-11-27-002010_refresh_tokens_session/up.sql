-- The time of the log-in from which a token descends, because a session has an absolute end. 0 in tokens that are older
-- than this column.
ALTER TABLE refresh_tokens ADD COLUMN session_started_at BIGINT NOT NULL DEFAULT 0;
