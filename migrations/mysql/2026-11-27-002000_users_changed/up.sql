-- Who changed lately: every process looks a few times a second whose access tokens are out of date.
ALTER TABLE users ADD KEY users_changed (updated_at, id, version);
