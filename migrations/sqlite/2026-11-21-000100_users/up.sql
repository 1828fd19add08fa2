CREATE TABLE users (
    id            BLOB    NOT NULL PRIMARY KEY,
    username      TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    -- NULL once the user is erased.
    password_hash TEXT    NULL,
    role          TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    CONSTRAINT users_role_known CHECK (role IN ('user', 'manager', 'admin')),
    CONSTRAINT users_status_known CHECK (status IN ('active', 'suspended', 'erased'))
) STRICT;
-- Finds a user at log-in. No two users have the same name.
CREATE UNIQUE INDEX users_username ON users (username);
-- Finds a user at log-in. No two users have the same address.
CREATE UNIQUE INDEX users_email ON users (email);
-- The list of users, newest first.
CREATE INDEX users_created ON users (created_at, id);
-- Counts the admins who can still log in.
CREATE INDEX users_role ON users (role, status);
