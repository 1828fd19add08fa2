ALTER TABLE audit_log ADD KEY audit_log_aggregate (aggregate, aggregate_id), ADD KEY audit_log_time (occurred_at);
