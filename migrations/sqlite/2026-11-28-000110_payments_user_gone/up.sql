-- No statement looks for the payments of a user.
DROP INDEX payments_user;
