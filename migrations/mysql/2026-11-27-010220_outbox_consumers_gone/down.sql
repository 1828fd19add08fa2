-- Who listens. A consumer is written when it first asks; it may take events once everything that was dispatched before
-- that is in its book (`ready`). The row without a name is always there: a unit that dispatches events or adds a consumer
-- locks it first, so that no event is dispatched past a consumer that is just being added.

CREATE TABLE IF NOT EXISTS outbox_consumers (
    consumer VARCHAR(32) NOT NULL,
    ready    TINYINT     NOT NULL,
    PRIMARY KEY (consumer),
    CONSTRAINT outbox_consumers_ready_known CHECK (ready IN (0, 1))
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
