"""What a reader of the interactive page sees first, plays, searches and keeps, in a real browser."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from groupy_check.reports.page.html import html_page
from tests.browser.test_page_browser import chromium, count, faded, server, visit  # noqa: F401 - fixtures
from tests.interfaces.test_explore import OWN
from tests.reports.test_page import HALF, TEXTS, broken_broadcast, orphan_view, told
from tests.support.live import opened

pytestmark = pytest.mark.browser

SMALLEST = """() => { const svg = document.querySelector("#diagram svg");
    const scale = svg.clientWidth / svg.viewBox.baseVal.width;
    const size = (text) => parseFloat(getComputedStyle(text).fontSize);
    return scale * Math.min(...[...svg.querySelectorAll("text")].map(size)); }"""
SIDEWAYS = "() => { const d = document.getElementById('diagram'); return d.scrollWidth - d.clientWidth; }"
WIDTH = "() => document.querySelector('#diagram svg').viewBox.baseVal.width"
PLACE = "(id) => document.getElementById(id).getBoundingClientRect().top"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages as files."""
    lines = ("p1 multicasts a1 and crashes after 1 effect", "p2 receives msg a1 from p1", "p2 detects that p1 is down")
    runs = {"gms2": broken_broadcast(), "gms3": orphan_view(), "colours": told("gms2", lines, "synchrony")}
    runs["one of four"] = told("gms3", ("p2 wrongly suspects p1",), "accuracy", nodes=4, suspicions=1)  # p1 and p2 alone
    taken_over = ("p1 crashes", "p2 detects that p1 is down", "p2 multicasts b1", "p3 receives msg b1 from p2")
    runs["taller than a screen"] = told("gms2", taken_over, "same-view-delivery")  # if it is drawn as wide as there is room
    files = {name: tmp_path_factory.mktemp("pages") / f"{name}.html" for name in runs}
    for name, data in runs.items():
        files[name].write_text(html_page(data, TEXTS), encoding="utf-8")
    return files


@pytest.mark.parametrize("name", ["gms2", "gms3"])
def test_the_diagram_is_above_the_fold_and_readable_without_scrolling_sideways(visit, name):  # noqa: F811
    page = visit(name)
    assert page.evaluate(PLACE, "diagram") < 180
    assert page.evaluate(PLACE, "witness") < 60
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate(SMALLEST) >= 12
    above, below = page.locator("#diagram").evaluate("(d) => [d.scrollTop, d.scrollHeight - d.clientHeight - d.scrollTop]")
    assert below < 1  # what is violated is in view
    assert name == "gms3" or above == 0  # gms3's run is taller than its frame


def test_a_run_that_is_taller_than_its_frame_opens_at_the_step_that_is_selected(visit):  # noqa: F811
    page = visit("gms3")
    page.set_viewport_size({"width": 1400, "height": 600})
    page.reload()
    frame = page.locator("#diagram")
    assert frame.evaluate("(frame) => frame.scrollHeight - frame.clientHeight") > 100

    def inside(which: str) -> Any:
        return page.locator(which).last.bounding_box()["y"] - frame.bounding_box()["y"]

    assert 0 < inside("#process-p1") < 40  # the names stay
    assert 0 < inside("#halo rect") < inside("#diagram .strip") < frame.bounding_box()["height"]
    page.locator("#first").click()
    page.locator("#last").click()
    assert inside("#diagram .strip") < frame.bounding_box()["height"]


def test_what_was_delivered_is_in_view_without_scrolling_where_the_run_is_short(visit):  # noqa: F811
    page = visit("taller than a screen")
    frame, strip = (page.locator(which).first.bounding_box() for which in ("#diagram", "#diagram .strip"))
    assert strip["y"] + strip["height"] <= frame["y"] + frame["height"] <= 900
    assert page.evaluate(SMALLEST) >= 12
    page.set_viewport_size({"width": 1400, "height": 2000})
    drawn = page.evaluate("() => document.querySelector('#diagram svg').clientWidth")
    assert drawn > 1.2 * page.evaluate(WIDTH)  # where there is room, it is larger


def test_the_legend_says_what_the_marks_mean(visit):  # noqa: F811
    key = visit("gms2").locator("#key li")
    assert "crash" in key.all_inner_texts()
    assert "why it is not read" not in key.all_inner_texts()
    assert key.first.locator("svg").count() == 1


def test_a_hidden_process_takes_no_room(visit):  # noqa: F811
    page = visit("gms3")
    whole = page.evaluate(WIDTH)
    page.locator("input[value='process 4']").uncheck()
    assert page.evaluate(WIDTH) < whole - 100
    assert not page.locator("#process-p4, #strip-p4, #flight-0").filter(visible=True).count()
    assert page.locator("#process-p3").is_visible()
    page.locator("input[value='process 4']").check()
    assert page.evaluate(WIDTH) == whole
    for number in (1, 2, 3, 4):
        page.locator(f"input[value='process {number}']").uncheck()  # nothing is left, and nobody complains


def test_a_phone_shows_the_processes_of_the_violation(visit):  # noqa: F811
    page = visit("colours", width=390)
    assert page.locator("#by-process input:checked").count() == 3
    assert page.evaluate(SMALLEST) >= 9
    assert page.evaluate(PLACE, "diagram") < 400


def test_a_phone_leaves_out_who_has_no_part_in_the_violation(visit):  # noqa: F811
    page = visit("one of four", width=390)
    involved, others = [page.locator(f"#process-p{number}") for number in (1, 2)], [3, 4]
    for process in involved:
        assert process.is_visible()
        assert 0 <= process.bounding_box()["x"] < 390  # without scrolling sideways
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate(SMALLEST) >= 9
    for number in others:
        box = page.locator(f"input[value='process {number}']")
        assert not page.locator(f"#process-p{number}").is_visible()
        assert not box.is_checked()
        box.check()
        assert page.locator(f"#process-p{number}").is_visible()  # and can be had
    assert visit("one of four").locator("#by-process input:checked").count() == 4  # there is room on a desk


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_columns_move_together_where_all_fit_then(visit, dark):  # noqa: F811
    page = visit("gms2", width=390, color_scheme="dark" if dark else "light")
    assert (page.evaluate(SIDEWAYS) <= 0, page.evaluate(SMALLEST) >= 9) == (True, True)
    boxes = [page.locator(f"#process-p{number}, #strip-p{number}, #install-p{number}") for number in (1, 2, 3)]
    spans = [[(box["x"], box["x"] + box["width"]) for one in column.all() if (box := one.bounding_box())] for column in boxes]
    for one, other in pairwise(spans):
        assert max(right for _, right in one) < min(left for left, _ in other)  # nothing on them overlaps
    assert page.locator("#step-1").bounding_box()["x"] >= 0  # where p1 crashes
    assert page.locator("#elsewhere").is_hidden()
    page.locator("input[value='process 2']").uncheck()
    assert page.evaluate(SIDEWAYS) <= 0


def test_who_is_out_of_sight_is_named_on_that_side(visit):  # noqa: F811
    page = visit("gms3", width=390)
    assert page.locator("#elsewhere").inner_text().split() == ["←", "p1,", "p2", "p4", "→"]
    page.locator("#diagram").evaluate("(frame) => { frame.scrollLeft = 0; }")
    page.wait_for_function("() => !document.querySelector('#elsewhere').textContent.includes('p1')")
    assert page.locator("#elsewhere").inner_text().split()[-1] == "→"


@pytest.mark.parametrize(("name", "process"), [("gms3", "p3")])
def test_a_phone_shows_the_process_that_the_headline_names(visit, name, process):  # noqa: F811
    page = visit(name, width=390)
    assert process in page.locator("#witness-text").inner_text()
    assert page.evaluate(SIDEWAYS) > 0  # there is no room for all
    frame, box = (page.locator(which).bounding_box() for which in ("#diagram", f"#process-{process}"))
    assert frame["x"] + 48 <= box["x"]  # not behind the numbers of the steps
    assert box["x"] + box["width"] <= frame["x"] + frame["width"]


@pytest.mark.parametrize("width", [390, 1400])
def test_the_numbers_of_steps_say_that_they_are_steps(visit, width):  # noqa: F811
    page = visit("gms3", width=width)
    texts = page.locator("#diagram g.step text")
    assert texts.all_text_contents() == [f"step {number}" for number in range(1, 9)]
    for text in texts.all():
        assert text.bounding_box()["height"] >= 12
    name = page.get_by_role("button", name="step 3 p2 receives view v3 [p1, p2, p3, p4] from p1")
    assert name.count() == 1  # in the list, for those who hear it


def test_steps_without_a_part_in_the_violation_can_be_left_out(visit):  # noqa: F811
    page = visit("gms3")
    page.locator("#filters summary").click()
    page.locator("#aside").uncheck()
    assert page.locator("#steps li:visible .number").all_inner_texts() == ["0", "1", "2", "3", "4", "5"]
    assert [name for name in faded(page, "off") if name.startswith("step")] == ["step-6", "step-7", "step-8"]
    page.keyboard.press("Home")
    for _ in range(9):
        page.keyboard.press("j")
    assert count(page) == "5 / 8"
    assert not visit("gms2").locator("#by-part").is_visible()


COUNT_COURIERS = """() => { window.seen = 0; new MutationObserver((all) => all.forEach(({ addedNodes }) =>
    addedNodes.forEach((node) => { window.seen += node.matches?.(".courier") ? 1 : 0; })))
    .observe(document.getElementById("diagram"), { childList: true, subtree: true }); }"""


def test_a_run_plays_and_messages_move(visit):  # noqa: F811
    page = visit("gms2")
    page.locator("#speed").select_option("300")
    page.evaluate(COUNT_COURIERS)
    page.locator("#play").click()
    assert page.get_by_role("button", name="Pause").count() == 1
    page.locator("#count:text-is('5 / 5')").wait_for()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert page.evaluate("() => window.seen") == 4  # a1 to p2, two notices, the view to p3
    assert page.locator(".courier").count() == 0
    page.locator("h1").click()
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    assert page.get_by_role("button", name="Play", exact=True).count() == 1
    still = visit("gms2", reduced_motion="reduce")
    still.locator("#speed").select_option("300")
    still.evaluate(COUNT_COURIERS)
    still.locator("#play").click()
    still.locator("#count:text-is('5 / 5')").wait_for()  # the last step stays; one before it may not be seen
    assert still.evaluate("() => window.seen") == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [("DETECTS", [3, 4]), ("/p3 (det|rec)/", [4, 5]), ("installs v3", [3, 5]), ("/(/", []), ("", [*range(6)])],
)
def test_steps_are_searched_by_text_and_by_pattern(visit, text, found):  # noqa: F811
    page = visit("gms2")
    page.keyboard.press("/")
    page.keyboard.type(text)
    assert page.locator("#steps li:visible .number").all_inner_texts() == [str(number) for number in found]
    if len(found) == 2:
        page.keyboard.press("Enter")
        assert count(page) == f"{found[0]} / 5"
        page.keyboard.press("Enter")
        assert page.locator("#line").inner_text() == HALF[found[1] - 1]


def test_the_question_mark_shows_the_keys(visit):  # noqa: F811
    page = visit("gms2")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("k")
    assert count(page) == "5 / 5"  # it is read, not used
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()
    page.locator("#help").click()
    assert page.locator("#keys").is_visible()


def test_workers_show_their_colours(visit):  # noqa: F811
    colours = "(all) => all.map((one) => getComputedStyle(one).backgroundColor)"
    page = visit("colours", fragment="#step=3")
    shown = page.eval_on_selector_all("#processes .window", colours)
    assert shown == ["rgb(0, 0, 252)", "rgb(0, 0, 0)"]  # 21, twelve times as bright; p1 has crashed
    assert page.locator("#processes .window").first.get_attribute("aria-label") == "shows the colour 0 0 21"


def test_the_page_can_be_kept_as_a_file(visit, saved, tmp_path):  # noqa: F811
    page: Any = visit("gms3")
    with page.expect_download() as download:
        page.locator("#save-page").click()
    assert download.value.suggested_filename == "gms3-progress.html"
    saved["kept"] = tmp_path / "kept.html"
    saved["kept"].write_bytes(download.value.path().read_bytes())
    kept = visit("kept", script="Object.defineProperty(navigator, 'clipboard', { value: undefined });")
    assert kept.locator("h1").inner_text() == "gms3: progress violated"
    assert count(kept) == "8 / 8"
    kept.locator("[data-export=text]").click()
    assert kept.locator("#copy-text").input_value() == TEXTS["text"]


# --- a live page ---------------------------------------------------------------------------------------------------------


def at(page: Any, place: str) -> None:
    page.locator(f"#count:text-is('{place}')").wait_for()


def test_the_scenario_is_a_form(visit, server):  # noqa: F811
    page = visit(server.address)
    assert page.locator("#budget-nodes").input_value() == "3"
    page.locator("#budget-nodes").fill("2")
    page.locator("#budget-drops").fill("1")
    assert page.locator("#flags").input_value() == "--nodes 2 --messages 2 --crashes 1 --drops 1"
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator("#diagram #process-p3").wait_for(state="detached")
    assert page.locator("#command").inner_text() == "groupy-check --impl gms2 --nodes 2 --messages 2 --crashes 1 --drops 1"
    assert not page.locator("#status").inner_text()  # success says nothing, and not in red
    page.locator("#budget-nodes").fill("0")
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator("#status.wrong:has-text('a group needs at least one process')").wait_for()


def test_the_branches_that_were_tried_make_a_tree_and_lead_back(visit, server):  # noqa: F811
    page = visit(server.address)
    for number, line in enumerate(HALF[:2], 1):
        page.locator(f"button.choice:text-is('{line}')").click()
        at(page, f"{number} / {number}")
    page.locator("#slider").fill("1")
    page.locator("button.choice:text-is('p2 crashes')").wait_for(state="detached")  # the only crash is spent
    page.locator("button.choice:text-is('p3 multicasts c1')").click()
    at(page, "2 / 2")
    tree = page.locator("#tree button")
    assert tree.all_inner_texts() == [f"1. {HALF[0]}", f"2. {HALF[1]}", "2. p3 multicasts c1"]
    assert page.locator("#tree [aria-current]").all_inner_texts() == [f"1. {HALF[0]}", "2. p3 multicasts c1"]
    tree.nth(1).click()
    page.locator(f"#line:text-is('{HALF[1]}')").wait_for()
    inbox = page.locator("#processes .process").nth(1).locator(".inbox li")
    assert inbox.all_inner_texts() == ["notice that it has ended from p1"]


def test_an_inbox_says_why_it_is_not_read(visit):  # noqa: F811
    page = visit("gms3")
    inbox = page.locator("#processes .process").nth(2).locator(".inbox li")
    first, second = inbox.all_inner_texts()
    assert first.startswith("view v3 [p1, p2, p3, p4] from p2")
    assert first.endswith("its leader is p1, p3's leader is p2; gms3.py:137")
    assert second.endswith("its n is 4, p3's n is 3; gms3.py:137")
    page.keyboard.press("k")
    assert "gms3.py" not in inbox.first.inner_text()  # it is said of the last state


def test_the_page_follows_the_edits_of_a_file(visit, tmp_path):  # noqa: F811
    path = tmp_path / "mine.py"
    path.write_text(OWN, encoding="utf-8")
    with opened("--impl", str(path), "--nodes", "2") as running:
        page = visit(running.address)
        page.locator("button.choice:text-is('p1 crashes')").click()
        at(page, "1 / 1")
        path.write_text(OWN + "# edited\n", encoding="utf-8")
        page.locator("#status:has-text('was loaded again')").wait_for()
        assert (count(page), page.locator("#status.wrong").count()) == ("1 / 1", 0)
        path.write_text("raise SystemExit", encoding="utf-8")
        page.locator("#status.wrong:has-text('mine.py')").wait_for()
        assert count(page) == "1 / 1"  # what was there stays, to be looked at
        page.close()
