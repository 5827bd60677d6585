"""Discovery: seats for a council that nobody has configured (decision 0015).

Layer: edge, beside the council. Looks at the environment, and asks a local server if need be;
loads no model library and spends nothing.
"""
