"""What free words want: a dictionary as data, how it is read, and the doors its intents open (journeys §5.3)."""
