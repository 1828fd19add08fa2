CREATE TABLE organiser_members (
    organiser_id BLOB    NOT NULL,
    user_id      BLOB    NOT NULL,
    role         TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (organiser_id, user_id),
    CONSTRAINT organiser_members_role_known CHECK (role IN ('owner', 'manager', 'box_office', 'scanner', 'viewer')),
    CONSTRAINT organiser_members_of FOREIGN KEY (organiser_id) REFERENCES organisers (id)
) STRICT, WITHOUT ROWID;
-- The organisers that a user belongs to.
CREATE INDEX organiser_members_user ON organiser_members (user_id);
