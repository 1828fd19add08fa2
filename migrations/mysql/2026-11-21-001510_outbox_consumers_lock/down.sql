DELETE FROM outbox_consumers WHERE consumer = '';
