"""The pure core: what a deliberation is, independent of any clock, network or file.

Everything below this package depends on the standard library and pydantic alone. There is
no ``await``, no unseeded randomness, no logging and no I/O, so the same code runs a live
deliberation, resumes a crashed one, replays a recorded one and is driven step by step in
tests.
"""
