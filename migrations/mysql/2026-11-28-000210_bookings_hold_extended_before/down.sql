UPDATE bookings SET hold_extended = 0 WHERE hold_extended = 1;
