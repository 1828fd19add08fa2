-- From here on a process of an older version writes nothing more: what it wrote now would be lost.
ALTER TABLE outbox RENAME TO outbox_undelivered;
