"""Keeps a table of child processes alive and stops them in order. Knows nothing of Django."""
