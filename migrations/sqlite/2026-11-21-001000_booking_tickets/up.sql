CREATE TABLE booking_tickets (
    booking_id       BLOB    NOT NULL,
    concert_id       BLOB    NOT NULL,
    number           INTEGER NOT NULL,
    seat             TEXT    NOT NULL,
    section_position INTEGER NOT NULL,
    category         TEXT    NOT NULL,
    -- The price at the time of booking.
    price            INTEGER NOT NULL,
    PRIMARY KEY (booking_id, number),
    CONSTRAINT booking_tickets_price_in_range CHECK (price >= 0),
    CONSTRAINT booking_tickets_of FOREIGN KEY (booking_id) REFERENCES bookings (id)
) STRICT, WITHOUT ROWID;
-- All bookings that ever held a ticket, for the audit and for sales by section.
CREATE INDEX booking_tickets_ticket ON booking_tickets (concert_id, number);
