CREATE TABLE IF NOT EXISTS users (
    id            BINARY(16)   NOT NULL,
    username      VARCHAR(64)  NOT NULL,
    email         VARCHAR(254) NOT NULL,
    -- NULL once the user is erased.
    password_hash VARCHAR(255) NULL,
    role          VARCHAR(16)  NOT NULL,
    status        VARCHAR(16)  NOT NULL,
    version       BIGINT       NOT NULL,
    created_at    BIGINT       NOT NULL,
    updated_at    BIGINT       NOT NULL,
    PRIMARY KEY (id),
    -- Finds a user at log-in. No two users have the same name.
    UNIQUE KEY users_username (username),
    -- Finds a user at log-in. No two users have the same address.
    UNIQUE KEY users_email (email),
    -- The list of users, newest first.
    KEY users_created (created_at, id),
    -- Counts the admins who can still log in.
    KEY users_role (role, status),
    CONSTRAINT users_role_known CHECK (role IN ('user', 'manager', 'admin')),
    CONSTRAINT users_status_known CHECK (status IN ('active', 'suspended', 'erased'))
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
