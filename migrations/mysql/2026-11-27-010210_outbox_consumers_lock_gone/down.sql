-- The row without a name; see outbox_consumers.
INSERT IGNORE INTO outbox_consumers (consumer, ready) VALUES ('', 0);
