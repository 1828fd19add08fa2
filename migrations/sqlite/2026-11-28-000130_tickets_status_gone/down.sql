CREATE INDEX tickets_status ON tickets (concert_id, status, number);
