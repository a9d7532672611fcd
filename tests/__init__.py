"""Tests of the bot, and the doubles they play against."""
