DROP TABLE booking_tickets;
