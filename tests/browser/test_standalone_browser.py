"""The pages without scripts in a real browser: the states of a process, a log, a comparison, and the matrix; light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groupy_check.reports.machine.page import machine_page
from groupy_check.reports.page.log_page import log_page
from groupy_check.reports.tables.comparison import html_comparison
from groupy_check.reports.tables.matrix import matrix_html
from tests.browser.test_page_browser import chromium, contrast, luminance  # noqa: F401 - a fixture
from tests.comparing.test_diff import differ
from tests.comparing.test_matrix import SHOWN
from tests.profiling.test_local_machine import machine
from tests.support.logs import log_of, verdicts

pytestmark = pytest.mark.browser

PHONE, DESK = 390, 1400
NAMES = ["comparison", "log", "matrix", "states"]
LOG = ("p1 view 1 p1,p2", "p2 view 1 p1,p2", "p1 deliver a", "p1 view 2 p1,p2", "p2 view 2 p1,p2")
PAGE_WIDTH = "() => document.documentElement.scrollWidth"
SMALLEST = (
    """(texts) => Math.min(...texts.map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().d))"""
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages as files."""
    finding = verdicts(log_of(*LOG), "virtual-synchrony").finding("virtual-synchrony")
    comparison = differ("gms2", "gms3", messages=1).comparison
    assert comparison is not None
    pages = {
        "comparison": html_comparison(comparison),
        "log": log_page(finding, "log: virtual-synchrony violated"),
        "matrix": matrix_html(SHOWN),
        "states": machine_page(machine("gms3", "leader", joins=1, messages=0), "groupy states gms3"),
    }
    files = {name: tmp_path_factory.mktemp("pages") / f"{name}.html" for name in pages}
    for name, page in pages.items():
        files[name].write_text(page, encoding="utf-8")
    return files


@pytest.fixture
def visit(chromium: Any, saved: dict[str, Path]) -> Iterator[Any]:  # noqa: F811
    """Opens a page."""
    contexts = []

    def go(name: str, width: int, scheme: str = "light") -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.goto(saved[name].as_uri())
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_scrolls_what_is_wide_in_its_own_box_and_shows_it_legibly(visit, name):
    page = visit(name, PHONE)
    assert page.evaluate(PAGE_WIDTH) == PHONE
    if name == "matrix":
        return  # has no picture
    assert page.eval_on_selector(".diagram", "(box) => box.scrollWidth > box.clientWidth && box.tabIndex === 0")  # by keys, too
    assert page.eval_on_selector_all(".diagram text", SMALLEST) >= 9


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_a_desk_shows_it_light_and_dark(visit, name, scheme):
    page = visit(name, DESK, scheme)
    assert page.evaluate(PAGE_WIDTH) == DESK
    assert (luminance(page, "html", "backgroundColor") < 0.05) is (scheme == "dark")
    assert contrast(page, "h1", "html") >= 7
    if name != "matrix":
        assert (page.eval_on_selector(".diagram", "(box) => getComputedStyle(box).filter") == "none") is (scheme == "light")
    if name == "log":
        assert contrast(page, "strong.bad", "html") >= 4.5
        assert page.locator("strong.bad").inner_text().startswith("p1 and p2 both moved from v1 to v2")
