"""Small charts as inline SVG, without scripts; colours come from the page's CSS variables."""

from __future__ import annotations

_WIDTH, _ROW = 200, 18


def interval_svg(value: float, low: float, high: float, before: float | None = None) -> str:
    """Return a value in [0, 1] as a dot on its interval, with a tick for the baseline's value."""
    x, left, right = (4 + (_WIDTH - 8) * min(1.0, max(0.0, v)) for v in (value, low, high))
    tick = ""
    if before is not None:
        at = 4 + (_WIDTH - 8) * min(1.0, max(0.0, before))
        tick = f'<line x1="{at:.1f}" x2="{at:.1f}" y1="2" y2="{_ROW - 2}" class="before"/>'
    label = f"{100 * value:.1f} %, interval {100 * low:.1f} to {100 * high:.1f}"
    return (
        f'<svg class="interval" viewBox="0 0 {_WIDTH} {_ROW}" width="{_WIDTH}" height="{_ROW}" role="img" aria-label="{label}">'
        f'<line x1="4" x2="{_WIDTH - 4}" y1="{_ROW / 2}" y2="{_ROW / 2}" class="axis"/>{tick}'
        f'<line x1="{left:.1f}" x2="{max(right, left + 1):.1f}" y1="{_ROW / 2}" y2="{_ROW / 2}" class="range"/>'
        f'<circle cx="{x:.1f}" cy="{_ROW / 2}" r="4" class="dot"/></svg>'
    )


CHART_STYLE = """
svg .axis { stroke: var(--faint, #8888); stroke-width: 1; }
svg .range { stroke: var(--accent, #3b82c4); stroke-width: 3; opacity: .55; }
svg .dot { fill: var(--accent, #3b82c4); }
svg .before { stroke: currentColor; stroke-width: 1.5; }
"""
