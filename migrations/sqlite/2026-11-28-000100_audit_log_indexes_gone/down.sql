CREATE INDEX audit_log_aggregate ON audit_log (aggregate, aggregate_id);
CREATE INDEX audit_log_time ON audit_log (occurred_at);
