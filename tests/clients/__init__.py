"""Clients that nobody here wrote, against real server processes."""
