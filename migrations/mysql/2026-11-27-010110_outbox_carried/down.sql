DELETE FROM outbox_entries;
