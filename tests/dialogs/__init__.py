"""Conversations of one dialog each, through real turns on a real database file."""
