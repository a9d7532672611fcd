"""Every dialog on every channel in every language, walked by a machine that knows what must never be shown."""
