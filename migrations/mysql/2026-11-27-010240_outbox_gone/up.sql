DROP TABLE IF EXISTS outbox_undelivered;
