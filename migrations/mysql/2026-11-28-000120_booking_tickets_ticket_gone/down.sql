ALTER TABLE booking_tickets ADD KEY booking_tickets_ticket (concert_id, number);
