-- The public list by name. Concerts on sale and paused ones are each read in the order of the index, and past ones are
-- skipped.
ALTER TABLE concerts ADD KEY concerts_named (status, name, id);
