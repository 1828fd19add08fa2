-- No statement looks for the payments of a user.
ALTER TABLE payments DROP KEY payments_user;
