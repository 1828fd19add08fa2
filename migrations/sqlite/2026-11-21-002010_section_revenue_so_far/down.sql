UPDATE sections SET revenue = 0;
