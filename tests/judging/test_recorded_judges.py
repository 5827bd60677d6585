"""Recorded judges, replayed through the real procedure: both orders, a flip is an abstention.

LLMBar holds pairs of answers of which people know the better one, and what six models said of
each pair in both orders. The figures below are printed with ``pytest -s``.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import JsonValue

from magi_mcp.core.asks import Ask
from magi_mcp.core.judging.findings import JudgementFindings
from magi_mcp.core.replies import Reply
from tests.judging.bench import a_judgement, found, said, shown_in
from tests.recorded.data import recorded

STRATEGY = "Metrics"
"""The judges were told to draw up criteria first: closest to what is asked of them here."""

Orders = tuple[int | None, int | None]
Words = tuple[str, str]

STRONG = "GPT-4"
WEAK = ("ChatGPT", "ChatGPT-0301", "LLaMA2", "PaLM2", "Falcon")
TRIO = ("ChatGPT", "LLaMA2", "PaLM2")
ADVERSARIAL = "Adversarial/"
MODELS: Mapping[str, str] = {
    "GPT-4": "openai/gpt-4",
    "ChatGPT": "openai/gpt-3.5-turbo-0613",
    "ChatGPT-0301": "openai/gpt-3.5-turbo-0301",
    "LLaMA2": "together_ai/meta-llama/Llama-2-70b-chat",
    "PaLM2": "vertex_ai/palm-2",
    "Falcon": "huggingface/falcon-180b-chat",
}


@dataclass(frozen=True)
class Pair:
    """Two answers, the better one's number, and what each judge prefers in either order.

    A preference is the number of an answer, whichever order it was shown in; None for a reply
    that could not be read.
    """

    subset: str
    answers: tuple[str, str]
    gold: int
    preferred: Mapping[str, Orders]

    @property
    def adversarial(self) -> bool:
        return self.subset.startswith(ADVERSARIAL)


@cache
def pairs(strategy: str = STRATEGY) -> Mapping[str, Pair]:
    """All pairs that every judge has judged by a strategy, by their ids."""
    return dict(_pairs(strategy))


def _pairs(strategy: str) -> Iterator[tuple[str, Pair]]:
    for row in recorded("llmbar_judges.jsonl"):
        judges = row["judges"]
        assert isinstance(judges, dict)
        preferred = {
            name: (_number(orders[0]), _number(orders[1]))
            for name, strategies in judges.items()
            if isinstance(strategies, dict) and isinstance(orders := strategies.get(strategy), list)
        }
        if len(preferred) == len(MODELS):
            answers = (str(row["output_1"]), str(row["output_2"]))
            gold = _number(row["gold"])
            assert gold is not None
            yield str(row["id"]), Pair(str(row["subset"]), answers, gold, preferred)


def _number(value: JsonValue) -> int | None:
    return value if isinstance(value, int) else None


def judged(pair: Pair, judges: Sequence[str]) -> JudgementFindings:
    """What a panel of recorded judges comes to on a pair, by the procedure itself."""
    case = a_judgement(*pair.answers, seats=judges, models=[MODELS[name] for name in judges])

    def reply(ask: Ask) -> Reply:
        shown = shown_in(ask)
        prefers = pair.preferred[ask.seat][0 if shown == (1, 2) else 1]
        if prefers is None:
            return said("I cannot say which of the two is better, or why.")
        better = "first" if shown[0] == prefers else "second"
        return said(json.dumps({"rationale": f"Output {better}.", "better": better}))

    return found(case, reply)


@dataclass
class Tally:
    """How often a judge or a panel names the better answer."""

    right: int = 0
    wrong: int = 0
    undecided: int = 0

    def add(self, winner: int | None, gold: int) -> None:
        if winner is None:
            self.undecided += 1
        elif winner == gold:
            self.right += 1
        else:
            self.wrong += 1

    @property
    def pairs(self) -> int:
        return self.right + self.wrong + self.undecided

    @property
    def accuracy(self) -> float:
        """In per cent; what is undecided counts half, as a coin would have it."""
        return 100 * (self.right + self.undecided / 2) / self.pairs

    @property
    def decided(self) -> float:
        """In per cent of all pairs."""
        return 100 * (self.right + self.wrong) / self.pairs


@cache
def tallies(judges: tuple[str, ...]) -> Mapping[str, Tally]:
    """By subset, and by the name ``Adversarial`` all adversarial ones together."""
    by_subset: dict[str, Tally] = defaultdict(Tally)
    for pair in pairs().values():
        winner = judged(pair, judges).winner
        by_subset[pair.subset].add(winner, pair.gold)
        if pair.adversarial:
            by_subset["Adversarial"].add(winner, pair.gold)
    return by_subset


def test_the_panel_is_reported_beside_each_judge_for_every_subset() -> None:
    everybody = (STRONG, *WEAK)
    councils = [(name,) for name in everybody] + [TRIO, WEAK, everybody]
    names = [*everybody, "trio of weak", "five weak", "all six"]
    assert {len(each.answers) for each in pairs().values()} == {2}
    for subset in tallies((STRONG,)):
        told = [
            f"{name} {tally.accuracy:.1f} ({tally.decided:.0f}% decided)"
            for name, judges in zip(names, councils, strict=True)
            for tally in [tallies(judges)[subset]]
        ]
        print(f"\n{subset}, n={tallies((STRONG,))[subset].pairs}: {', '.join(told)}")
    assert sum(t.pairs for s, t in tallies(TRIO).items() if s != "Adversarial") == len(pairs())


def test_a_single_judge_scores_what_its_two_orders_score_on_average() -> None:
    for name in MODELS:
        readable = [each for each in pairs().values() if None not in each.preferred[name]]
        orders = [order == p.gold for p in readable for order in p.preferred[name]]
        alone = Tally()
        for pair in readable:
            alone.add(judged(pair, (name,)).winner, pair.gold)
        assert alone.accuracy == 100 * sum(orders) / len(orders)


def test_a_flip_is_counted_exactly_where_the_recorded_orders_differ() -> None:
    for pair in pairs().values():
        findings = judged(pair, TRIO)
        flips = [
            n for n in TRIO if len(set(pair.preferred[n])) == 2 and None not in pair.preferred[n]
        ]
        assert findings.order_flips == len(flips)
        kinds = Counter(judge.pairs[0].kind for judge in findings.judges if judge.pairs)
        assert kinds["flipped"] == len(flips)


def test_weak_judges_together_do_not_make_a_strong_one() -> None:
    strong, weak = tallies((STRONG,))["Adversarial"], tallies(WEAK)["Adversarial"]
    assert round(strong.accuracy, 1) == 83.4
    assert weak.accuracy < 50 < strong.accuracy


def test_judges_of_similar_strength_together_beat_each_of_them_alone() -> None:
    together = tallies(WEAK)["Natural"].accuracy
    assert all(together > tallies((name,))["Natural"].accuracy for name in WEAK)


def test_raw_reasoning_of_real_judges_is_kept_whole_and_misleads_no_reading() -> None:
    """Their own words, which name both outputs many times, stand as the rationale."""
    told = 0
    for pair, name, words in reasoned():
        case = a_judgement(*pair.answers, seats=(name,))
        orders = pair.preferred[name]

        def reply(ask: Ask, words: Words = words, orders: Orders = orders) -> Reply:
            shown = shown_in(ask)
            place = 0 if shown == (1, 2) else 1
            better = "first" if orders[place] == shown[0] else "second"
            return said(json.dumps({"rationale": words[place], "better": better}))

        findings = found(case, reply)
        assert findings.order_flips == (orders[0] != orders[1])
        assert len(findings.judges[0].rationale["1v2"]) >= len(words[0].split())
        told += 1
    assert told > 1_200


def reasoned() -> Iterator[tuple[Pair, str, Words]]:
    """Each readable judgement with reasoning: the pair, the judge, its words in both orders."""
    raw = {str(row["id"]): row["cot"] for row in recorded("llmbar_raw_cot.jsonl")}
    for ident, pair in pairs("CoT").items():
        texts = raw.get(ident)
        assert isinstance(texts, dict), f"{ident} was reasoned about"
        for name in TRIO:
            match texts[name]:
                case [str(one), str(other)] if None not in pair.preferred[name]:
                    yield pair, name, (one, other)
