"""Tests of the structure itself: who may import whom, what every module says of itself."""
