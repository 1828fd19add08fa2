-- The secret of the next token, closed with the secret of this one, which is not stored: whoever repeats a request whose
-- answer was lost gets the same token again.
ALTER TABLE refresh_tokens ADD COLUMN sealed_successor BLOB NULL;
