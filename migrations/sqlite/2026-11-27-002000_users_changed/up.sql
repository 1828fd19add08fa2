-- Recently changed users. Every process reads them a few times a second to find revoked access tokens.
CREATE INDEX users_changed ON users (updated_at, id, version);
