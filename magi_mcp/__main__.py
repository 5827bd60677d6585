"""``python -m magi_mcp``: the same as the command ``magi-mcp``."""

from magi_mcp.cli.main import main

if __name__ == "__main__":
    main()
