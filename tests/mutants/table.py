"""The mutants: which mistake, where it is planted, and which tests notice it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One mistake: ``text``, which stands exactly once in ``file``, becomes ``instead``.

    ``killed_by`` names tests in ``tests/mistakes``, each of which has to fail.
    """

    mistake: str
    file: str
    text: str
    instead: str
    killed_by: tuple[str, ...]


MUTANTS = (
    Mutant(
        "an option is matched by substring",
        "core/choices.py",
        "return self._meaning.get(normal_form(text))",
        "return next((o for o in self.labels if normal_form(o) in normal_form(text)), None)",
        ("test_an_option_that_stands_inside_of_a_reply_is_not_taken_for_it",),
    ),
    Mutant(
        "a reply is matched as a part of an option",
        "core/choices.py",
        "return self._meaning.get(normal_form(text))",
        "return next((o for o in self.labels if normal_form(text) in normal_form(o)), None)",
        ("test_an_option_that_stands_inside_of_a_reply_is_not_taken_for_it",),
    ),
    Mutant(
        "an option is matched by text similarity",
        "core/choices.py",
        "return self._meaning.get(normal_form(text))",
        "import difflib\n"
        "        return next(iter(difflib.get_close_matches(text, self.labels, cutoff=0.7)), None)",
        ("test_options_that_look_alike_stay_apart",),
    ),
    Mutant(
        "open positions are merged by text similarity",
        "core/methods/grouping.py",
        "    return tuple((number,) for number in range(1, len(statements.texts) + 1))",
        "    from difflib import SequenceMatcher\n"
        "    groups: list[list[int]] = []\n"
        "    for number, text in enumerate(statements.texts, start=1):\n"
        "        for known in groups:\n"
        "            first = statements.texts[known[0] - 1]\n"
        "            if SequenceMatcher(None, first, text).ratio() > 0.7:\n"
        "                known.append(number)\n"
        "                break\n"
        "        else:\n"
        "            groups.append([number])\n"
        "    return tuple(map(tuple, groups))",
        ("test_open_positions_that_look_alike_are_merged_by_nobody_but_a_seat",),
    ),
    Mutant(
        "votes are summed over all rounds",
        "core/method.py",
        "tally = tally_of(case, votes)",
        "tally = tally_of(case, votes)\n"
        "    rounds = map(floor.positions, floor.rounds)\n"
        "    said = [labels[ballot.position] for spoken in rounds for ballot in spoken.values()]\n"
        "    sums = [(said.count(entry.position), entry) for entry in tally.entries]\n"
        "    summed = [entry.model_copy(update={'votes': votes}) for votes, entry in sums]\n"
        "    summed.sort(key=lambda entry: -entry.votes)\n"
        "    won = {'entries': tuple(summed), 'ruling': summed[0].position if summed else None}\n"
        "    tally = tally.model_copy(update=won)",
        ("test_votes_are_those_of_the_last_round_and_no_sum_over_all_rounds",),
    ),
    Mutant(
        "ballots that are no positions are a side that can win",
        "core/floor.py",
        "return form.read(reply.text)",
        "ballot = form.read(reply.text)\n"
        "            if isinstance(ballot, Position):\n"
        "                return ballot\n"
        "            return Position(position='abstain', argument='')",
        (
            "test_ballots_that_cannot_be_read_win_nothing_and_agree_with_nobody",
            "test_abstaining_is_no_side_that_could_win",
        ),
    ),
    Mutant(
        "seats on one model have one vote",
        "core/method.py",
        "votes = {seat: labels[ballot.position] for seat, ballot in floor.positions().items()}",
        "votes = {seat: labels[ballot.position] for seat, ballot in floor.positions().items()}\n"
        "    first = {case.seat(seat).model: seat for seat in reversed(votes)}\n"
        "    votes = {s: vote for s, vote in votes.items() if first[case.seat(s).model] == s}",
        ("test_two_seats_on_one_model_stay_two_votes",),
    ),
    Mutant(
        "a tie is broken by the order of a dictionary",
        "core/tallies.py",
        "if len(entries) > 1 and entries[1].votes == leader:",
        "if False:",
        ("test_no_tie_is_broken_by_who_stands_first",),
    ),
    Mutant(
        "a tie is broken by most_common(1)",
        "core/tallies.py",
        "ruling=entries[0].position if won else None",
        "ruling=__import__('collections').Counter(votes.values()).most_common(1)[0][0]\n"
        "        if votes\n"
        "        else None",
        (
            "test_no_tie_is_broken_by_who_stands_first",
            "test_no_tie_is_broken_by_who_claims_to_be_surest",
        ),
    ),
    Mutant(
        "a tie is broken by stated confidence",
        "core/method.py",
        "tally = tally_of(case, votes)",
        "tally = tally_of(case, votes)\n"
        "    if tally.outcome == 'tie':\n"
        "        claims = floor.positions()\n"
        "        surest = max(claims, key=lambda seat: claims[seat].confidence or 0)\n"
        "        won = {'ruling': votes[surest], 'outcome': 'plurality'}\n"
        "        tally = tally.model_copy(update=won)",
        ("test_no_tie_is_broken_by_who_claims_to_be_surest",),
    ),
    Mutant(
        "stated confidence weighs votes",
        "core/method.py",
        "tally = tally_of(case, votes)",
        "sure = {s: p.confidence or 0 for s, p in floor.positions().items()}\n"
        "    most = max(sure.values(), default=0)\n"
        "    tally = tally_of(case, {s: v for s, v in votes.items() if sure[s] == most})",
        ("test_a_claimed_confidence_is_no_weight",),
    ),
    Mutant(
        "a tie of drafts is broken by their authors' names",
        "core/ranking.py",
        "return None if tied else self.order[0]",
        "return self.order[0]",
        ("test_drafts_of_equal_score_share_the_first_place",),
    ),
    Mutant(
        "authors are shown their own drafts to rate",
        "core/methods/compose.py",
        "    peers = names.peers_of(seat)",
        "    peers = list(names.names.items())",
        ("test_nobody_rates_their_own_draft",),
    ),
    Mutant(
        "a seat is told which side to argue",
        "core/protocols/rounds.py",
        "system=system_prompt(case, seat.lens)",
        "system=system_prompt(case, seat.lens)\n"
        "        + ('Argue against it.' if seat == case.seats[-1] else 'Argue for it.')",
        ("test_no_seat_is_told_which_side_to_argue",),
    ),
    Mutant(
        "dissent is found among outliers only",
        "core/methods/probability.py",
        "if abs(value - middle) >= FAR:",
        "if abs(value - middle) > 2 * pstdev(map(float, values.values())):",
        ("test_two_camps_of_estimates_are_dissent_though_none_is_an_outlier",),
    ),
    Mutant(
        "dissent among raters is found by extreme scores only",
        "core/ranking.py",
        "if tops and winner not in (rater, *tops):",
        "if tops and winner not in (rater, *tops) and max(given.values()) > 9:",
        ("test_split_scores_of_drafts_are_dissent",),
    ),
    Mutant(
        "the minority stands without its argument",
        "core/conclusion.py",
        "argument=best.argument,",
        "argument='',",
        ("test_the_dissenter_keeps_its_argument_and_what_would_flip_it",),
    ),
    Mutant(
        "confidence is a constant",
        "core/reference.py",
        "value=_RIGHT[votes],",
        "value=0.9,",
        ("test_confidence_follows_from_the_split_and_is_no_constant",),
    ),
    Mutant(
        "a rating that failed is a 7",
        "core/methods/compose.py",
        "            continue\n        ratings[ask.seat]",
        "            said = Ratings(\n"
        "                tuple(Rating(name, Fraction(7), '') for name in ask.form.names)\n"
        "            )\n"
        "        ratings[ask.seat]",
        ("test_ratings_that_cannot_be_read_are_no_middling_scores",),
    ),
    Mutant(
        "a score off the scale is clipped",
        "core/forms/rating.py",
        "return score if LOWEST <= score <= HIGHEST else None",
        "return min(max(score, Fraction(LOWEST)), Fraction(HIGHEST))",
        ("test_a_score_off_the_scale_is_listed_and_not_clipped",),
    ),
    Mutant(
        "one voice that is left speaks for the council",
        "core/tallies.py",
        "if counted == 0 or counted < min(min_voices, council):",
        "if counted == 0:",
        (
            "test_one_voice_that_is_left_is_no_council",
            "test_ballots_that_cannot_be_read_win_nothing_and_agree_with_nobody",
        ),
    ),
    Mutant(
        "a verdict of too few voices has full authority",
        "core/authority.py",
        "if count.voices < case.limits.min_voices:",
        "if count.voices < 0:",
        ("test_a_verdict_of_fewer_than_were_asked_for_is_provisional",),
    ),
    Mutant(
        "a degraded run is told as a whole one",
        "core/conclusion.py",
        "degraded=floor.flawed or floor.halted is not None",
        "degraded=False",
        (
            "test_a_verdict_on_fewer_ballots_than_seats_is_degraded",
            "test_ratings_that_cannot_be_read_are_no_middling_scores",
        ),
    ),
    Mutant(
        "one survivor of three agrees with itself",
        "core/tallies.py",
        "return Fraction(self.leading, self.council)",
        "return Fraction(self.leading, self.counted or 1)",
        ("test_one_survivor_of_three_never_agrees_with_itself",),
    ),
    Mutant(
        "a single writer is a point of failure",
        "core/rapporteur.py",
        "enumerate(writers, start=1)",
        "enumerate(writers[:1], start=1)",
        ("test_no_single_writer_is_a_point_of_failure",),
    ),
    Mutant(
        "an error message is the summary",
        "core/methods/ruling.py",
        "    if isinstance(text, Unwritten):\n        return findings,",
        "    if isinstance(text, Unwritten):\n"
        "        findings = findings.model_copy(update={'answer': 'Error: server: 500'})\n"
        "        return findings,",
        ("test_an_error_message_is_never_a_summary",),
    ),
    Mutant(
        "a consensus is invented by whoever drafts it",
        "core/methods/consensus.py",
        "won = tally.ruling == ACCEPT",
        "won = draft is not None",
        ("test_a_consensus_that_was_drafted_and_not_ratified_is_none",),
    ),
    Mutant(
        "a chair's choice is told as the council's vote",
        "core/arbitration.py",
        'decided_by="arbiter" if changed else "votes"',
        'decided_by="votes"',
        ("test_a_chairs_choice_is_not_told_as_the_councils_vote",),
    ),
    Mutant(
        "a payload is sent three times over",
        "core/protocols/rounds.py",
        "peers=peer_views(case, floor, peers, ask_id),",
        "peers=peer_views(case, floor, peers, ask_id) * 3,",
        ("test_each_argument_is_sent_to_a_peer_once_a_round",),
    ),
)

NOT_PLANTED = {
    "ballots of voices that were told which side to argue count as evidence": (
        "nothing here tells a voice its side, so no ballot could be counted wrongly; that none "
        "is told is tested, and the telling is planted"
    ),
    "keyless modes run a coding agent without its sandbox": "seats call models and run nothing",
    "tool definitions and answers overflow the caller's context": (
        "no rule of the core; the surfaces measure what they send"
    ),
    "a child process holds a run, a client that leaves loses everything": (
        "no rule of the core; the engine's deadlines and its journal have tests of their own"
    ),
    "credential files are sent as context": "the core reads no files",
}
"""Mistakes that have no mutant here, and why."""
