"""Discovery: seats for a council that nobody has configured (decision 0015).

Layer: edge, beside the council. Looks at the environment, and asks a local server if need be;
loads no model library and spends nothing.
"""

from magi_mcp.discovery.findings import Found, seats_of_the_caller
from magi_mcp.discovery.ollama import found_in_ollama
from magi_mcp.discovery.providers import found_by_keys

__all__ = ["Found", "found_by_keys", "found_in_ollama", "seats_of_the_caller"]
