"""What the database keeps, loses, refuses and hides."""
