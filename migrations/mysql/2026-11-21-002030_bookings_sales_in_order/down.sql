ALTER TABLE bookings
    DROP KEY bookings_sales,
    ADD KEY bookings_sales (concert_id, status, id, created_at, ticket_count, total_amount, cancel_reason);
