ALTER TABLE sections DROP COLUMN revenue;
