"""Seats: what a call to a model can cost at most, from what is known of the model. Pure."""

import json
from collections.abc import Sequence
from dataclasses import replace

from magi_mcp.core.budget import Purse, Tariff, tokens_at_most
from magi_mcp.core.case import Candidate
from magi_mcp.seats.completions import ModelFacts, Prompt

MOST_TOKENS_OUT = 8192
"""So much a reply may hold where it has to be bounded and nobody has said how."""

UNBOUNDED = 1_000_000
"""The window of a script: it reads nothing."""

FREE_OF_CHARGE = Tariff(0, 0.0, 0.0, window=UNBOUNDED)


def tariff_of(candidate: Candidate, facts: ModelFacts | None) -> Tariff:
    """That of one candidate. None for facts that cannot be had: no price is known then."""
    bound = candidate.access.max_tokens
    if facts is None:
        return Tariff(bound or MOST_TOKENS_OUT, None, None)
    return Tariff(
        bound or min(MOST_TOKENS_OUT, facts.max_tokens_out or MOST_TOKENS_OUT),
        facts.usd_per_token_in,
        facts.usd_per_token_out,
        window=facts.max_tokens_in,
    )


def whichever(tariffs: Sequence[Tariff]) -> Tariff:
    """That of a call which any of several models may take; ``tariffs`` are theirs."""
    first, *others = tariffs
    return replace(first, others=tuple(others))


def reply_cap(candidate: Candidate, tariff: Tariff, purse: Purse) -> int | None:
    """How many tokens a reply may hold, None for as many as the model likes.

    What the owner has configured holds; beyond that a reply is only bounded where a limit
    could not be kept otherwise.
    """
    if candidate.access.max_tokens is not None:
        return candidate.access.max_tokens
    by_tokens = any(pool.max_tokens is not None for pool in purse.pools)
    by_money = any(pool.max_cost_usd is not None for pool in purse.pools) and tariff.priced
    return tariff.max_tokens_out if by_tokens or by_money else None


def tokens_in(prompt: Prompt) -> int:
    """How many tokens a prompt has at most."""
    texts = (message.text for message in prompt.messages)
    return tokens_at_most(*texts, json.dumps(prompt.schema))
