-- From here on a process of an older version writes nothing more: what it wrote now would be lost.
RENAME TABLE outbox TO outbox_undelivered;
