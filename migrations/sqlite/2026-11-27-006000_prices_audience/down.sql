ALTER TABLE prices DROP COLUMN audience;
