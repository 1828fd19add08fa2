-- Placing makes version 1, and only payments changed a booking that stayed pending.
UPDATE bookings SET hold_extended = 1 WHERE status = 'pending' AND version > 1;
