-- The tickets and pending bookings of each user at each concert. The caps are conditions on this row.
CREATE TABLE IF NOT EXISTS purchases (
    concert_id       BINARY(16) NOT NULL,
    user_id          BINARY(16) NOT NULL,
    tickets          INT        NOT NULL,
    pending_bookings INT        NOT NULL,
    PRIMARY KEY (concert_id, user_id),
    CONSTRAINT purchases_never_negative CHECK (tickets >= 0 AND pending_bookings >= 0)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
