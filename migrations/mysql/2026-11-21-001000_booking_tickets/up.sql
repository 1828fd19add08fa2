CREATE TABLE IF NOT EXISTS booking_tickets (
    booking_id       BINARY(16)  NOT NULL,
    concert_id       BINARY(16)  NOT NULL,
    number           INT         NOT NULL,
    seat             VARCHAR(24) NOT NULL,
    section_position INT         NOT NULL,
    category         VARCHAR(32) NOT NULL,
    -- The price at the time of booking.
    price            BIGINT      NOT NULL,
    PRIMARY KEY (booking_id, number),
    -- All bookings that ever held a ticket, for the audit and for sales by section.
    KEY booking_tickets_ticket (concert_id, number),
    CONSTRAINT booking_tickets_price_in_range CHECK (price >= 0),
    CONSTRAINT booking_tickets_of FOREIGN KEY (booking_id) REFERENCES bookings (id)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
