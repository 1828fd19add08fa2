-- Only the step that counted the revenue of sections so far looked for booked tickets by their number.
ALTER TABLE booking_tickets DROP KEY booking_tickets_ticket;
