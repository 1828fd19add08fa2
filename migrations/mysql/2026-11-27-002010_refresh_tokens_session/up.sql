-- When the log-in was that a token descends from: a session has an absolute end. 0 in tokens from before this column.
ALTER TABLE refresh_tokens ADD COLUMN session_started_at BIGINT NOT NULL DEFAULT 0;
