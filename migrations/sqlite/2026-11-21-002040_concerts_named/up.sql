-- The public list by name: on sale or paused, each in the order of the index, past those that are over.
CREATE INDEX concerts_named ON concerts (status, name, id);
