DROP TABLE IF EXISTS outbox_floors;
