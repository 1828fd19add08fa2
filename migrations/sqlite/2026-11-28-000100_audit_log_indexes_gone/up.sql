-- No statement reads the audit log by what happened to one thing or by time yet. The indexes come back with the first
-- one that does; until then each event would write two entries for no reader.
DROP INDEX audit_log_aggregate;
DROP INDEX audit_log_time;
