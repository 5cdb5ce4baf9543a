from __future__ import annotations

from app.tutor.types import Answer, Sentence, Verdict
from app.ui.render import answer_html


def test_a_small_models_wording_stands_below_under_its_name() -> None:
    lead = Sentence("It needs no labels.", Verdict.SUPPORTED, 1.0, "", (1,))
    reworded = Sentence("No labels <b>needed</b>.", Verdict.SUPPORTED, 0.9, "", (1,), "reworded")
    html = answer_html(Answer("q", "answer", "local:<x>", (lead, reworded)))
    assert html.index("It needs no labels.") < html.index("Reworded by local:&lt;x&gt;")
    assert "<b>" not in html
