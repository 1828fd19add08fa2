ALTER TABLE payments ADD KEY payments_user (user_id, created_at, id);
