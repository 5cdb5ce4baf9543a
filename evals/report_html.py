"""A run as one self-contained HTML page: no script, nothing fetched, every text escaped, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from evals.charts import CHART_STYLE, interval_svg
from evals.compare import Comparison, Outcome, Row
from evals.html_tables import facts_table, table
from evals.metrics import METRICS
from evals.record import Run
from evals.report_card import card_html
from evals.report_cases import failing_html

_SAID = {
    Outcome.PASS: "No worse than the baseline.",
    Outcome.FAIL: "Worse than the baseline.",
    Outcome.INCONCLUSIVE: "Not enough data to decide.",
}


def html_report(run: Run, comparison: Comparison | None = None, *, frozen: bool = False) -> str:
    """Return the page. Failing frozen cases are shown by number only, unless ``frozen``: who reads them tunes on them."""
    parts = [
        f"<h1>Evaluation {escape(run.id)}</h1>",
        _lead(run),
        _outcome(comparison) if comparison else "",
        "<h2>Figures</h2>",
        _figures(run, comparison),
        _item_matrix(run),
        "<h2>Times, tokens, judge</h2>",
        facts_table(_times(run)),
        "<h2>How good the judge is</h2>",
        card_html(run.summary.get("card")),
        "<h2>Failing cases</h2>",
        failing_html(run, frozen),
        "<h2>What was measured</h2>",
        facts_table(run.summary["fingerprint"]),
        "<h2>Definitions</h2>",
        _definitions(run.summary["figures"]),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Evaluation {escape(run.id)}</title><style>{_STYLE}{CHART_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )


def _lead(run: Run) -> str:
    summary = run.summary
    sample = f", a sample of {summary['sample']}" if summary["sample"] else ""
    text = (
        f"{summary['tasks']} cases{sample}; {sum(summary['failing'].values())} with something wrong. {summary['note']}"
    )
    warnings = []
    if summary["frozen_cases"]:
        warnings.append(
            f"{summary['frozen_cases']} frozen cases were asked: the figures are for reporting, not for tuning."
        )
    if summary["frozen_changed"]:
        warnings.append(f"Frozen cases differ from the manifest: {', '.join(summary['frozen_changed'])}.")
    if summary["fingerprint"]["judge"].startswith("checker"):
        warnings.append(
            "The judge is the same check that the tutor filters with, so it cannot find what the filter overlooks; its own error rate is below."
        )
    return f"<p>{escape(text)}</p>" + "".join(f'<p class="warn">{escape(w)}</p>' for w in warnings)


def _outcome(comparison: Comparison) -> str:
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in comparison.reasons())
    reasons = f"<ul>{reasons}</ul>" if reasons else ""
    return (
        f'<section class="outcome {comparison.outcome.name.lower()}"><strong>{comparison.outcome.name}</strong> '
        f"{_SAID[comparison.outcome]} Baseline {escape(comparison.baseline)}, {comparison.cases} common cases;"
        f" changed: {escape(', '.join(comparison.changed_parts)) or 'nothing'}.{reasons}</section>"
    )


def _figures(run: Run, comparison: Comparison | None) -> str:
    rows = {row.metric.name: row for row in comparison.rows} if comparison else {}
    body = ""
    for name, found in run.summary["figures"].items():
        metric, row = METRICS[name], rows.get(name)
        before = row.baseline if row else None
        body += (
            f'<tr><th scope="row" title="{escape(metric.definition)}">{escape(metric.title)}'
            f"{' ↓' if metric.better == 'low' else ''}</th><td>{100 * found['value']:.1f} %</td>"
            f"<td>{100 * found['low']:.1f} to {100 * found['high']:.1f}</td>"
            f"<td>{interval_svg(found['value'], found['low'], found['high'], before)}</td><td>{found['cases']}</td>"
            f"{_compared(row) if comparison else ''}</tr>"
        )
    more = "<th>baseline</th><th>difference (95 %)</th><th>margin</th><th>outcome</th>" if comparison else ""
    head = f"<th>figure (↓ low is good)</th><th>value</th><th>95 % interval</th><th></th><th>cases</th>{more}"
    return f'<div class="wide"><table class="figures"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _compared(row: Row | None) -> str:
    if row is None:
        return "<td></td>" * 4
    d, margin = row.difference, "" if row.metric.margin is None else f"{100 * row.metric.margin:.0f}"
    outcome = "" if row.outcome is None else row.outcome.name.lower()
    difference = f"{100 * d.value:+.1f} ({100 * d.low:+.1f} to {100 * d.high:+.1f})"
    return (
        f"<td>{100 * row.baseline:.1f} %</td><td>{difference}</td><td>{margin}</td><td class='{outcome}'>{outcome}</td>"
    )


def _item_matrix(run: Run) -> str:
    """Return flawed and sound items against what the audit said, and the flaws it missed."""
    broken = [r for r in run.records if "flaws_rejected" in r.scores]
    sound = [r for r in run.records if "sound_rejected" in r.scores]
    if not broken:
        return ""
    caught = sum(r.scores["flaws_rejected"][0] for r in broken)
    alarms = sum(r.scores["sound_rejected"][0] for r in sound)
    counts = table(
        ("", "rejected", "let through"),
        (
            ("flawed items", f"{caught:.0f}", f"{len(broken) - caught:.0f}"),
            ("sound items", f"{alarms:.0f}", f"{len(sound) - alarms:.0f}"),
        ),
    )
    by_rule: dict[str, list[float]] = {}
    for record in broken:
        by_rule.setdefault(record.cluster, []).append(record.scores["flaws_found"][0])
    rules = table(
        ("planted flaw", "found", "planted"), ((rule, f"{sum(v):.0f}", str(len(v))) for rule, v in by_rule.items())
    )
    return f"<h2>Item audit</h2>{counts}<details><summary>By flaw</summary>{rules}</details>"


def _times(run: Run) -> dict[str, str]:
    t, s = run.summary["timings"], run.summary
    kappa = "not defined" if s["kappa"] is None else f"{s['kappa']:.3f}"
    same = s["fingerprint"]["judge"].startswith("checker ")
    agreement = "they are the same" if same else f"{kappa} over {s['judged_sentences']} sentences"
    return {
        "CPU of an answer": f"p50 {t['cpu_ms_p50']:.0f} ms, p95 {t['cpu_ms_p95']:.0f} ms",
        "Whole answer": f"p50 {t['total_ms_p50']:.0f} ms, p95 {t['total_ms_p95']:.0f} ms",
        "First sentence": f"p50 {t['first_sentence_ms_p50']:.0f} ms, p95 {t['first_sentence_ms_p95']:.0f} ms",
        "Tokens and cost of the answers": f"{s['tokens']:,} tokens, {s.get('cost_usd', 0.0):.4f} USD",
        "Cost of judging (first time)": f"{s['judge_usd']:.4f} USD",
        "Judge": s["fingerprint"]["judge"],
        "Judge and embedded check agree (Cohen's kappa)": agreement,
        **({"Grounded, corrected by human labels": _labelled(s["human"])} if s.get("human") else {}),
    }


def _labelled(human: Mapping[str, float]) -> str:
    return (
        f"{100 * human['value']:.1f} % (95 % interval {100 * human['low']:.1f} to {100 * human['high']:.1f},"
        f" {human['labels']} labels)"
    )


def _definitions(names: Iterable[str]) -> str:
    return table(
        ("figure", "definition", "source"),
        ((METRICS[name].title, METRICS[name].definition, METRICS[name].source) for name in names),
    )


_STYLE = """
:root { color-scheme: light dark; --bg: #fff; --fg: #1c1e21; --faint: #c9ccd1; --soft: #f3f4f6; --accent: #2f6fb0;
  --good: #1f7a43; --bad: #b3261e; --open: #8a6100; }
@media (prefers-color-scheme: dark) { :root { --bg: #15171a; --fg: #e6e7e9; --faint: #454a52; --soft: #1f2328; --accent: #6fb1f0;
  --good: #5cc98a; --bad: #ff8a80; --open: #f0c05a; } }
body { background: var(--bg); color: var(--fg); font: 15px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 76rem; margin: auto; padding: 1rem 1.5rem 4rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; } h4 { margin: .6rem 0 .2rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; }
th, td { border-bottom: 1px solid var(--faint); padding: .3rem .7rem; text-align: left; vertical-align: top; font-weight: 400; }
thead th { font-weight: 600; }
.figures td { white-space: nowrap; font-variant-numeric: tabular-nums; }
.warn { color: var(--open); } td.fail, .unsupported, .contradicted { color: var(--bad); } td.pass, .supported { color: var(--good); }
td.inconclusive, .unverified { color: var(--open); }
.outcome { border-left: .4rem solid; padding: .5rem 1rem; background: var(--soft); } .outcome.fail { border-color: var(--bad); }
.outcome.pass { border-color: var(--good); } .outcome.inconclusive { border-color: var(--open); }
details { border-bottom: 1px solid var(--faint); padding: .35rem 0; } summary { cursor: pointer; overflow-wrap: anywhere; }
.case { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; padding: .3rem 1rem; background: var(--soft); }
.case details { padding: .2rem 0; } .case > div { min-width: 0; overflow-wrap: anywhere; } .pre { white-space: pre-wrap; } .verdict { font-weight: 600; font-size: .85em; }
@media (max-width: 50rem) { .case { grid-template-columns: 1fr; } }
"""
