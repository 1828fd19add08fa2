-- No foreign keys here: selling a seat would lock the concert's row early, and the unit changes that row last.
CREATE TABLE tickets (
    concert_id BLOB    NOT NULL,
    number     INTEGER NOT NULL,
    seat       TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    booking_id BLOB    NULL,
    -- The seats of a section and those of a booking are ranges and lists of numbers.
    PRIMARY KEY (concert_id, number),
    CONSTRAINT tickets_status_known CHECK (status IN ('available', 'held', 'sold', 'blocked')),
    CONSTRAINT tickets_taken_by_a_booking CHECK ((booking_id IS NOT NULL) = (status IN ('held', 'sold')))
) STRICT, WITHOUT ROWID;
-- A label names one ticket of the concert. The seat comes first on purpose: with the concert first, the optimizer uses
-- this key for "the free seats of a concert" and scans every sold seat.
CREATE UNIQUE INDEX tickets_seat ON tickets (seat, concert_id);
-- The free seats of a concert or of a range of numbers, in order. Also the counts by status.
CREATE INDEX tickets_status ON tickets (concert_id, status, number);
