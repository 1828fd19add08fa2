-- The version of a concert is the position of its newest entry.
UPDATE concerts SET version = GREATEST(version, COALESCE((SELECT MAX(e.position) FROM outbox_entries e
    WHERE e.stream_kind = 'concert' AND e.stream_id = concerts.id), 0));
