-- All bookings of a concert are listed by bookings_sales, which has the same order within each status.
ALTER TABLE bookings DROP KEY bookings_concert;
