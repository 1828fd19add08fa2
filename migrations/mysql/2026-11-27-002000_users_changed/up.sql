-- Recently changed users. Every process reads them a few times a second to find revoked access tokens.
ALTER TABLE users ADD KEY users_changed (updated_at, id, version);
