-- The row without a name; see outbox_consumers.
INSERT OR IGNORE INTO outbox_consumers (consumer, ready) VALUES ('', 0);
