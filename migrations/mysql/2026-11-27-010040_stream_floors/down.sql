DROP TABLE IF EXISTS stream_floors;
