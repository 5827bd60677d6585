"""Tests of the pure core, driven step by step without any I/O."""
