CREATE TABLE IF NOT EXISTS organiser_members (
    organiser_id BINARY(16)  NOT NULL,
    user_id      BINARY(16)  NOT NULL,
    role         VARCHAR(16) NOT NULL,
    created_at   BIGINT      NOT NULL,
    PRIMARY KEY (organiser_id, user_id),
    -- The organisers that a user belongs to.
    KEY organiser_members_user (user_id),
    CONSTRAINT organiser_members_role_known CHECK (role IN ('owner', 'manager', 'box_office', 'scanner', 'viewer')),
    CONSTRAINT organiser_members_of FOREIGN KEY (organiser_id) REFERENCES organisers (id)
) ENGINE = InnoDB, DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
