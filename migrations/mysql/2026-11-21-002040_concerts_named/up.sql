-- The public list by name: on sale or paused, each in the order of the index, past those that are over.
ALTER TABLE concerts ADD KEY concerts_named (status, name, id);
