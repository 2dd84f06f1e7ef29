"""Telegram: what it is shown and what it tells us."""
