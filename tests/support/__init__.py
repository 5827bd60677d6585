"""Support for tests: councils whose seats are scripted, on a real journal."""
