DELETE FROM outbox_consumers;
