"""The pages with a chat model: an OpenAI-compatible server on this machine that speaks, breaks off, stalls."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ingest.settings import LibrarySettings
from tests.browser.conftest import Trap
from tests.browser.test_chat import ask, wait_until_answered
from tests.loopback.ollama import NAME, OllamaServer
from tests.loopback.openai import OpenAiServer
from tests.loopback.server import Script

pytestmark = pytest.mark.browser
TRUE = "Random Cut Forest is an unsupervised algorithm. [1] "
QUESTION = "Does Random Cut Forest need labels?"


@dataclass(frozen=True)
class Served:
    url: str
    model: OpenAiServer


@pytest.fixture(scope="module")
def served(library: LibrarySettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("modelled") / "home"
    shutil.copytree(library.home, home)
    model, ollama = OpenAiServer(), OllamaServer()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {
        **os.environ, "TUTOR_HOME": str(home), "TUTOR_PACK": library.pack, "TUTOR_OPENAI_BASE_URL": model.base_url,
        "TUTOR_OLLAMA_URL": ollama.url, "TUTOR_INPUT_USD_PER_MILLION": "3", "TUTOR_OUTPUT_USD_PER_MILLION": "15",
        "TUTOR_FIRST_TOKEN_S": "15",
    }  # fmt: skip
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--model", "openai:qwen3-8b"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    url = f"http://127.0.0.1:{port}"
    for _ in range(150):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            break
        except OSError:
            time.sleep(0.2)
    yield Served(url, model)
    model.close()
    ollama.close()
    process.terminate()
    output, _ = process.communicate(timeout=20)
    assert "Traceback" not in output


@pytest.fixture
def page(context: BrowserContext, served: Served) -> Page:
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(served.url)
    page.get_by_text("Ask in your own words").wait_for()
    return page


def test_checked_wording_withheld_sentences_and_cost(page: Page, served: Served, trap: Trap) -> None:
    picture = f"![x]({trap.url}/said) <img src={trap.url}/html> It needs no labels. "
    served.model.script = Script([TRUE, "It was invented by Napoleon in 1804. ", picture])
    ask(page, QUESTION)
    wait_until_answered(page)
    expect(page.locator(".answer")).to_contain_text("unsupervised algorithm")
    expect(page.locator(".answer")).not_to_contain_text("Napoleon")
    expect(page.get_by_text("withheld: not in your material")).to_be_visible()
    expect(page.get_by_text("openai:qwen3-8b: ").first).to_contain_text("tokens, $0.00")
    page.get_by_text("withheld: not in your material").click()
    expect(page.get_by_text("Napoleon")).to_be_visible()
    page.wait_for_timeout(300)
    assert trap.asked == []


def test_a_broken_answer_is_kept_and_continued(page: Page, served: Served) -> None:
    served.model.script = Script([TRUE, "It needs no la"], fault="", stop="length")
    ask(page, QUESTION)
    expect(page.get_by_text("The answer ends here.")).to_be_visible()
    served.model.script = Script(["RCF needs no labels."])
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".answer")).to_contain_text("RCF needs no labels.")
    expect(page.locator(".answer")).to_contain_text("unsupervised algorithm")
    expect(page.get_by_role("button", name="Continue")).to_have_count(0)


def test_a_silent_model_can_be_stopped_at_once(page: Page, served: Served) -> None:
    served.model.script = Script(fault="slow-first-token")
    ask(page, QUESTION)
    expect(page.get_by_text("is writing …")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped here.")).to_be_visible(timeout=4000)


def test_the_picker_offers_what_is_there_and_changes_the_voice(page: Page, served: Served) -> None:
    served.model.script = Script([TRUE])
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_role("combobox", name="Model").click()
    options = page.get_by_role("option")
    expect(options).to_have_text(["built-in (quotes only)", "openai:qwen3-8b", f"ollama:{NAME}"])
    options.first.click()
    before = len(served.model.asked)
    ask(page, "What is SMOTE?")
    wait_until_answered(page)
    expect(page.locator(".answer")).to_contain_text("oversampling")
    assert len(served.model.asked) == before
