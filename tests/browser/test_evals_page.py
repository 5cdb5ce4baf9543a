from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.tutor.tutor import open_tutor
from evals.case import cases_dir
from evals.judges import CheckerJudge
from evals.runner import Plan, run_evals
from evals.suites import Context
from ingest.settings import LibrarySettings

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def measured(server: str, served_home: Path, library: LibrarySettings) -> None:
    """Two runs in the home that the server shows."""
    context = Context(open_tutor(library), CheckerJudge(), cases_dir(), library)
    for note in ("first", "<b>second</b>"):
        run_evals(context, Plan(("answers", "refusals"), sample=50, note=note, card_size=5), served_home / "evals")


def test_a_run_can_be_drilled_into_and_a_case_opened_in_the_chat(page: Page, measured: None) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text="Evals").click()
    expect(page.get_by_role("heading", name="Evals")).to_be_visible()
    expect(page.locator(".evals tbody tr")).to_have_count(2)
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
