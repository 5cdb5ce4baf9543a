"""The judge's card as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from evals.html_tables import facts_table, rate_cells, table


def card_html(card: Mapping[str, Any] | None) -> str:
    """Return planted faults and labelled data: what the judge finds and where it errs."""
    if not card:
        return "<p>No card was made.</p>"
    rows = [("(unchanged: false alarms)", *rate_cells(card["clean"]))]
    rows += [(kind, *rate_cells(rate)) for kind, rate in card["planted"].items()]
    planted = table(("planted fault", "alarms", "of", "share (95 % interval)"), rows)
    html = f"<p>Faults planted into sentences of this run; judge: {escape(card['judge'])} {escape(card['version'])}; unverified: {card['unverified']}.</p>{planted}"
    for data in card["labelled"]:
        auroc = "not defined" if data["auroc"] is None else f"{data['auroc']:.3f}"
        html += f"<h3>Labelled by people: {escape(data['data'])}</h3>" + facts_table(
            {
                "Sentences": f"{data['sentences']}, {100 * data['unsupported']:.1f} % unsupported",
                "Precision, recall, F1": f"{data['precision']:.3f}, {data['recall']:.3f}, {data['f1']:.3f}",
                "Balanced accuracy": f"{data['balanced_accuracy']:.3f}",
                "False alarms": f"{100 * data['false_alarms']:.1f} %",
                "AUROC": auroc,
                "Unverified": str(data["unverified"]),
                "SHA-256": data["sha256"],
            }
        )
        parts = [*data["recall_by_length"].items(), *data["recall_by_domain"].items()]
        html += table(
            ("part", "found", "of", "recall (95 % interval)"), [(name, *rate_cells(rate)) for name, rate in parts]
        )
    return html
