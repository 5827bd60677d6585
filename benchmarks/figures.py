"""Samples, their medians and ratios, as a table for people and as JSON for programs."""

import json
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from pydantic import JsonValue
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """Repeated measurements of one thing.

    ``reference`` is what the median is divided by, in the same unit; ``target`` the ratio
    that was aimed at. Both are None where a figure stands for itself.
    """

    name: str
    unit: str
    samples: Sequence[float]
    reference: float | None = None
    target: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def ratio(self) -> float | None:
        return None if self.reference is None else self.median / self.reference

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": round(self.median, 4),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "target": self.target,
            "samples": [round(sample, 4) for sample in self.samples],
        }


def report(title: str, figures: Sequence[Figure]) -> None:
    """Print the figures on stdout: a table, then one line of JSON with every sample."""
    table = Table(title=title, title_justify="left", caption=_machine(), caption_justify="left")
    table.add_column("what", overflow="fold")
    for column in ("median", "lowest", "highest", "runs", "ratio", "target"):
        table.add_column(column, justify="right")
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.median:.3g} {figure.unit}",
            f"{min(figure.samples):.3g}",
            f"{max(figure.samples):.3g}",
            str(len(figure.samples)),
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            "" if figure.target is None else f"{figure.target:.2f}",
        )
    Console(width=110).print(table)
    print(json.dumps({"benchmark": title, "figures": [f.as_json() for f in figures]}))


def _machine() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("mcp", "litellm"))
    return f"Python {platform.python_version()}, {platform.system()}, {libraries}"
