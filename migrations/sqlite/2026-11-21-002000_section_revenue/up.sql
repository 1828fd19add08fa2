-- What the sold tickets of a section cost when they were booked: the units that sell them keep it, as they keep `sold`.
ALTER TABLE sections
    ADD COLUMN revenue INTEGER NOT NULL DEFAULT 0 CONSTRAINT sections_revenue_in_range CHECK (revenue >= 0);
