"""Server: the council over the Model Context Protocol. Talks to ``magi_mcp.service`` alone.

Importing this package imports nothing, so that :mod:`.stdio` decides what loads when.
"""
