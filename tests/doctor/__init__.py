"""Tests of the doctor: what is wrong with a council, and how to mend it."""
