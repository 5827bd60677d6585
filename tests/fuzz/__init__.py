"""Calls that no client would make on purpose: whatever comes, the server answers, and as told.

Schemas are read from the server itself, so that a new tool is tried as soon as it is listed.
"""
