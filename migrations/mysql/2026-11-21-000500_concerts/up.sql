CREATE TABLE IF NOT EXISTS concerts (
    id                            BINARY(16)   NOT NULL,
    organiser_id                  BINARY(16)   NOT NULL,
    name                          VARCHAR(200) NOT NULL,
    artist                        VARCHAR(200) NOT NULL,
    description                   TEXT         NOT NULL,
    venue                         VARCHAR(200) NOT NULL,
    location                      VARCHAR(200) NOT NULL,
    -- Folded search texts: name, artist, venue and location together, then the artist and the location alone.
    search_text                   TEXT         NOT NULL,
    search_artist                 TEXT         NOT NULL,
    search_location               TEXT         NOT NULL,
    time_zone                     VARCHAR(64)  NOT NULL,
    status                        VARCHAR(16)  NOT NULL,
    currency                      CHAR(3)      NOT NULL,
    starts_at                     BIGINT       NOT NULL,
    sales_start_at                BIGINT       NOT NULL,
    sales_end_at                  BIGINT       NOT NULL,
    refundable_until              BIGINT       NULL,
    -- NULL means no cap.
    max_tickets_per_booking       INT          NULL,
    max_tickets_per_user          INT          NULL,
    max_pending_bookings_per_user INT          NULL,
    total                         INT          NOT NULL,
    available                     INT          NOT NULL,
    -- Increases with every unit that changes the concert or its seats.
    version                       BIGINT       NOT NULL,
    -- Increases only with edits of the concert itself.
    revision                      BIGINT       NOT NULL,
    cancelled_at                  BIGINT       NULL,
    -- When the last booking of a cancelled concert was cancelled.
    cancellation_done_at          BIGINT       NULL,
    created_at                    BIGINT       NOT NULL,
    updated_at                    BIGINT       NOT NULL,
    PRIMARY KEY (id),
    -- The public list and the search: concerts on sale that have not started, by date.
    KEY concerts_listed (status, starts_at, id),
    -- All concerts of an organiser, by date.
    KEY concerts_organiser (organiser_id, starts_at, id),
    -- Cancelled concerts whose bookings are not all cancelled.
    KEY concerts_cancellation (cancellation_done_at, cancelled_at),
    CONSTRAINT concerts_status_known CHECK (status IN ('draft', 'on_sale', 'paused', 'cancelled')),
    CONSTRAINT concerts_available_in_range CHECK (available BETWEEN 0 AND total)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
