ALTER TABLE sections DROP CONSTRAINT sections_revenue_in_range, DROP COLUMN revenue;
