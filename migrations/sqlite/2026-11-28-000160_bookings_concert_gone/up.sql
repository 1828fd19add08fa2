-- All bookings of a concert are listed by bookings_sales, which has the same order within each status.
DROP INDEX bookings_concert;
