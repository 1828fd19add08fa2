UPDATE concerts SET version = version;
