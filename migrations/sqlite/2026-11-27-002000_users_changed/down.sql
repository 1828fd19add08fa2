DROP INDEX users_changed;
