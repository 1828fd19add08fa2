-- The sum of the booked prices of a section's sold tickets. The units that sell tickets update it, like `sold`.
ALTER TABLE sections
    ADD COLUMN revenue INTEGER NOT NULL DEFAULT 0 CONSTRAINT sections_revenue_in_range CHECK (revenue >= 0);
