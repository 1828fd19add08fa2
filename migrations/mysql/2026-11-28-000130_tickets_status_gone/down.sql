ALTER TABLE tickets ADD KEY tickets_status (concert_id, status, number);
