"""The page of a live run in a real browser: the windows change colour, part, go grey, and "why?" opens the counterexample."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.web.windows import OpenWindows, open_windows
from groupy_check.checker.live.node import Pace
from groupy_check.checker.live.session import LiveRequest
from groupy_check.specs.registry import PROPERTIES
from tests.browser.test_page_browser import WATCH, chromium  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[OpenWindows]:
    """A live run of gms2 in which nobody multicasts by itself."""
    request = LiveRequest(load_protocol("gms2"), 3, None, (), tmp_path, Pace(multicasts=None), 1)
    with open_windows(request, (), PROPERTIES, 0) as opened, opened.server:
        yield opened


@pytest.fixture
def page(chromium: Any, windows: OpenWindows) -> Iterator[Any]:  # noqa: F811
    """It; in the end it may not have complained, nor have asked for anything but its own server."""
    heard, strange = list[str](), list[str]()
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    shown = context.new_page()
    shown.set_default_timeout(30_000)
    shown.add_init_script(WATCH)
    shown.on("console", lambda message: heard.append(message.text))
    shown.on("pageerror", lambda error: heard.append(str(error)))
    shown.on(
        "request", lambda request: request.url.startswith((windows.server.address, "data:")) or strange.append(request.url)
    )
    shown.goto(windows.server.address)
    shown.locator("#p3").wait_for()
    yield shown
    heard += shown.evaluate("() => window.reports")
    context.close()
    assert (heard, strange) == ([], [])


def colour(page: Any, name: str, shown: str) -> None:
    page.locator(f"#{name} .screen span", has_text=shown).wait_for()


def do(page: Any, name: str, action: str) -> None:
    page.click(f"#{name} [data-action='{action}']")


def test_the_windows_change_colour_and_part_and_why_shows_the_least_run(page: Any):
    do(page, "p1", "Multicast")
    for name in ("p1", "p2", "p3"):
        colour(page, name, "0.0.21")
    page.fill("#command", "kill p1 after 1")
    page.click("#typed button")
    do(page, "p1", "Multicast")
    colour(page, "p1", "SIGKILL")
    assert "ended" in page.get_attribute("#p1", "class")
    colour(page, "p2", "0.21.22")
    colour(page, "p3", "0.0.21")
    page.locator("#p3 .view", has_text="{p2,p3}").wait_for()
    page.click("#why")
    page.locator("#because").wait_for()
    assert page.inner_text("#because-heading") == "agreement is violated"
    with page.context.expect_page() as opening:
        page.click("#findings a")
    opening.value.locator("#steps li").first.wait_for()
    # Its beginning is the first of the list.
    assert (opening.value.title(), opening.value.locator("#steps > li").count()) == ("gms2: agreement violated", 1 + 5)


def test_a_process_recovers(chromium: Any, tmp_path: Path):  # noqa: F811
    request = LiveRequest(load_protocol("gmp-promise"), 3, None, (), tmp_path, Pace(multicasts=None), 1)
    with open_windows(request, (), PROPERTIES, 0) as opened, opened.server:
        page = chromium.new_context(viewport={"width": 1400, "height": 844}).new_page()
        page.goto(opened.server.address)
        page.locator("#p3").wait_for()
        assert page.is_disabled("#p1 [data-action=Recover]")
        do(page, "p1", "Kill")
        colour(page, "p1", "SIGKILL")
        page.locator("#p2 .view", has_text="{p2,p3}").wait_for()
        do(page, "p1", "Recover")
        colour(page, "p1", "up")
        page.locator("#p1 .view", has_text="v3 {p1,p2,p3}").wait_for()
        assert page.is_disabled("#p1 [data-action=Recover]")
        assert page.inner_text("#standing").startswith("3 of 3 processes up; ")
        page.context.close()


def test_processes_join_freeze_and_are_parted(page: Any):
    do(page, "p2", "Freeze")
    page.locator("#p2 .status", has_text="frozen").wait_for()
    page.click("#join")
    page.locator("#p4").wait_for()
    do(page, "p2", "Freeze")
    page.locator("#p4 .view", has_text="{p1,p2,p3,p4}").wait_for()
    page.check("#select-p3")
    page.click("#part")
    page.locator("#p3.apart").wait_for()
    # It takes p1 for dead, then p2, and leads what is left of its view.
    page.locator("#p3 .view", has_text="{p3,p4}").wait_for()
    page.check("#select-p4")
    page.click("#part")
    page.locator("#error", has_text="the network is split already; heal it first").wait_for()
    page.click("#heal")
    page.locator("#p3:not(.apart)").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
