"""The rules: value objects and use cases, one noun per file. Nothing here knows a channel, a database or a clock."""
