-- One key for both: all tokens of a user, and those of one log-in.
DROP INDEX refresh_tokens_family;
DROP INDEX refresh_tokens_user;
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id, family_id);
