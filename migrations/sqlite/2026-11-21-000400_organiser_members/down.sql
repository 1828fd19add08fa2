DROP TABLE organiser_members;
