"""Nine seats, three rounds, and seats that go on at length: the most a result has to carry."""

from collections.abc import Sequence

from magi_mcp.core.case import Lens, Limits, MethodName
from magi_mcp.core.dossier import Dossier
from tests.core.paper import MODELS, Script, a_case, deliberated, grouped, rated, voted, wrote

SEATS = tuple(f"member-{number}" for number in range(1, 10))
AT_LENGTH = (
    "The migration adds two columns with defaults and touches no index, so the lock it takes "
    "lasts under a second, and the rehearsal on Tuesday took four minutes from end to end. "
) * 12
LENSES = tuple(Lens(name=f"The engineer of part {n}", text="Look closely.") for n in range(9))
WAYS = tuple(
    f"Way {number}: ship it on Friday in stage {number} with a person on call, and go on to the "
    "next stage only after a day without an incident of any kind"
    for number in range(1, 10)
)


def long_case(
    method: MethodName = "options", options: Sequence[str] = WAYS[:3], spread: int = 3
) -> Dossier:
    """Everybody changes their mind in every round, and everybody wants to know more."""

    def line(place: int, number: int) -> str:
        if method == "yes_no":
            return ("yes", "no")[(place + number) % 2]
        return options[(place + number * (place % 3)) % spread]

    script: Script = {
        seat: [
            voted(
                line(place, number),
                AT_LENGTH,
                would_flip=AT_LENGTH,
                because=AT_LENGTH,
                confidence=0.8,
                needs=[f"{seat} asks: {AT_LENGTH}"],
            )
            for number in range(3)
        ]
        for place, seat in enumerate(SEATS)
    }
    case = a_case(
        method,
        "critique",
        seats=SEATS,
        models=MODELS,
        lenses=LENSES,
        options=options if method == "options" else (),
        question=f"Which way? {AT_LENGTH}",
        context=AT_LENGTH,
        limits=Limits(max_rounds=2),
    )
    return deliberated(case, script).dossier()


def long_texts(method: MethodName) -> Dossier:
    """Drafts or accounts of nine seats, each of them long."""
    script: Script = {
        seat: [draft if method == "compose" else voted(draft, AT_LENGTH)]
        for seat, draft in ((seat, f"{AT_LENGTH} (by {seat})") for seat in SEATS)
    }
    lists = {
        kind: [f"{number}. {AT_LENGTH}" for number in range(9)]
        for kind in (
            "consensus",
            "contradictions",
            "partial_coverage",
            "unique_insights",
            "blind_spots",
        )
    }
    worth = {seat: dict.fromkeys(SEATS, 9.0) for seat in SEATS}
    case = a_case(method, "vote", seats=SEATS, models=MODELS, question=AT_LENGTH)
    return deliberated(
        case,
        script,
        grouping=grouped(),
        serving={"ruling": lambda ask: wrote(AT_LENGTH * 3, **lists), "rating": rated(worth)},
    ).dossier()
