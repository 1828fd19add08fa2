-- No foreign keys here: selling a seat would lock the concert's row early, and the unit changes that row last.
CREATE TABLE IF NOT EXISTS tickets (
    concert_id BINARY(16)  NOT NULL,
    number     INT         NOT NULL,
    seat       VARCHAR(24) NOT NULL,
    status     VARCHAR(9)  NOT NULL,
    booking_id BINARY(16)  NULL,
    -- The seats of a section and those of a booking are ranges and lists of numbers.
    PRIMARY KEY (concert_id, number),
    -- A label names one ticket of the concert. The seat comes first on purpose: with the concert first, the optimizer
    -- uses this key for "the free seats of a concert" and scans every sold seat.
    UNIQUE KEY tickets_seat (seat, concert_id),
    -- The free seats of a concert or of a range of numbers, in order. Also the counts by status.
    KEY tickets_status (concert_id, status, number),
    CONSTRAINT tickets_status_known CHECK (status IN ('available', 'held', 'sold', 'blocked')),
    CONSTRAINT tickets_taken_by_a_booking CHECK ((booking_id IS NOT NULL) = (status IN ('held', 'sold')))
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
