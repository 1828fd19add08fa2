CREATE INDEX payments_user ON payments (user_id, created_at, id);
