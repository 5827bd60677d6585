"""Tests of the service that every surface calls."""
