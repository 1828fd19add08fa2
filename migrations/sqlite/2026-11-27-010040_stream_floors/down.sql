DROP TABLE stream_floors;
