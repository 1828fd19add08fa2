ALTER TABLE refresh_tokens
    DROP KEY refresh_tokens_user,
    ADD KEY refresh_tokens_user (user_id),
    ADD KEY refresh_tokens_family (family_id);
