-- A label names one ticket of the concert. With the concert first, the labels of a new concert are written side by side
-- and not between those of all other concerts. On a server the statements that look for tickets name the primary key, which
-- the optimizer might otherwise leave for this one.
ALTER TABLE tickets DROP KEY tickets_seat, ADD UNIQUE KEY tickets_seat (concert_id, seat);
