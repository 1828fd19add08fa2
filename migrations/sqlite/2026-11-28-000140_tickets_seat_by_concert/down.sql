DROP INDEX tickets_seat;
CREATE UNIQUE INDEX tickets_seat ON tickets (seat, concert_id);
