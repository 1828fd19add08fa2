-- The secret of the next token, encrypted with the secret of this one, which is not stored. A client that repeats a
-- request whose response was lost gets the same token again.
ALTER TABLE refresh_tokens ADD COLUMN sealed_successor BLOB NULL;
