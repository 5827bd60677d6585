"""Figures about speed and memory. They are printed, never asserted: see README.md here."""
