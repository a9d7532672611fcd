"""Telegram: receive, draw, send. aiogram lives here and nowhere else."""
