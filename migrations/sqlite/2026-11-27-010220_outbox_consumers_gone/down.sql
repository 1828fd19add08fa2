-- Who listens. A consumer is written when it first asks; it may take events once everything that was dispatched before
-- that is in its book (`ready`). The row without a name is always there: a unit that dispatches events or adds a consumer
-- locks it first, so that no event is dispatched past a consumer that is just being added.

CREATE TABLE outbox_consumers (
    consumer TEXT    NOT NULL PRIMARY KEY,
    ready    INTEGER NOT NULL,
    CONSTRAINT outbox_consumers_ready_known CHECK (ready IN (0, 1))
) STRICT;
