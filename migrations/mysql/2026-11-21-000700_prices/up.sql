CREATE TABLE IF NOT EXISTS prices (
    concert_id BINARY(16)   NOT NULL,
    position   INT          NOT NULL,
    code       VARCHAR(32)  NOT NULL,
    -- The order in which the categories are offered.
    ordinal    INT          NOT NULL,
    name       VARCHAR(200) NOT NULL,
    amount     BIGINT       NOT NULL,
    PRIMARY KEY (concert_id, position, code),
    CONSTRAINT prices_amount_in_range CHECK (amount >= 0),
    CONSTRAINT prices_of FOREIGN KEY (concert_id, position) REFERENCES sections (concert_id, position)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
