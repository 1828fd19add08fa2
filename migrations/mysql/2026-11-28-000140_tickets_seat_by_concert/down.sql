ALTER TABLE tickets DROP KEY tickets_seat, ADD UNIQUE KEY tickets_seat (seat, concert_id);
