-- An older version of the program takes everything so far for pruned.
INSERT IGNORE INTO outbox_floors (aggregate, aggregate_id, floor)
SELECT 'user', id, version + 1 FROM users
UNION ALL SELECT 'concert', id, version + 1 FROM concerts
UNION ALL SELECT 'booking', id, version + 1 FROM bookings
UNION ALL SELECT 'payment', id, version + 1 FROM payments;
