-- Only the step that counted the revenue of sections so far looked for booked tickets by their number.
DROP INDEX booking_tickets_ticket;
