"""Tests of the live runtime: scripted seats, a journal in memory, and tiny deadlines."""
