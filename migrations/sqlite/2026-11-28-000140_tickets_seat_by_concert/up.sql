-- A label names one ticket of the concert. With the concert first, the labels of a new concert are written side by side
-- and not between those of all other concerts.
DROP INDEX tickets_seat;
CREATE UNIQUE INDEX tickets_seat ON tickets (concert_id, seat);
