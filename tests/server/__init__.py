"""Tests of the server: in memory and as a process on stdio, in both protocol eras."""
