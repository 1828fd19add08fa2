-- By which rule the search texts were folded; those of an older one are folded again at start.
ALTER TABLE concerts ADD COLUMN search_fold INTEGER NOT NULL DEFAULT 1;
