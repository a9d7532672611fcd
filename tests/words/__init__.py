"""What free words are understood as."""
