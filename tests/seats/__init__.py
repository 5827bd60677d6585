"""Seats of every kind, without a network."""
