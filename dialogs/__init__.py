"""What is said, in which order: one dialog, one file. No channel, no database, no clock."""
