"""Failing cases as HTML: question, answer, verdicts and passages side by side."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from evals.record import Judged, Record, Run


def failing_html(run: Run, frozen: bool) -> str:
    """Return the failing cases by suite; frozen ones only if asked for."""
    passages = run.passages()
    failing = [record for record in run.records if record.failed]
    shown = [record for record in failing if frozen or record.split != "frozen"]
    html = "<p>Frozen cases are shown; do not tune on them.</p>" if frozen and len(shown) else ""
    if len(failing) > len(shown):
        html += f"<p>{len(failing) - len(shown)} failing frozen cases are counted but not shown, so that nobody tunes on them.</p>"
    for suite in dict.fromkeys(record.suite for record in shown):
        mine = [record for record in shown if record.suite == suite]
        html += f"<h3>{escape(suite)}: {len(mine)}</h3>" + "".join(case_html(record, passages) for record in mine)
    return html or "<p>None.</p>"


def case_html(record: Record, passages: Mapping[str, Mapping[str, str]], *, open_: bool = False) -> str:
    """Return one case: question, what is wrong, answer with verdicts, and its passages beside it."""
    history = "".join(f"<p><b>{escape(role)}:</b> {escape(text)}</p>" for role, text in record.history)
    sentences = "".join(_sentence(sentence) for sentence in record.judged)
    found = [passages[i] for i in record.passages if i in passages]
    right = "".join(_passage(passage, open_=i == 0) for i, passage in enumerate(found))
    wrong = "".join(f"<li>{escape(what)}</li>" for what in record.failed)
    notice = f"<p><i>{escape(record.notice)}</i></p>" if record.notice else ""
    return (
        f"<details{' open' if open_ else ''}><summary>{escape(record.id)} {escape(record.question[:160])}</summary>"
        f'<div class="case"><div><h4>Question</h4>{history}<p class="pre">{escape(record.question)}</p>'
        f"<h4>Expected</h4><p>{escape(record.expected)}</p><h4>What is wrong</h4><ul>{wrong}</ul>"
        f"<h4>Answer ({escape(record.kind)}{f', {escape(record.model)}' if record.model else ''})</h4>{notice}<ul>{sentences}</ul></div>"
        f"<div><h4>Passages</h4>{right or '<p>none</p>'}</div></div></details>"
    )


def _passage(passage: Mapping[str, str], *, open_: bool) -> str:
    return (
        f"<details{' open' if open_ else ''}><summary><b>{escape(passage['heading'])}</b>"
        f' <small>{escape(passage["path"])}</small></summary><p class="pre">{escape(passage["text"])}</p></details>'
    )


def _sentence(sentence: Judged) -> str:
    held = "" if sentence.shown else " <b>withheld</b>"
    reason = f" <small>{escape(sentence.reason)}</small>" if sentence.reason else ""
    return (
        f'<li><span class="verdict {escape(sentence.verdict)}">{escape(sentence.verdict)}</span>{held} '
        f"{escape(sentence.text)}{reason}</li>"
    )
