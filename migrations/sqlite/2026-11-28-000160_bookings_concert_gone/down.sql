CREATE INDEX bookings_concert ON bookings (concert_id, created_at, id);
