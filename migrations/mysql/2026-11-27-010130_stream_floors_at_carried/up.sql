-- What was delivered before has no entries: streams begin with what was not, or with what comes.
INSERT IGNORE INTO stream_floors (stream_kind, stream_id, floor)
SELECT 'user', s.id, COALESCE((SELECT MIN(e.position) FROM outbox_entries e
    WHERE e.stream_kind = 'user' AND e.stream_id = s.id), s.version + 1)
FROM users s
UNION ALL
SELECT 'concert', s.id, COALESCE((SELECT MIN(e.position) FROM outbox_entries e
    WHERE e.stream_kind = 'concert' AND e.stream_id = s.id), s.version + 1)
FROM concerts s;
