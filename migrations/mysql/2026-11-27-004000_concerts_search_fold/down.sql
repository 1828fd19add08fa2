ALTER TABLE concerts DROP COLUMN search_fold;
