"""The Evals page: the last runs, how a figure went from run to run, and what failed in one of them.

The module is not called ``evals``: Streamlit puts this folder on the path, where it would hide the package of that name.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import streamlit as st

from app.learner.store import Learner
from app.tutor.types import Answer, Sentence, Verdict
from app.ui import session
from app.ui.pages import go_to
from app.ui.sidebar import draw_sidebar

_RUNS, _TREND, _CASES = 12, 20, 60
_FIRST = "key_facts"
_WHEN = " + ".join(
    ("slice(datum.label, 4, 6)", "'-'", "slice(datum.label, 6, 8)", "' '", "slice(datum.label, 9, 11)", "':'",
     "slice(datum.label, 11, 13)")
)  # fmt: skip
"""Month, day and time of a run, from its id."""


def evals_page() -> None:
    """Draw the page."""
    from evals.record import read_summary
    from evals.run_folder import runs_in

    learner = session.current_learner()
    draw_sidebar(learner, None)
    st.header("Evals")
    folders = runs_in(session.settings().home / "evals")[:_TREND]
    if not folders:
        st.write("Nothing was measured yet. Run this in a terminal, and the figures appear here:")
        st.code("tutor eval run --sample 1200", language="bash")
        return
    summaries = [read_summary(folder) for folder in folders]
    st.html(f"<style>{_STYLE}</style>{_runs_table(summaries[:_RUNS])}")
    _trend(summaries)
    _drill_down(learner, folders, summaries)


def _runs_table(summaries: Sequence[dict[str, Any]]) -> str:
    rows = ""
    for summary in summaries:
        failing, made_of = sum(summary["failing"].values()), summary["fingerprint"]
        cells = (summary["id"], made_of["model"], f"{summary['tasks']}", f"{failing}", summary["note"])
        rows += f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>"
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Run", "Model", "Cases", "Failing", "Note"))
    return f'<div class="evals"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _trend(summaries: Sequence[dict[str, Any]]) -> None:
    """Draw one figure over the runs that have it, the oldest first."""
    from evals.metrics import METRICS

    known = [name for name in METRICS if any(name in summary["figures"] for summary in summaries)]
    if not known:
        return
    st.subheader("Trend")
    first = known.index(_FIRST) if _FIRST in known else 0
    name = st.selectbox("Figure", known, index=first, format_func=lambda item: METRICS[item].title)
    st.caption(f"{METRICS[name].definition} The bars are 95 % intervals.")
    points = [
        {"run": s["id"], "model": s["fingerprint"]["model"], **{k: 100 * f[k] for k in ("value", "low", "high")}}
        for s in reversed(summaries)
        if (f := s["figures"].get(name)) is not None
    ]
    st.altair_chart(_chart(points), width="stretch")


def _chart(points: Sequence[dict[str, Any]]) -> Any:
    """Return the values in percent as a line with interval bars, a line for each model."""
    import altair as alt

    base = alt.Chart(alt.InlineData(values=list(points))).encode(
        x=alt.X("run:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelExpr=_WHEN)),
        tooltip=["run:N", "model:N", alt.Tooltip("value:Q", format=".1f"), "low:Q", "high:Q"],
    )
    scale = alt.Scale(zero=False, nice=True)
    models = list(dict.fromkeys(point["model"] for point in points))
    color = alt.Color("model:N", title=None, legend=alt.Legend(orient="top") if len(models) > 1 else None)
    bars = base.mark_rule(strokeWidth=4, opacity=0.5).encode(
        y=alt.Y("low:Q", title="percent", scale=scale), y2="high:Q", color=color
    )
    line = base.mark_line(point=alt.OverlayMarkDef(size=70, filled=True)).encode(
        y=alt.Y("value:Q", scale=scale), color=color
    )
    return alt.layer(bars, line).properties(height=240)


def _drill_down(learner: Learner, folders: Sequence[Path], summaries: Sequence[dict[str, Any]]) -> None:
    """Let one choose a failing case of a run, and show it with its passages; frozen cases are not shown."""
    from evals.report_cases import case_html

    st.subheader("Failing cases")
    ids = {summary["id"]: folder for summary, folder in zip(summaries, folders, strict=True)}
    run = _run(str(ids[st.selectbox("Run", list(ids))]))
    failing = [record for record in run.records if record.failed and record.split != "frozen"]
    hidden = sum(bool(record.failed) for record in run.records) - len(failing)
    if hidden:
        st.caption(f"{hidden} failing frozen cases are not shown, so that nobody tunes on them.")
    if not failing:
        st.write("No case failed.")
        return
    suite = st.segmented_control("Suite", list(dict.fromkeys(r.suite for r in failing)), default=failing[0].suite)
    shown = {r.id: r for r in failing if r.suite == suite}
    chosen = st.selectbox("Case", list(shown), format_func=lambda item: f"{item}: {shown[item].question[:_CASES]}")
    if chosen is None:
        return
    record = shown[chosen]
    if record.suite != "items" and st.button("Open in chat", icon=":material/chat:"):
        _open_in_chat(learner, record.question, record.history)
    st.html(case_html(record, run.passages(), open_=True))


def _open_in_chat(learner: Learner, question: str, history: Sequence[tuple[str, str]]) -> NoReturn:
    """Ask the question of a case in a conversation of its own, after what was said before it."""
    store = session.store()
    conversation = store.start_conversation(learner.id, question)
    asked = ""
    for role, text in history:
        if role == "user":
            asked = text
            store.add_question(conversation.id, text, uuid4().hex)
        else:
            said = Answer(asked, "chat", "case", (Sentence(text, Verdict.NOT_CHECKABLE, 0.0),))
            store.save_answer(store.begin_answer(conversation.id, uuid4().hex).id, said, "complete")
    store.add_question(conversation.id, question, uuid4().hex)
    go_to("chat", c=conversation.id)


@st.cache_resource(show_spinner="Reading the run …", max_entries=3)
def _run(folder: str) -> Any:
    from evals.record import read_run

    return read_run(Path(folder))


_STYLE = """
.evals { overflow-x: auto; }
.evals table { border-collapse: collapse; width: 100%; }
.evals th, .evals td { border-bottom: 1px solid rgba(128, 128, 128, .3); padding: .3rem .5rem; text-align: left; font-weight: 400; }
.evals thead th { font-weight: 600; }
.case { display: grid; grid-template-columns: 1fr 1fr; gap: 1.2rem; overflow-wrap: anywhere; }
.case h4 { font-size: .95rem; margin: .5rem 0 .1rem; padding: 0; }
.case .pre { white-space: pre-wrap; }
.case details { border-bottom: 1px solid rgba(128, 128, 128, .3); padding: .3rem 0; }
.verdict { font-weight: 600; font-size: .85em; }
.verdict.supported { color: #2e9e5b; }
.verdict.unsupported, .verdict.contradicted { color: #d64545; }
@media (max-width: 50rem) { .case { grid-template-columns: 1fr; } }
"""
