ALTER TABLE bookings ADD KEY bookings_cancellation (concert_id, status, id), DROP KEY bookings_sales;
