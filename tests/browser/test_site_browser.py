"""The static site in a real browser: every page, on a phone and on a desk, asks nothing of anybody else and fits."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from groupy_check.reports.site.gallery import PICTURES
from groupy_check.reports.site.runs import DIRECTORY, page_of
from tests.browser.test_page_browser import ARGUMENTS, contrast, luminance

pytestmark = [pytest.mark.browser, pytest.mark.site]

REPORTS = Path(__file__).parents[2] / "reports"
PHONE, DESK = 390, 1400
SHOWN = ("index", "lessons/05-orphan-view", "matrix", "properties", "protocols/gms3", "command-line", "api/checker", "gallery")
PAGE_WIDTH = "() => document.documentElement.scrollWidth"
# Boxes that are wider than they show, and do not let the reader scroll to the rest.
CUT_OFF = """() => [...document.querySelectorAll("article *")]
    .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).overflowX === "hidden")
    .map((e) => e.outerHTML.slice(0, 80))"""
Visit = Callable[..., Any]


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and does not tell of it."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not on every machine

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Visit]:
    """Opens a window; in the end none may have complained, lacked a file, or asked anybody but the site's own server.

    Aborted is a request for the icon of a page that was left already.
    """
    contexts, wrong = [], list[str]()

    def window(width: int, scheme: str = "light") -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: wrong.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.on(
            "requestfailed", lambda request: "ABORTED" in request.failure or wrong.append(f"{request.url}: {request.failure}")
        )
        page.on(
            "response", lambda response: response.status < 400 or wrong.append(f"{page.url}: {response.status} {response.url}")
        )
        page.on("request", lambda request: request.url.startswith((address, "data:")) or wrong.append(request.url))
        return page

    yield window
    for context in contexts:
        context.close()
    assert wrong == []


def opened(page: Any, address: str, name: str) -> Any:
    page.goto(f"{address}{name}.html", wait_until="load")
    return page


def names(site: Path) -> list[str]:
    """All pages; of the interactive ones, which have tests of their own, those of the gallery."""
    found = sorted(path.relative_to(site).as_posix().removesuffix(".html") for path in site.rglob("*.html"))
    runs = [page_of(case).removesuffix(".html") for case in PICTURES.values()]
    return [name for name in found if not name.startswith(f"{DIRECTORY}/")] + runs


def test_every_page_opens_on_a_phone_without_scrolling_sideways(visit, site, address):
    page = visit(PHONE)
    wide, cut = [], []
    for name in names(site):
        opened(page, address, name)
        if page.evaluate(PAGE_WIDTH) > PHONE:
            wide.append(name)
        cut += [(name, box) for box in page.evaluate(CUT_OFF)]
    assert (wide, cut) == ([], [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_readable_on_a_desk_light_and_dark(visit, address, scheme):
    page = visit(DESK, scheme)
    for name in SHOWN:
        opened(page, address, name)
        assert page.evaluate(PAGE_WIDTH) <= DESK, name
        assert (luminance(page, "body", "backgroundColor") < 0.05) is (scheme == "dark")
        assert contrast(page, "h1", "body") >= 7, name
        assert contrast(page, "article p", "body") >= 7, name
    opened(page, address, "matrix")
    for kind in ("holds", "violated", "open"):
        assert contrast(page, f".matrix .{kind}", f".matrix .{kind}") >= 4.5, kind
    assert page.eval_on_selector(".overview .scroll", "(box) => box.scrollWidth <= box.clientWidth")  # all columns are in view
    opened(page, address, "lessons/05-orphan-view")
    assert contrast(page, ".highlight .go", ".highlight") >= 4.5
    red, green, blue = page.eval_on_selector(
        ".highlight .go", "(said) => getComputedStyle(said).color.match(/\\d+/g).map(Number)"
    )
    assert max(red, green, blue) - min(red, green, blue) < 12  # what a command prints is grey, so that the command stands out
    opened(page, address, "index")
    assert page.eval_on_selector("figure.picture", "(box) => getComputedStyle(box).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("name", ["matrix", "protocols/gms3"])
def test_what_is_wide_scrolls_in_its_own_box(visit, address, name):
    page = opened(visit(PHONE), address, name)
    page.locator(".scroll").first.evaluate("(box) => box.scrollTo(500, 0)")
    assert page.locator(".scroll").first.evaluate("(box) => box.scrollLeft") == 500
    row, first = (page.locator(f".scroll tbody tr:first-child {cell}").first.bounding_box() for cell in ("th", "td"))
    assert 0 <= row["x"] < PHONE / 2
    assert first["x"] < 0


def test_a_picture_is_drawn_so_large_that_its_texts_can_be_read(visit, address):
    drawn = (REPORTS / "lessons/05-orphan-view/orphan-view.svg").read_text(encoding="utf-8")
    (points,) = re.findall(r'<svg width="(\d+)pt"', drawn)
    natural = float(points) * 1.2  # so texts of 10 points have 12 pixels
    for width in (PHONE, DESK):
        page = opened(visit(width), address, "lessons/05-orphan-view")
        picture = page.locator("figure.picture img").first
        assert picture.bounding_box()["width"] == pytest.approx(natural, abs=2)
        if width == PHONE:
            box = "document.querySelector('figure.picture img').style"
            assert page.evaluate(f"() => {{ {box}.maxWidth = '100%'; return {box}.maxWidth }}") == "100%"  # as themes have it
            assert picture.bounding_box()["width"] < natural / 2  # what this test is there to notice
            page.evaluate(f"() => {{ {box}.maxWidth = '' }}")
        assert page.locator("figure.picture").first.evaluate("(box) => getComputedStyle(box).overflowX") == "auto"


def test_the_matrix_leads_to_a_run_that_can_be_gone_through(visit, address):
    page = opened(visit(DESK), address, "matrix")
    page.locator("tr:has(a:text-is('gms3')) .violated a[href^=runs]").first.click()
    page.locator("#steps li").first.wait_for()
    assert page.title().startswith("gms3: agreement violated")
    page.go_back()
    page.locator("tr:has(a:text-is('gms3')) .violated a[href^=protocols]").first.click()
    assert "groupy-check --impl gms3" in page.locator("tr:target code").inner_text()


def test_the_search_finds_a_lesson(visit, address):
    page = visit(DESK)
    page.goto(f"{address}search.html?q=orphan", wait_until="networkidle")
    assert page.locator("#search-results a[href*='05-orphan-view']").count() > 0
