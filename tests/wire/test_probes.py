"""The doctor's probes over the wire: they end in time and leave nothing behind."""

import json
import os

from magi_mcp.core.case import Access, Candidate
from magi_mcp.seats.litellm import LitellmCompletions
from magi_mcp.seats.model_lists import ModelLists
from magi_mcp.seats.probing import ModelProber
from tests.provider import Hang, MisbehavingProvider, ReasoningOnly


def prober(completions: LitellmCompletions) -> ModelProber:
    return ModelProber(completions, completions, ModelLists(os.environ, completions.redact))


async def test_a_model_that_never_answers_is_given_up_and_its_connection_closed(
    completions: LitellmCompletions, provider: MisbehavingProvider
) -> None:
    provider.set("hang", Hang())
    probed = await prober(completions).probe(Candidate(model="openai/hang"), 1.0)
    assert (probed.outcome, probed.detail) == ("timeout", "no answer within 1 s")
    assert probed.address == provider.base_url
    await provider.wait_until(
        lambda: provider.exchanges[0].outcome == "client_gone", what="the client to leave"
    )


async def test_a_model_that_only_reasons_has_answered(
    completions: LitellmCompletions, provider: MisbehavingProvider
) -> None:
    provider.set("reasons", ReasoningOnly('{"ready": "yes"}'))
    probed = await prober(completions).probe(Candidate(model="openai/reasons"), 10.0)
    assert (probed.outcome, probed.json_schema) == ("answered", "supported")


async def test_a_probe_sends_what_a_seat_would_send(
    completions: LitellmCompletions, provider: MisbehavingProvider
) -> None:
    access = Access(temperature=0.2, extra_body={"route": "slow"}, max_tokens=7)
    candidate = Candidate(model="openai/fine", access=access)
    await prober(completions).probe(candidate, 10.0)
    (request,) = provider.requests_for("fine")
    sent = json.loads(request.raw_body)
    assert (sent["temperature"], sent["route"], sent["max_tokens"]) == (0.2, "slow", 1024)
