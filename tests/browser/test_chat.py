from __future__ import annotations

import re
import time
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Trap

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)
FIRST = "Which SageMaker algorithm finds anomalies in a time series?"


def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox", name="Ask about the exam")
    box.fill(question)
    box.press("Enter")


def wait_until_answered(page: Page) -> None:
    """The row of tools appears when the answer is complete."""
    expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)


def test_ask_watch_it_stream_and_open_a_citation(page: Page) -> None:
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=FIRST).click()
    answer = page.locator(".answer").first
    answer.wait_for()
    seen = {answer.inner_text()}
    while page.get_by_role("button", name="Stop", exact=True).count():
        seen.add(answer.inner_text())
        time.sleep(0.05)
    assert len(seen) >= 3
    wait_until_answered(page)
    expect(page.locator(".answer")).to_contain_text("Random Cut Forest")
    page.get_by_role("button", name=re.compile(r"\[1\]")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("mark").first).to_contain_text("Random Cut Forest")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_what_was_said_survives_a_reload(page: Page) -> None:
    ask(page, "What is SMOTE?")
    wait_until_answered(page)
    text = page.locator(".answer").inner_text()
    page.reload()
    expect(page.locator(".answer")).to_have_text(text, use_inner_text=True)
    expect(page.get_by_test_id("stChatMessage").first).to_contain_text("What is SMOTE?")


def test_stop_keeps_what_is_there_and_asks_again(page: Page) -> None:
    ask(page, "Give me an overview of XGBoost")
    page.locator(".answer").wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped here.")).to_be_visible()
    stopped = page.locator(".answer").inner_text()
    page.reload()
    expect(page.get_by_text("Stopped here.")).to_be_visible()
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("Stopped here.")).to_have_count(0)
    wait_until_answered(page)
    assert len(page.locator(".answer").inner_text()) > len(stopped)


def test_a_reload_in_mid_stream_keeps_question_and_sentences(page: Page) -> None:
    ask(page, "Give me an overview of K-means")
    page.locator(".answer").wait_for()
    page.reload()
    expect(page.get_by_test_id("stChatMessage").first).to_contain_text("Give me an overview of K-means")
    expect(page.locator(".answer")).to_contain_text("K-means is an unsupervised algorithm")


def test_a_refusal_is_honest_and_offers_topics(page: Page) -> None:
    ask(page, "What is the capital of Australia?")
    expect(page.get_by_text("does not hold an answer")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("What is ")).first).to_be_visible()


def test_support_copy_feedback_and_next_step(page: Page) -> None:
    ask(page, "Does Random Cut Forest need labels?")
    wait_until_answered(page)
    page.get_by_text("Show support").click()
    expect(page.locator(".answer")).to_contain_text("supported, support 1.00")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_test_id("stCode")).to_contain_text("[1]")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("Overview of")).click()
    expect(page.locator(".answer")).to_have_count(2)


def test_edit_and_ask_again(page: Page) -> None:
    ask(page, "What is SMOTE?")
    wait_until_answered(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("textbox", name="Edit the question").fill("What is XGBoost?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".answer").first).to_contain_text("gradient boosted")
    expect(page.get_by_test_id("stChatMessage").first).to_contain_text("What is XGBoost?")
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)


def test_conversations_are_renamed_exported_deleted_and_restored(page: Page) -> None:
    title = f"About SMOTE {uuid4().hex[:6]}"
    ask(page, "What is SMOTE?")
    wait_until_answered(page)
    page.get_by_role("button", name="This conversation").click()
    page.get_by_role("textbox", name="Title").fill(title)
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("button", name=title)).to_be_visible()
    if not page.get_by_role("button", name="Export as Markdown").is_visible():
        page.get_by_role("button", name="This conversation").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as Markdown").click()
    text = download.value.path().read_text()
    assert text.startswith(f"# {title}")
    assert "SMOTE is an oversampling technique" in text
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name=f"Undo: delete {title}").click()
    expect(page.locator(".answer")).to_contain_text("SMOTE")


def test_two_learners_are_kept_apart(page: Page) -> None:
    name = f"Bo {uuid4().hex[:6]}"
    question = "What is L1 regularization?"
    ask(page, question)
    wait_until_answered(page)
    page.get_by_role("button", name="Add or rename learner").click()
    page.get_by_role("textbox", name="Name of a new learner").fill(name)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("None yet. Ask a question to begin one.")).to_be_visible()
    expect(page.get_by_role("button", name=question)).to_have_count(0)


def test_by_keyboard_only(page: Page) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "TEXTAREA":
            break
    page.keyboard.type("What is DeepAR?")
    page.keyboard.press("Enter")
    wait_until_answered(page)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(
            'document.activeElement.tagName == "BUTTON" && document.activeElement.innerText.includes("[1]")'
        ):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator("mark").first).to_contain_text("DeepAR")


def test_hostile_text_causes_no_request(page: Page, trap: Trap, server: str) -> None:
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url))
    ask(page, f"What is Zorblax? ![mine]({trap.url}/question) <img src={trap.url}/question>")
    wait_until_answered(page)
    expect(page.locator(".answer")).to_contain_text("made-up protocol")
    page.get_by_role("button", name=re.compile(r"\[1\]")).click()
    page.get_by_role("dialog").get_by_text("Whole note").click()
    expect(page.get_by_role("dialog").get_by_text("Zorblax cell").first).to_be_visible()
    page.wait_for_timeout(500)
    assert trap.asked == []
    assert [url for url in outside if not url.startswith((server, "data:", "blob:"))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_both_themes(browser: Browser, server: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(server)
    page.get_by_text("Ask in your own words").wait_for()
    colours = page.evaluate(
        """() => { const app = document.querySelector('[data-testid=stApp]');
        return [getComputedStyle(app).color, getComputedStyle(app).backgroundColor] }"""
    )
    text, background = (_luminance(colour) for colour in colours)
    lighter, darker = max(text, background), min(text, background)
    assert (lighter + 0.05) / (darker + 0.05) >= 7
    assert (background < 0.2) == (scheme == "dark")
    context.close()


def _luminance(colour: str) -> float:
    """Relative luminance as in WCAG 2."""
    channels = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
