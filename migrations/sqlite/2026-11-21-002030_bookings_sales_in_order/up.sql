-- The same columns in another order, which also lists the bookings of a concert in one status: newest first for its
-- organiser, and oldest first for cancelling them with their concert. The columns after the id are for reports, as
-- before.
DROP INDEX bookings_sales;
CREATE INDEX bookings_sales
    ON bookings (concert_id, status, created_at, id, ticket_count, total_amount, cancel_reason);
