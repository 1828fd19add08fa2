-- Who may book at this price: anyone, or members of the organiser.
ALTER TABLE prices ADD COLUMN audience TEXT NOT NULL DEFAULT 'anyone';
