"""Tables of a report; every cell is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape


def facts_table(facts: Mapping[str, str]) -> str:
    """Return names and values as rows."""
    return table((), facts.items())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows below a head, which may be empty."""
    top = f"<thead><tr>{''.join(f'<th>{escape(h)}</th>' for h in head)}</tr></thead>" if head else ""
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table>{top}<tbody>{body}</tbody></table></div>'


def rate_cells(rate: Mapping[str, float]) -> tuple[str, str, str]:
    """Return hits, total and share with its interval."""
    share = rate["hits"] / rate["total"] if rate["total"] else 0.0
    return (
        f"{rate['hits']}",
        f"{rate['total']}",
        f"{100 * share:.1f} % ({100 * rate['low']:.1f} to {100 * rate['high']:.1f})",
    )
