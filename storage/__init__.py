"""SQLAlchemy models, the writer (lanes, books), the reader, repositories, inbox and outbox tables, migrations."""
