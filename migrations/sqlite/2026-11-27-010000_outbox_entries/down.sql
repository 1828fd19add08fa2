DROP TABLE outbox_entries;
