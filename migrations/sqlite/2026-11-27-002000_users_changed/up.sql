-- Who changed lately: every process looks a few times a second whose access tokens are out of date.
CREATE INDEX users_changed ON users (updated_at, id, version);
