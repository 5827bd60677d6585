"""Core: what a journal may begin and end with: the cases and decisions of every kind."""

from magi_mcp.core.case import Case
from magi_mcp.core.verdict import Decision

JournaledCase = Case
"""The cases that a journal may begin with."""

JournaledDecision = Decision
"""The decisions that a journal may end with."""
