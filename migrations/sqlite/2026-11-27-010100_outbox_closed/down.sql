ALTER TABLE outbox_undelivered RENAME TO outbox;
