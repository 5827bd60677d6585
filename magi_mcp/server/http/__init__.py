"""Server over streamable HTTP: who may come in, what they may do there, and how it ends.

Importing this package imports nothing, so that commands about tokens start quickly.
"""
