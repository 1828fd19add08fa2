DROP INDEX bookings_sales;
CREATE INDEX bookings_sales
    ON bookings (concert_id, status, id, created_at, ticket_count, total_amount, cancel_reason);
