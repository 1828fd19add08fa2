DROP INDEX concerts_named;
