-- Adds the sales from before the units updated the column.
UPDATE sections SET revenue = (
    SELECT COALESCE(SUM(t.price), 0)
    FROM booking_tickets t JOIN bookings b ON b.id = t.booking_id
    WHERE t.concert_id = sections.concert_id
        AND t.number BETWEEN sections.first_number AND sections.last_number
        AND b.status = 'confirmed'
);
