ALTER TABLE bookings ADD KEY bookings_concert (concert_id, created_at, id);
