DROP TABLE IF EXISTS outbox_entries;
