CREATE INDEX bookings_cancellation ON bookings (concert_id, status, id);
DROP INDEX bookings_sales;
