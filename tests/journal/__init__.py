"""The journals: one battery for all of them, and what only a shared file can get wrong."""
