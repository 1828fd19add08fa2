CREATE INDEX booking_tickets_ticket ON booking_tickets (concert_id, number);
