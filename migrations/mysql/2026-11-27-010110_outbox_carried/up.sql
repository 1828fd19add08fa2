-- What no consumer has handled yet, one event an entry. A user's events keep their versions as positions. In a concert's
-- stream they come after its version: in the order of their time, but never before an earlier version of their aggregate.
INSERT IGNORE INTO outbox_entries (stream_kind, stream_id, position, occurred_at, seats, events)
SELECT u.stream_kind, u.stream_id,
    CASE u.stream_kind WHEN 'user' THEN u.version ELSE COALESCE(c.version, 0) + ROW_NUMBER() OVER (
        PARTITION BY u.stream_kind, u.stream_id ORDER BY u.seen_at, u.aggregate, u.aggregate_id, u.version) END,
    u.occurred_at, NULL,
    CONCAT('[{"id":"', LOWER(HEX(u.id)), '","type":"', u.type, '","aggregate":"', u.aggregate, '","aggregate_id":"', LOWER(HEX(u.aggregate_id)), '","version":', u.version, ',"actor":"', u.actor, '","data":', u.data, '}]')
FROM (
    SELECT o.id, o.aggregate, o.aggregate_id, o.version, o.type, o.occurred_at, o.actor, o.data,
        CASE o.aggregate WHEN 'user' THEN 'user' ELSE 'concert' END AS stream_kind,
        COALESCE(b.concert_id, pb.concert_id, o.aggregate_id) AS stream_id,
        MAX(o.occurred_at) OVER (PARTITION BY o.aggregate, o.aggregate_id ORDER BY o.version) AS seen_at
    FROM outbox_undelivered o
    LEFT JOIN bookings b ON o.aggregate = 'booking' AND b.id = o.aggregate_id
    LEFT JOIN payments p ON o.aggregate = 'payment' AND p.id = o.aggregate_id
    LEFT JOIN bookings pb ON pb.id = p.booking_id
    WHERE o.dispatched = 0 OR EXISTS (SELECT 1 FROM outbox_deliveries d
        WHERE d.aggregate = o.aggregate AND d.aggregate_id = o.aggregate_id AND d.version = o.version)
) u LEFT JOIN concerts c ON u.stream_kind = 'concert' AND c.id = u.stream_id;
