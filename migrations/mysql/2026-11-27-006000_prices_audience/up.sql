-- Who may book at this price: anyone, or members of the organiser.
ALTER TABLE prices ADD COLUMN audience VARCHAR(16) NOT NULL DEFAULT 'anyone';
