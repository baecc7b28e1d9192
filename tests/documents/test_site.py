"""The static site: how documents become pages, and, built once, that everything is there and that no link is dead."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from groupy_check.checker.interfaces import site_builder as command
from groupy_check.checker.interfaces.cli import main
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.site.building import MARK, build
from groupy_check.reports.site.course import documents
from groupy_check.reports.site.gallery import PICTURES, Case
from groupy_check.reports.site.runs import cases, page_of
from groupy_check.reports.site.sources import Sources, parts
from groupy_check.specs.manifest import FAULT_MODELS, read_manifest
from groupy_check.specs.registry import PROPERTIES

ROOT = Path(__file__).parents[2]
LESSONS = sorted(path.parent.name for path in (ROOT / "reports" / "lessons").glob("*/README.md"))
FENCED = "Text\n```console\n$ ls [a](b.md)\n<!-- kept -->\n```\nmore\n"

# --- documents become pages ----------------------------------------------------------------------------------------------


@pytest.fixture
def sources() -> Sources:
    return Sources(ROOT, documents(ROOT))


def test_code_blocks_are_told_from_prose():
    assert [fenced for _, fenced in parts(FENCED)] == [False, True, False]
    nested = "````text\n```console\n````\n[a](b)\n"
    assert list(parts(nested)) == [("", False), ("````text\n```console\n````\n", True), ("[a](b)\n", False)]
    assert "".join(text for text, _ in parts(FENCED + nested)) == FENCED + nested


def test_comments_go_except_in_code_blocks(sources):
    assert sources.moved("a\n<!-- drawn: x.svg -->\nb\n" + FENCED, "README.md") == "a\nb\n" + FENCED


@pytest.mark.parametrize(
    ("link", "moved"),
    [
        ("../../gms3-fixed.md", "/gms3-fixed.md"),
        ("../../gms3-fixed.md#why-it-works", "/gms3-fixed.md#why-it-works"),
        ("../../../README.md", "/index.md"),
        ("../../../README.md#two-commands", "/index.md#two-commands"),
        ("../../../README.md#your-own-protocol", "/using.md#your-own-protocol"),
        ("../README.md", "/lessons/index.md"),
        ("..", "/lessons/index.md"),
        ("../../gallery", "/gallery.md"),
        ("../../../groupy_model/protocols/groupy/gms3.py", "/source/groupy_model/protocols/groupy/gms3.md"),
        ("https://example.org/a", "https://example.org/a"),
        ("#exercise", "#exercise"),
        ("nowhere.md", "reports/lessons/05-orphan-view/nowhere.md"),
    ],
)
def test_links_lead_to_pages(sources, link, moved):
    path = "reports/lessons/05-orphan-view/README.md"
    assert sources.moved(f"See [this\none]({link}), not `[that]({link})`.", path) == (
        f"See [this\none]({moved}), not `[that]({link})`."
    )


def test_a_linked_file_of_code_gets_a_page(sources):
    sources.moved("[gms3](groupy_model/protocols/groupy/gms3.py)", "README.md")
    page = sources.pages["source/groupy_model/protocols/groupy/gms3"]
    assert page.startswith("---\norphan: true\nnosearch: true\n---\n\n# groupy_model/protocols/groupy/gms3.py\n")
    assert (ROOT / "groupy_model" / "protocols" / "groupy" / "gms3.py").read_text(encoding="utf-8") in page


def test_a_linked_directory_gets_a_page_with_its_files(sources):
    assert sources.link("reports/lessons/solutions") == "/source/reports/lessons/solutions.md"
    page = sources.pages["source/reports/lessons/solutions"]
    assert "\n- [10_flush.py](/source/reports/lessons/solutions/10_flush.md)\n" in page


def test_pictures_are_framed_and_copied(sources):
    text = "![The orphan\nview](gallery/gms3-orphan-view.svg)\n"
    place = "reports/gallery/gms3-orphan-view.svg"
    assert sources.moved(text, "reports/gms3-fixed.md") == (
        f":::{{figure}} /{place}\n:alt: The orphan view\n:figclass: picture\n:::\n"
    )
    assert sources.files == {place: ROOT / place}


def test_the_names_of_runs_are_distinct():
    wanted = cases(read_manifest())
    assert len({page_of(case) for case in wanted}) == len(wanted) > 100
    assert page_of(Case("gms3~x", "fifo", Scenario(joins=1))) == "runs/gms3-x-fifo-nodes-3-messages-2-crashes-1-joins-1.html"


# --- what can go wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.site
def test_a_directory_with_other_files_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert main(["site", "--out", str(tmp_path)]) == 151
    assert "it has files that are not a site; name another directory" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_is_not_installed_is_told(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "furo" else name)
    assert main(["site", "--out", str(tmp_path)]) == 151
    assert capsys.readouterr().err == ("groupy: building the site needs furo, which is not installed: pip install '.[site]'\n")


def test_without_the_documents_there_is_no_site(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command, "find_spec", lambda name: name)
    monkeypatch.setattr(command, "BESIDE", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["site", "--out", str(tmp_path / "site")]) == 151
    assert "the documents of a checkout" in capsys.readouterr().err


@pytest.mark.site
@pytest.mark.filterwarnings("ignore")
def test_a_dead_link_is_a_mistake_and_nothing_is_written(tmp_path):
    sources = Sources(ROOT, {}, {"index": "# Start\n\n[gone](gone.md)\n"})
    (warning,) = build(sources, {}, tmp_path / "site")
    assert warning.startswith("index.md:3")
    assert "'gone.md'" in warning
    assert not (tmp_path / "site").exists()


@pytest.mark.site
@pytest.mark.filterwarnings("ignore")
def test_an_older_site_gives_way_and_the_same_sources_make_the_same_site(tmp_path):
    sources = Sources(
        ROOT, {}, {"index": "# Start\n\n```{eval-rst}\n.. automodule:: groupy_check.specs.property\n   :members:\n```\n"}
    )
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "old.html").touch()
    (tmp_path / "one" / ".git").mkdir()
    for name in ("one", "other"):
        assert build(sources, {}, tmp_path / name) == []
    files = {path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()}
    assert {Path("index.html"), Path(MARK)} <= files
    assert Path("old.html") not in files
    assert (tmp_path / "one" / ".git").is_dir()
    assert [file for file in files if (tmp_path / "one" / file).read_bytes() != (tmp_path / "other" / file).read_bytes()] == []


# --- the site ------------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The ids, the links and the title of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids, self.links, self.headings = set[str](), list[str](), list[str]()
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name == "id":
                self.ids.add(value)
            elif value and name in ("href", "src") and not (tag == "a" and "headerlink" in (dict(attrs).get("class") or "")):
                self.links.append(value)
        if tag == "h1":
            self.inside = True
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "h1"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.headings[-1] += data


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


@pytest.mark.site
def test_no_link_is_dead(site, pages):
    dead = []
    for name, page in pages.items():
        for link in page.links:
            place = urlsplit(link)
            if place.scheme or place.netloc:
                continue
            file = (site / name).parent / unquote(place.path) if place.path else site / name
            known = pages.get(file.resolve().relative_to(site.resolve()).as_posix()) if file.exists() else None
            if not file.is_file() or (place.fragment and known and unquote(place.fragment) not in known.ids):
                dead.append(f"{name}: {link}")
    assert dead == []


@pytest.mark.site
def test_nothing_is_fetched_from_elsewhere(site):
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"<(?:script|img|link|iframe|source)[^>]*(?:src|href)=\"(?:https?:)?//[^\"]*", text) == [], path
        assert "@import" not in text


@pytest.mark.site
def test_the_start_page_has_the_picture_and_the_commands_of_the_readme(site, pages):
    text = (site / "index.html").read_text(encoding="utf-8")
    shown = unescape(re.sub(r"<[^>]+>", "", text))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"<!-- ci: \w+ -->\n```sh\n(.*?)\n```", readme, re.DOTALL)
    assert len(commands) == 2
    assert [line for line in commands if line not in shown] == []
    assert "_images/gms2-virtual-synchrony.svg" in pages["index.html"].links
    assert "ci: first" not in text


@pytest.mark.site
@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_is_there_with_its_pictures_and_its_exercise(site, pages, name):
    text = (ROOT / "reports" / "lessons" / name / "README.md").read_text(encoding="utf-8")
    page = pages[f"lessons/{name}.html"]
    assert page.headings[0].removesuffix("¶") == text.partition("\n")[0].removeprefix("# ").replace("`", "")
    exercises = {f"../source/reports/lessons/{name}/exercise{kind}.html" for kind in ("", ".erl")}
    assert len(exercises & set(page.links)) == 1
    html = (site / "lessons" / f"{name}.html").read_text(encoding="utf-8")
    assert html.count('<figure class="picture') == len(re.findall(r"^!\[", text, re.MULTILINE)) > 0
    assert "<!-- drawn" not in html


@pytest.mark.site
def test_every_property_and_protocol_has_its_place(pages):
    assert {f"property-{name}" for name in PROPERTIES} <= pages["properties.html"].ids
    for name in PROTOCOLS:
        assert f"protocol-{name.replace('~', '-is-')}" in pages[f"protocols/{name.partition('~')[0]}.html"].ids


@pytest.mark.site
def test_a_protocol_with_its_own_module_says_how_it_works(pages):
    assert "how-it-works" in pages["protocols/gms3-fixed.html"].ids
    assert "how-it-works" in pages["protocols/fbcast.html"].ids


@pytest.mark.site
def test_every_picture_of_the_gallery_has_a_run_to_step_through(pages):
    for name, case in PICTURES.items():
        assert f"_images/{name}.svg" in pages["gallery.html"].links
        assert page_of(case) in pages["gallery.html"].links
        assert page_of(case) in pages


@pytest.mark.site
def test_every_violation_in_the_matrix_leads_to_its_run_or_its_command(site):
    text = (site / "matrix.html").read_text(encoding="utf-8")
    cells = re.findall(r'<td class="violated"[^>]*>(.*?)</td>', text)
    broken = [cell for row in read_manifest().values() for cell in row.cells.values() if cell.broken(row.promises)]
    assert len(cells) == len(broken) > 200
    assert all(re.match(r'<a href="(runs/|protocols/[\w-]+\.html#)', cell) for cell in cells)
    assert all(model.name in text for model in FAULT_MODELS)


@pytest.mark.site
def test_the_command_line_has_every_command_and_flag(pages, site):
    text = re.sub(r"<[^>]+>", "", (site / "command-line.html").read_text(encoding="utf-8"))
    for name in ("check", "replay", "explore", "hunt", "diff", "matrix", "simulate", "prove", "list", "site"):
        assert f"groupy-{name}" in pages["command-line.html"].ids
    for flag in (
        "--impl PROTOCOL",
        "--suspicions N",
        "--engine {automatic,reference,native}",
        "--link [IMPL]",
        "--hidden",
        "--correct PROTOCOL [PROTOCOL ...]",
    ):
        assert flag in text
    assert "%%" not in text


@pytest.mark.site
@pytest.mark.parametrize(
    ("page", "names"),
    [
        (
            "checker",
            [
                "groupy_check.checker.interfaces.api.check",
                "groupy_check.checker.interfaces.hypothesis_machine.machine",
                "groupy_check.checker.counterexamples.trace_file.replay_text",
            ],
        ),
        (
            "protocols",
            [
                "groupy_check.groupy_model.protocol.Protocol.step",
                "groupy_check.groupy_model.effects.Send",
                "groupy_check.groupy_model.events.Down",
            ],
        ),
        (
            "properties",
            [
                "groupy_check.specs.property.Property",
                "groupy_check.groupy_model.observations.History",
                "groupy_check.specs.registry.rungs",
            ],
        ),
        (
            "results",
            [
                "groupy_check.groupy_model.scenario.Scenario",
                "groupy_check.groupy_model.verdict.Result",
                "groupy_check.groupy_model.trace.Trace",
            ],
        ),
    ],
)
def test_the_api_is_there(pages, page, names):
    assert set(names) <= pages[f"api/{page}.html"].ids
