CREATE TABLE IF NOT EXISTS organisers (
    id         BINARY(16)   NOT NULL,
    name       VARCHAR(200) NOT NULL,
    created_at BIGINT       NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
