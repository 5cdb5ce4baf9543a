"""The reliability diagram of the sentence check: ``python -m evals.reliability`` draws ``docs/checker-reliability.svg``.

It shows the figures that `evals.checker_train` left in the shipped checker: sentences that the reader had not seen, judged
by trees and reader, by a calibration fitted on other sources.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

OUT = Path(__file__).parents[1] / "docs" / "checker-reliability.svg"
_LEFT, _TOP, _SIDE = 70, 50, 340
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_STYLE = (
    "text{fill:#1f2328;font:13px sans-serif}.grid{stroke:#d0d7de}.even{stroke:#6e7781;stroke-dasharray:5 4}"
    ".curve{stroke:#0969da;fill:none;stroke-width:2}.point{fill:#0969da}.back{fill:#ffffff}.count{font-size:11px}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.grid{stroke:#30363d}.even{stroke:#8b949e}"
    ".curve{stroke:#58a6ff}.point{fill:#58a6ff}.back{fill:#0d1117}}"
)
Bin = Mapping[str, float]


def shipped_bins() -> list[Bin]:
    """Return the bins of the shipped checker: mean ``predicted`` and ``observed`` in [0, 1], and how many ``sentences``."""
    text = (files("app.tutor") / "checker.json").read_text(encoding="utf-8")
    bins: list[Bin] = json.loads(text)["reliability"]
    return bins


def diagram(bins: Sequence[Bin]) -> str:
    """Return the diagram of ``bins`` as SVG; each point carries its number of sentences."""
    places = [(_x(entry["predicted"]), _y(entry["observed"])) for entry in bins]
    points = "".join(
        f'<circle class="point" cx="{x}" cy="{y}" r="4"/>'
        f'<text class="count" x="{x + 7}" y="{y + 15}">{int(entry["sentences"]):,}</text>'
        for (x, y), entry in zip(places, bins, strict=True)
    )
    line = " ".join(f"{x},{y}" for x, y in places)
    middle, bottom = _LEFT + _SIDE / 2, _TOP + _SIDE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _SIDE + 50} {bottom + 60}" role="img"'
        ' aria-label="Predicted against observed share of unsupported sentences">'
        f'<style>{_STYLE}</style><rect class="back" width="100%" height="100%"/>'
        f'<text x="{middle}" y="26" text-anchor="middle" font-weight="bold">Reliability of trees and reader, with sentences a bin</text>'
        f"{''.join(map(_gridlines, _TICKS))}"
        f'<line class="even" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'
        f'<polyline class="curve" points="{line}"/>{points}'
        f'<text x="{middle}" y="{bottom + 45}" text-anchor="middle">predicted probability of being unsupported</text>'
        f'<text transform="translate(20 {_TOP + _SIDE / 2}) rotate(-90)" text-anchor="middle">observed share unsupported</text></svg>\n'
    )


def _gridlines(tick: float) -> str:
    return (
        f'<line class="grid" x1="{_x(0)}" y1="{_y(tick)}" x2="{_x(1)}" y2="{_y(tick)}"/>'
        f'<line class="grid" x1="{_x(tick)}" y1="{_y(0)}" x2="{_x(tick)}" y2="{_y(1)}"/>'
        f'<text x="{_LEFT - 10}" y="{_y(tick) + 4}" text-anchor="end">{tick:.1f}</text>'
        f'<text x="{_x(tick)}" y="{_y(0) + 20}" text-anchor="middle">{tick:.1f}</text>'
    )


def _x(share: float) -> float:
    return round(_LEFT + share * _SIDE, 1)


def _y(share: float) -> float:
    return round(_TOP + (1 - share) * _SIDE, 1)


def main(arguments: list[str]) -> int:
    """Write the diagram of the shipped checker; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.reliability", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.parse_args(arguments).out.write_text(diagram(shipped_bins()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
