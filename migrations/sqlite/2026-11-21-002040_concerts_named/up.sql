-- The public list by name. Concerts on sale and paused ones are each read in the order of the index, and past ones are
-- skipped.
CREATE INDEX concerts_named ON concerts (status, name, id);
