from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)


def open_quiz_page(page: Page) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text="Quiz").click()
    expect(page.get_by_role("heading", name="Quiz")).to_be_visible()


def chosen_options(page: Page) -> Locator:
    return page.locator("[class*='st-key-option-'] button[kind=primary]:visible")


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def answer_by_keyboard(page: Page) -> None:
    """Choose as many options as are asked for, submit, and wait for the verdict."""
    submit = page.get_by_role("button", name="Submit")
    expect(submit).to_be_visible()
    stem = page.locator(".stem").inner_text()
    wanted = 2 if "(Choose two.)" in stem else 1
    for number in range(1, wanted + 1):
        page.keyboard.press(str(number))
        expect(chosen_options(page)).to_have_count(number)
    expect(submit).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.locator(".option.key")).to_have_count(wanted)
    expect(page.get_by_role("button", name=re.compile("Next|Summary"))).to_be_visible()
    settled(page)


def test_ten_questions_by_keyboard_with_a_reload_in_the_middle(page: Page) -> None:
    open_quiz_page(page)
    page.get_by_role("button", name="Start").press("Enter")
    expect(page.get_by_text("Question 1 of 10")).to_be_visible()
    page.keyboard.press("h")
    expect(page.get_by_text("This tests objective")).to_be_visible()
    for number in range(1, 11):
        expect(page.get_by_text(f"Question {number} of 10")).to_be_visible()
        if number == 5:
            page.keyboard.press("1")
            expect(chosen_options(page)).to_have_count(1)
            page.reload()
            expect(chosen_options(page)).to_have_count(1)
            page.keyboard.press("1")
            expect(chosen_options(page)).to_have_count(0)
            settled(page)
        answer_by_keyboard(page)
        if number == 5:
            verdict = page.locator(".option.key").first.inner_text()
            page.reload()
            expect(page.locator(".option.key").first).to_have_text(verdict, use_inner_text=True)
            expect(page.get_by_text("Question 5 of 10")).to_be_visible()
            settled(page)
        page.keyboard.press("n")
    expect(page.get_by_role("heading", name=re.compile(r"\d+ of 10 right"))).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name=re.compile(r"\d+ of 10 right"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Retry the misses"))).to_be_visible()
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Anki deck").click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    page.keyboard.press("Escape")
    page.get_by_test_id("stTopNavLink").filter(has_text="Progress").click()
    expect(page.locator(".progress").first).to_contain_text(re.compile(r"\d of \d"))


def test_misses_become_a_drill_of_what_the_learner_confuses(page: Page) -> None:
    open_quiz_page(page)
    page.get_by_role("combobox", name="What to practise").click()
    page.get_by_role("option", name="What I confuse", exact=True).click()
    expect(page.get_by_text("in place of").first).to_be_visible()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text(re.compile("Question 1 of"))).to_be_visible()
    expect(page.get_by_role("heading", name="What I confuse")).to_be_visible()


def test_chat_starts_a_quiz_and_a_question_goes_to_the_tutor(page: Page) -> None:
    box = page.get_by_role("textbox", name="Ask about the exam")
    box.fill("Quiz me on Firehose")
    box.press("Enter")
    expect(page.get_by_role("heading", name="Quiz on Firehose")).to_be_visible()
    answer_by_keyboard(page)
    page.get_by_role("button", name=re.compile("^Passage|Passage:")).first.click()
    expect(page.get_by_role("dialog").locator("mark").first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Report this question").click()
    page.get_by_role("textbox", name="What is wrong with it?").fill("I think another option fits as well.")
    page.get_by_role("button", name="Report", exact=True).click()
    expect(page.get_by_text("The audit found no fault")).to_be_visible()
    page.get_by_role("button", name="Take the report back").click()
    expect(page.get_by_role("textbox", name="What is wrong with it?")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Ask the tutor about this").click()
    expect(page.locator(".answer")).to_be_visible()
