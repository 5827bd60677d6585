"""The runtime: drives deliberations over the ports. Knows no provider, database or surface."""
