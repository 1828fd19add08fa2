-- The number of late repeats of tokens in the session so far. Racing browser tabs repeat soon, and a thief repeats
-- often and late.
ALTER TABLE refresh_tokens ADD COLUMN late_repeats INT NOT NULL DEFAULT 0;
