"""The interactive page in a real browser: what a reader can do with it, and that it asks and complains of nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.interfaces.web.http_server import PageServer
from groupy_check.reports.page.html import html_page
from tests.reports.test_page import HALF, ORPHAN, TEXTS, broken_broadcast, long_run, orphan_view
from tests.support.live import opened

pytestmark = pytest.mark.browser

FEATURES = ("gpu", "quic", "background-networking", "component-update", "sync")  # none of which the page may need
ARGUMENTS = ["--no-sandbox", "--no-first-run", *(f"--disable-{feature}" for feature in FEATURES)]
WATCH = """
window.reports = [];
document.addEventListener("securitypolicyviolation", (event) => window.reports.push(event.violatedDirective));
"""
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined });"
NEAR_FLIGHT = """() => { const line = document.querySelector("#flight-0 .grip");
    const point = line.getPointAtLength(0.8 * line.getTotalLength()).matrixTransform(line.getScreenCTM());
    return [point.x + 3, point.y]; }"""
VIOLATED = ["agreement: ", "uniform-agreement: ", "virtual-synchrony: ", "synchrony: "]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not on every machine

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages as files."""
    runs = {"gms2": broken_broadcast(), "gms3": orphan_view(), "long": long_run(30)}
    files = {name: tmp_path_factory.mktemp("pages") / f"{name}.html" for name in runs}
    for name, data in runs.items():
        files[name].write_text(html_page(data, TEXTS), encoding="utf-8")
    return files


@pytest.fixture
def visit(chromium: Any, saved: dict[str, Path]) -> Iterator[Open]:
    """Opens a page; in the end no page may have complained, nor have asked for anything but its own file or server."""
    contexts, heard, strange = [], list[str](), list[str]()

    def go(where: str = "gms2", fragment: str = "", width: int = 1400, script: str = "", **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.add_init_script(WATCH + script)
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        own = where if where.startswith("http") else saved[where].as_uri()
        page.on("request", lambda request: request.url.startswith((own, "blob:", "data:,")) or strange.append(request.url))
        page.goto(own + fragment)
        page.locator("#steps li").first.wait_for()
        return page

    go.heard = heard  # type: ignore[attr-defined]
    yield go
    for context in contexts:
        for page in context.pages:
            heard += page.evaluate("() => window.reports")
        context.close()
    assert (heard, strange) == ([], [])


def count(page: Any) -> str:
    return str(page.locator("#count").inner_text())


def faded(page: Any, kind: str) -> list[str]:
    """The ids of the diagram's marks and messages with the class `kind`, in order; labels and the like left out."""
    ids: list[str] = page.eval_on_selector_all(f"#diagram .{kind}", "(found) => found.map((element) => element.id)")
    return sorted(name for name in ids if name.startswith(("step-", "flight-")))


# --- stepping ------------------------------------------------------------------------------------------------------------


def test_the_page_opens_at_the_end_of_the_run(visit):
    page = visit()
    assert page.title() == page.locator("h1").inner_text() == "gms2: virtual-synchrony violated"
    assert count(page) == "5 / 5"
    assert page.locator("#line").inner_text() == HALF[4]
    assert page.locator("#reasons strong").all_inner_texts() == VIOLATED
    assert faded(page, "later") == []


def test_what_nobody_promised_is_not_in_red(visit):
    colours = "(found) => Object.fromEntries(found.map((one) => [one.textContent, getComputedStyle(one).color]))"
    page = visit()  # gms2 claims no uniform-agreement
    reasons = page.eval_on_selector_all("#reasons strong", colours)
    plain = reasons.pop("uniform-agreement: ")
    (red,) = set(reasons.values())
    assert red != plain
    lights = page.eval_on_selector_all(".light.violated", colours)
    pale = {text for text, colour in lights.items() if colour != red}
    assert pale == {"✕uniform-agreement: violated; not claimed by the protocol"}


def test_keys_buttons_and_the_slider_go_through_the_run(visit):
    page = visit()
    for key, there in [("k", 4), ("ArrowLeft", 3), ("j", 4), ("ArrowRight", 5), ("j", 5), ("Home", 0), ("k", 0), ("End", 5)]:
        page.keyboard.press(key)
        assert count(page) == f"{there} / 5", key
    for name, there in [("previous", 4), ("first", 0), ("next", 1), ("last", 5)]:
        page.locator(f"#{name}").click()
        assert count(page) == f"{there} / 5"
    assert page.locator("#next").is_disabled()
    page.locator("#slider").fill("2")
    assert page.locator("#line").inner_text() == HALF[1]
    page.locator("#slider").press("j")
    assert page.locator("#slider").input_value() == "3"
    assert page.locator("#slider").get_attribute("aria-valuetext") == f"3 of 5: {HALF[2]}"


def test_keys_with_which_a_reader_does_something_else_are_left_alone(visit):
    page = visit()
    page.keyboard.press("Control+k")
    page.locator("#diagram").press("ArrowLeft")
    page.locator("[data-export=text]").click()
    page.locator("#copy-text").press("k")
    assert count(page) == "5 / 5"


def test_a_step_is_selected_in_the_list_and_in_the_diagram(visit):
    page = visit()
    page.locator("#steps button").nth(2).click()
    assert count(page) == "2 / 5"
    assert page.locator("#steps [aria-current=step] .text").inner_text() == HALF[1]
    page.locator("#diagram #step-4").click()
    assert count(page) == "4 / 5"
    page.locator("#diagram [id^=install-3-]").click()
    assert count(page) == "3 / 5"
    page.locator("#steps button").nth(3).press("ArrowDown")
    assert page.evaluate("() => document.activeElement.innerText.includes('p3 detects')")


def test_what_comes_later_is_faded_and_what_is_under_way_is_marked(visit):
    page = visit()
    page.locator("#slider").fill("2")
    assert faded(page, "later") == ["flight-3", "step-3", "step-4", "step-5"]
    assert faded(page, "underway") == ["flight-1", "flight-2"]
    assert page.locator("#diagram rect.selected").count() == 2
    assert page.locator("#diagram .step.now").get_attribute("id") == "step-2"


def test_the_state_follows_the_step(visit):
    page = visit(fragment="#step=3")
    assert page.locator("#state-heading").inner_text() == "After step 3"
    assert page.locator("#effects li").all_inner_texts() == [HALF[2], "sends view v3 [p2, p3] to p3", "installs v3 {p2,p3}"]
    table = page.locator("#processes .process").nth(1)
    assert table.locator("caption").inner_text() == "p2 up slave leader"
    assert table.locator("tr", has_text="view").locator("del").inner_text() == "2"
    assert table.locator("tr", has_text="view").locator("ins").first.inner_text() == "3"
    assert page.locator("#channels li").all_inner_texts() == ["p1 to p3 notice that it has ended", "p2 to p3 view v3 [p2, p3]"]
    assert page.locator("#choices .taken").inner_text() == f"{HALF[3]} happened here"
    page.locator("#slider").fill("1")
    assert page.locator("#effects .never").all_inner_texts() == ["never sends msg a1 to p3", "never delivers a1"]
    page.keyboard.press("k")
    assert page.locator("#choices-heading").inner_text() == "What else could have happened here"
    assert "p3 crashes" in page.locator("#choices").inner_text()
    assert page.locator("#choices button, #live, #search").count() == 0


def test_the_address_remembers_the_step(visit):
    page = visit()
    page.keyboard.press("k")
    page.wait_for_url("**#step=4")
    page.reload()
    page.locator("#steps li").first.wait_for()
    assert count(page) == "4 / 5"


@pytest.mark.parametrize("fragment", ["#step=99", "#step=-1", "#step=x", "#nonsense"])
def test_an_address_with_nonsense_does_no_harm(visit, fragment):
    assert count(visit(fragment=fragment)) in ("0 / 5", "5 / 5")


def test_the_diagram_scrolls_to_the_step(visit):
    page = visit("long")
    for step in (1, 10, 15, 20, 30, 5):
        page.locator("#slider").fill(str(step))
        frame, mark = (page.locator(name).bounding_box() for name in ("#diagram", "#halo rect"))
        for start, size in (("x", "width"), ("y", "height")):
            assert frame[start] <= mark[start] < mark[start] + mark[size] <= frame[start] + frame[size], step
    assert page.evaluate("() => window.scrollY") == 0


# --- causality and filters -----------------------------------------------------------------------------------------------


def test_hovering_shows_the_causal_past_and_future(visit):
    page = visit()
    assert page.locator("#diagram rect.pointed").count() == 0
    page.locator("#diagram #step-4").hover()
    assert page.locator("#diagram rect.pointed").count() == 2
    assert faded(page, "apart") == ["flight-0", "flight-1", "flight-3", "step-2", "step-3"]
    assert page.locator("#legend").inner_text() == "Step 4: 1 before, 1 after, 2 independent"
    assert page.locator("#steps .relation").all_inner_texts() == ["", "before", "", "", "", "after"]
    page.mouse.move(*page.evaluate(NEAR_FLIGHT))
    assert faded(page, "apart") == ["flight-2", "step-4"]
    page.locator("h1").hover()
    assert faded(page, "apart") == []


def test_focus_in_the_list_shows_it_too_and_a_switch_keeps_it(visit):
    page = visit()
    page.locator("#steps button").nth(3).focus()
    page.keyboard.press("Tab")
    assert page.locator("#legend").inner_text() == "Step 4: 1 before, 1 after, 2 independent"
    page.locator("#pin").check()
    assert page.locator("#legend").inner_text() == "Step 5: 4 before, 0 after, 0 independent"
    page.keyboard.press("Home")
    assert page.locator("#legend").inner_text() == ""


def test_filters_leave_out_processes_and_kinds_of_step(visit):
    page = visit()
    page.locator("#filters summary").click()
    page.locator("input[value='process 3']").uncheck()
    assert page.locator("#steps li:visible .number").all_inner_texts() == ["0", "1", "2", "3"]
    assert faded(page, "off") == ["flight-2", "flight-3", "step-4", "step-5"]
    assert page.locator("#processes caption strong").all_inner_texts() == ["p1", "p2"]
    page.locator("input[value='kind notice']").uncheck()
    page.keyboard.press("Home")
    for there in (1, 2, 2):
        page.keyboard.press("j")
        assert count(page) == f"{there} / 5"
    assert page.locator("#filtered").inner_text() == " (2 left out)"
    for name in ("process 1", "process 2"):
        page.locator(f"input[value='{name}']").uncheck()
    assert page.locator("#nothing").is_visible()


# --- copying -------------------------------------------------------------------------------------------------------------


def test_a_run_is_copied_in_every_form(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    command = "groupy-check --impl gms2 --nodes 3 --messages 2 --crashes 1 --property virtual-synchrony"
    texts = {"command": command, **TEXTS}
    assert sorted(texts) == sorted(page.eval_on_selector_all("[data-export]", "(all) => all.map((one) => one.dataset.export)"))
    for name, text in texts.items():
        page.locator(f"[data-export={name}]").click()
        page.locator("#copy-status:has-text('Copied the')").wait_for()
        assert page.evaluate("() => navigator.clipboard.readText()") == text
        assert page.locator("#copy-text").input_value() == text


def test_where_a_page_may_not_copy_the_text_is_selected_and_can_be_saved(visit):
    page = visit(script=NO_CLIPBOARD)
    page.locator("[data-export=itf]").click()
    page.locator("#copy-status:has-text('selected')").wait_for()
    assert page.evaluate("() => document.getElementById('copy-text').selectionEnd") == len(TEXTS["itf"])
    with page.expect_download() as download:
        page.locator("#save").click()
    assert download.value.suggested_filename == "gms2-virtual-synchrony.itf.json"
    assert download.value.path().read_text(encoding="utf-8") == TEXTS["itf"]


# --- how it looks, and to whom -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "wider"), [("gms2", False), ("gms3", True), ("long", True)])
def test_a_phone_shows_the_page_without_scrolling_sideways(visit, name, wider):
    page = visit(name, width=390)
    for _ in range(3):
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        page.keyboard.press("k")
    scrolls = page.evaluate("() => { const d = document.getElementById('diagram'); return d.scrollWidth > d.clientWidth; }")
    assert scrolls == wider  # the diagram alone, where not all fit


def luminance(page: Any, selector: str, part: str) -> float:
    colour = page.eval_on_selector(selector, f"(element) => getComputedStyle(element).{part}")
    channels = [int(number) / 255 for number in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(page: Any, selector: str, ground: str) -> float:
    lights = sorted((luminance(page, selector, "color"), luminance(page, ground, "backgroundColor")))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_both_readable(visit, scheme):
    page = visit(color_scheme=scheme)
    assert (luminance(page, "html", "backgroundColor") < 0.05) is (scheme == "dark")
    assert (luminance(page, "#diagram", "backgroundColor") < 0.05) is (scheme == "dark")  # dark mode draws dark
    assert (luminance(page, "#diagram .label polygon", "fill") < 0.05) is (scheme == "dark")
    assert (luminance(page, "#diagram .label text", "fill") > 0.5) is (scheme == "dark")
    assert luminance(page, "#diagram .install text", "fill") == 1.0  # on the dark colour of its view
    for selector, ground in [
        ("h1", "html"), ("#witness", "html"), ("#command", "#command"), ("#story", "html"), (".light.fine", ".card"),
        (".light.violated", ".light.violated"), (".light.violated .glyph", ".light.violated"), (".light.fine .glyph", ".card"),
        ("caption .quiet", "caption"), ("th", ".card"), ("ins", "ins"), ("#legend", ".card"),
    ]:  # fmt: skip
        assert contrast(page, selector, ground) >= 4.5, selector


def test_nothing_moves_for_those_who_asked_for_that(visit):
    moving = "() => getComputedStyle(document.querySelector('#diagram .step')).transitionDuration"
    assert visit(reduced_motion="reduce").evaluate(moving) == "0s"
    assert visit(reduced_motion="no-preference").evaluate(moving) == "0.12s"


def test_a_screen_reader_is_told_the_step_and_every_control(visit):
    page = visit(fragment="#step=4")
    assert page.locator("[aria-live=polite]").inner_text() == f"Step 4 of 5: {HALF[3]}."
    page.keyboard.press("j")
    assert page.locator("#announcer").inner_text().startswith(f"Step 5 of 5: {HALF[4]}. Violated: ")
    assert page.get_by_role("img", name="Space-time diagram. gms2: virtual-synchrony violated").count() == 1
    for role, name in [("slider", "Step"), ("button", "One step back"), ("checkbox", "causal past and future")]:
        assert page.get_by_role(role, name=name).count() == 1
    assert page.get_by_role("listitem").filter(has_text="virtual-synchrony: violated").count() == 1


def test_the_counterfactuals_lead_to_their_step(visit):
    page = visit()
    assert page.locator("#counterfactuals li").nth(1).inner_text() == "p1 does not crash step 1"
    page.locator("#counterfactuals button").nth(1).click()
    assert count(page) == "1 / 5"


# --- a live page ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    with opened() as server:
        yield server


def at(page: Any, place: str) -> None:  # step / length of the run
    page.locator(f"#count:text-is('{place}')").wait_for()


def test_a_run_is_chosen_step_by_step_and_taken_back(visit, server):
    page = visit(server.address)
    assert page.locator("h1").inner_text() == "gms2: initial state"
    for number, line in enumerate(HALF, 1):
        page.locator(f"button.choice:text-is('{line}')").click()
        at(page, f"{number} / {number}")
    assert page.locator("h1").inner_text().endswith("violated")
    page.locator("#slider").fill("1")
    page.locator("button.choice:text-is('p3 multicasts c1')").click()
    at(page, "2 / 2")
    page.locator("#back").click()
    at(page, "1 / 5")
    page.locator("#back").click()
    at(page, "4 / 4")


def test_a_link_leads_to_the_same_run(visit, server):
    page = visit(server.address)
    page.locator("button.choice:text-is('p1 crashes')").click()
    at(page, "1 / 1")
    other = visit(server.address, fragment=page.url.removeprefix(server.address))
    at(other, "1 / 1")


def test_a_violation_is_searched_from_here(visit, server):
    page = visit(server.address)
    page.locator("#wanted").select_option("agreement")
    page.locator("#search button").click()
    at(page, "5 / 5")
    assert page.locator("h1").inner_text() == "gms2: agreement violated"
    page.locator("#slider").fill("1")
    page.locator("#search button").click()
    at(page, "5 / 5")
    assert page.locator("#wanted").input_value() == "agreement"


@pytest.mark.parametrize(("form", "suffix"), [("text", "txt"), ("itf", "itf.json")])
def test_what_the_browser_exports_replays_on_the_command_line(form, suffix, visit, server, tmp_path, monkeypatch, capsys):
    page = visit(server.address, script=NO_CLIPBOARD)
    page.locator("#wanted").select_option("agreement")
    page.locator("#search button").click()
    at(page, "5 / 5")
    page.locator(f"[data-export={form}]").click()
    monkeypatch.chdir(tmp_path)
    Path(f"run.{suffix}").write_text(page.locator("#copy-text").input_value(), encoding="utf-8")
    assert main(["replay", f"run.{suffix}", "--property", "agreement"]) == 13
    assert "p3 never delivered a1" in capsys.readouterr().out


def test_another_protocol_and_scenario_can_be_chosen_and_mistakes_are_told(visit, server):
    page = visit(server.address)
    page.locator("#raw summary").click()
    page.locator("#flags").fill("--nodes 0")
    page.locator("#flags").press("Enter")
    page.locator("#status:has-text('a group needs at least one process')").wait_for()
    assert count(page) == "0 / 0"
    page.locator("#impl").select_option("gms3")
    page.locator("#flags").fill("--nodes 3 --messages 0 --crashes 1 --joins 1")
    page.locator("#flags").press("Enter")
    page.locator("h1:text-is('gms3: initial state')").wait_for()
    for number, line in enumerate(ORPHAN, 1):
        page.locator(f"button.choice:text-is('{line}')").click()
        at(page, f"{number} / {number}")
    assert page.locator("#witness-text").inner_text().startswith("p3 asks for a multicast and never delivers it")


def test_a_server_that_is_gone_is_told(visit, server):
    page = visit(server.address)
    page.route("**/api", lambda route: route.fulfill(status=403, body="the header must hold the token"))
    page.locator("button.choice:text-is('p1 crashes')").click()
    page.locator("#status:has-text('the header must hold the token')").wait_for()
    assert "403" in visit.heard.pop()
