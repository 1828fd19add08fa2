DROP TABLE outbox_undelivered;
