-- How often tokens of the session up to this one were repeated later than tabs do that race: a thief repeats all the time.
ALTER TABLE refresh_tokens ADD COLUMN late_repeats INTEGER NOT NULL DEFAULT 0;
