DROP TABLE concerts;
