DROP TABLE IF EXISTS event_cursors;
