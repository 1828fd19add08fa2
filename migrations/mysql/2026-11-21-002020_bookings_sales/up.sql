-- Takes the place of bookings_cancellation: the next bookings to cancel with their concert, by id, each unit going on
-- after the last. The columns after the id are for reports, which count a concert's bookings from this index alone; they
-- change only together with the status, so that keeping them costs no further write.
ALTER TABLE bookings
    ADD KEY bookings_sales (concert_id, status, id, created_at, ticket_count, total_amount, cancel_reason),
    DROP KEY bookings_cancellation;
