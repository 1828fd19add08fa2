ALTER TABLE refresh_tokens DROP COLUMN late_repeats;
