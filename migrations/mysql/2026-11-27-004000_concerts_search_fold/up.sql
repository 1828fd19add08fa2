-- The version of the rule that folded the search texts. Texts of an older version are refreshed at start.
ALTER TABLE concerts ADD COLUMN search_fold BIGINT NOT NULL DEFAULT 1;
