-- How many tickets of a section are available is read from the section's counter. Each ticket that is held, sold or
-- released changed this index, too.
ALTER TABLE tickets DROP KEY tickets_status;
