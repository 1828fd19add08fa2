-- One key for both: all tokens of a user, and those of one log-in.
ALTER TABLE refresh_tokens
    DROP KEY refresh_tokens_family,
    DROP KEY refresh_tokens_user,
    ADD KEY refresh_tokens_user (user_id, family_id);
