from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.tutor.tutor import open_tutor
from evals.case import cases_dir
from evals.context import Context
from evals.judges import CheckerJudge
from evals.runner import Plan, run_evals
from ingest.settings import LibrarySettings

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)


FOLLOW_UP = {
    "id": "m1", "origin": "this test", "split": "dev", "notes": ["k-means"], "key_facts": [["no note says this"]],
    "history": [
        {"role": "user", "text": "What is k-means for?"},
        {"role": "assistant", "text": "K-means finds clusters, as this test says."},
    ],
    "question": "and does it need labels?",
}  # fmt: skip


@pytest.fixture(scope="module")
def measured(
    server: str, served_home: Path, library: LibrarySettings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Three runs in the home that the server shows; the oldest has one follow-up, which fails."""
    tutor, cases = open_tutor(library), tmp_path_factory.mktemp("cases")
    (cases / "multi_turn.jsonl").write_text(json.dumps(FOLLOW_UP) + "\n")
    alone = Context(tutor, CheckerJudge(), cases, library)
    run_evals(
        alone, Plan(("followups",), note="follow-up", card_size=5), served_home / "evals", now=datetime(2026, 1, 1)
    )
    context = Context(tutor, CheckerJudge(), cases_dir(), library)
    for note in ("first", "<b>second</b>"):
        run_evals(context, Plan(("answers", "refusals"), sample=50, note=note, card_size=5), served_home / "evals")


def test_a_run_can_be_drilled_into_and_a_case_opened_in_the_chat(page: Page, measured: None) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text="Evals").click()
    expect(page.get_by_role("heading", name="Evals")).to_be_visible()
    expect(page.locator(".evals tbody tr")).to_have_count(3)
    expect(page.locator(".evals")).to_contain_text("<b>second</b>")
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
    case = page.locator(".case")
    expect(case).to_contain_text("What is wrong")
    expect(case).to_contain_text("Passages")
    question = case.locator(".pre").first.inner_text()
    page.get_by_role("button", name="Open in chat").click()
    expect(page).to_have_url(re.compile(r"/\?c=|chat\?c="))
    expect(page.get_by_test_id("stChatMessage").first).to_contain_text(question[:40])
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)


def test_a_follow_up_opens_in_the_chat_after_what_was_said_before_it(page: Page, measured: None) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text="Evals").click()
    run = page.get_by_test_id("stSelectbox").filter(has=page.get_by_text("Run", exact=True))
    run.locator("input").click()
    page.get_by_role("option").filter(has_text="20260101").click()
    expect(page.locator(".case")).to_contain_text("and does it need labels?")
    page.get_by_role("button", name="Open in chat").click()
    messages = page.get_by_test_id("stChatMessage")
    expect(messages).to_have_count(4)
    expect(messages.nth(0)).to_contain_text("What is k-means for?")
    expect(messages.nth(1)).to_contain_text("K-means finds clusters, as this test says.")
    expect(messages.nth(2)).to_contain_text("and does it need labels?")
    expect(messages.nth(3)).to_contain_text("K-means")
