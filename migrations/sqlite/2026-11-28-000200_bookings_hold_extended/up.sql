-- Whether the first payment of a booking has extended its hold.
ALTER TABLE bookings ADD COLUMN hold_extended INTEGER NOT NULL DEFAULT 0;
