RENAME TABLE outbox_undelivered TO outbox;
