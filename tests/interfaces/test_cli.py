"""The command line from end to end: what it prints, what it writes, and the exit status that follows."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import networkx
import pygraphviz
import pytest

from groupy_check.checker.counterexamples import output_files as output
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.reports.formats.graphs import read_aut
from groupy_check.specs.registry import PARTITIONABLE, PROPERTIES

HEADLINE = ("--nodes", "3", "--impl", "gms2")
AGREEMENT = ("--impl", "gms2", "--messages", "1", "--property", "agreement")
SMALL = ("--nodes", "2", "--messages", "1", "--crashes", "0")
DRIVER = "import sys; from groupy_check.checker.interfaces.cli import check_main; sys.exit(check_main())"
ROW = re.compile(r"([a-z-]+) +(holds|VIOLATED|no violation found)( \(not put to the test\))? *([0-9]+)? *(\S+)?")
WORDS = {"holds": "holds", "VIOLATED": "violated", "no violation found": "not_found"}
MINE = '''"""My third group: a new leader does not say again what the old one said last."""

from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3


class Mine(Gms3):
    def repeat(self, slave, others):
        return ()
'''
SPIN = """from groupy_check.groupy_model.effects import Deliver, Send
from groupy_check.groupy_model.events import Multicast, Receive
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3, Leader
from groupy_check.groupy_model.protocol import Step


class Spin(Gms3):
    def step(self, state, event):
        match state, event:
            case Leader(), Multicast(payload):
                return Step(state, (Deliver(payload), Send(state.me, "spin")))
            case Leader(), Receive(_, "spin"):
                return Step(state, (Send(state.me, "spin"),))
        return super().step(state, event)
"""

Run = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty directory, and with no colours forced on the output."""
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "PY_COLORS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """`groupy-check` with these words: its exit status and what it prints; it must have nothing to complain about."""

    def in_process(*words: str, command: Callable[..., int] = check_main) -> tuple[int, str]:
        status = command(words)
        out, err = capsys.readouterr()
        assert err == ""
        return status, out

    return in_process


@pytest.fixture(scope="module")
def headline(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, Path]:
    """The first command of everybody: its status, what it prints, and the directory in which its files are."""
    directory = tmp_path_factory.mktemp("headline")
    with redirect_stdout(io.StringIO()) as out:
        status = check_main([*HEADLINE, "--out", str(directory), "--all"])
    return status, out.getvalue(), directory


def program(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """`groupy-check` with these words, as a process of its own."""
    options = {"capture_output": True, "timeout": 60, **options}
    return subprocess.run([sys.executable, "-c", DRIVER, *words], text=True, check=False, **options)


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr with which a command has ended, when nothing is on stdout."""
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"groupy-check: .*\n", err)
    return err


def rows(text: str) -> dict[str, tuple[str, bool, int | None, str | None]]:
    """The tables of verdicts: property to verdict, put to the test or not, steps, picture."""
    found = [match for line in text.splitlines() if (match := ROW.fullmatch(line.rstrip()))]
    return {m[1]: (WORDS[m[2]], m[3] is None, int(m[4]) if m[4] else None, m[5]) for m in found}


# --- the headline --------------------------------------------------------------------------------------------------------


def test_the_first_command_finds_the_bug_and_says_who_did_what(headline: tuple[int, str, Path]) -> None:
    status, text, _ = headline
    assert status == 12
    lines = text.splitlines()
    assert lines[0] == "gms2: VIOLATED 6 of 13 claimed properties (all reachable states seen)"
    assert lines[1] == "3 processes, up to 2 multicasts, 1 crash; formed group, perfect detector, FIFO channels"
    assert lines[2].startswith("3,111 states generated, 1,825 distinct states found, 0 states left on queue; depth 12, ")
    assert rows(text)["agreement"][:3] == ("violated", True, 5)
    story = " ".join(text.split())
    assert "p1 multicast a1: it sent msg a1 to p2, but crashed before it could send msg a1 to p3" in story
    assert "p2 received msg a1 from p1 and delivered a1 in v2" in story
    assert "p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}" in story
    assert "\x1b" not in text


def test_the_files_that_the_summary_names_are_there(headline: tuple[int, str, Path]) -> None:
    _, text, directory = headline
    pictures = {name: Path(row[3]) for name, row in rows(text).items() if row[3]}
    claimed = {"agreement", "total-order", "prefix-order", "virtual-synchrony", "same-view-delivery", "synchrony"}
    assert pictures == {name: directory / f"gms2-{name}.svg" for name in claimed}
    written = {f"gms2-{name}.{kind}" for name in claimed for kind in ("svg", "dot", "txt", "itf.json")}
    assert written <= {path.name for path in directory.iterdir()}
    svg, dot, txt, itf = (
        (directory / f"gms2-agreement.{kind}").read_text(encoding="utf-8") for kind in ("svg", "dot", "txt", "itf.json")
    )
    assert "<svg" in svg
    assert svg.rstrip().endswith("</svg>")
    assert pygraphviz.AGraph(string=dot).is_directed()
    assert "1. p1 multicasts a1 and crashes after 1 effect\n" in txt
    assert json.loads(itf)["#meta"]["property"] == "agreement"


def test_json_agrees_with_the_text(headline: tuple[int, str, Path], run: Run) -> None:
    _, text, directory = headline
    status, out = run(*HEADLINE, "--out", str(directory), "--format", "json")
    document = json.loads(out)
    assert (status, document["exit_code"], document["verdict"]) == (12, 12, "VIOLATED")
    assert document["coverage"]["extent"] == "EXHAUSTED"
    assert document["coverage"]["distinct"] == 1_825
    assert document["scenario"]["nodes"] == 3
    pictures = document["pictures"]
    assert {
        finding["name"]: (finding["verdict"], finding["exercised"], finding["length"], pictures.get(finding["name"]))
        for finding in document["findings"]
    } == rows(text)


def test_json_words_the_steps_as_the_text_does(run: Run) -> None:
    _, out = run(*AGREEMENT, "--format", "json")
    (finding,) = json.loads(out)["findings"]
    lines = Path("results/gms2-m1-agreement.txt").read_text(encoding="utf-8").splitlines()
    assert finding["steps"] == [line.split(". ", 1)[1] for line in lines if re.match(r"[ ~][0-9]+\. ", line)]


def test_quiet_prints_one_line_and_writes_nothing(run: Run) -> None:
    assert run(*HEADLINE, "--quiet") == (12, "gms2: VIOLATED 6 of 13 claimed properties (all reachable states seen)\n")
    assert list(Path().iterdir()) == []


def test_a_check_that_finds_nothing_says_what_it_did_not_cover(run: Run) -> None:
    status, out = run("--impl", "gms3", *SMALL)
    assert status == 0
    uncovered = "crashes (--crashes 1), partitions (--partitions 1), false suspicions (--suspicions 1), lost messages"
    assert f"Not covered: {uncovered} (--drops 1), " in " ".join(out.split())
    assert not Path("results").exists()


# --- properties -------------------------------------------------------------------------------------------------------


def test_only_the_named_properties_are_judged(run: Run) -> None:
    status, out = run("--impl", "gms2", "--messages", "1", "--property", "validity", "--property", "agreement")
    assert status == 13
    assert list(rows(out)) == ["validity", "agreement"]
    assert out.startswith("gms2: VIOLATED 2 of 2 properties asked for (stopped there, not all states seen)")


def test_continue_sees_the_rest_of_the_world(run: Run) -> None:
    status, out = run(*AGREEMENT, "--continue")
    assert status == 13
    assert out.startswith("gms2: VIOLATED agreement (all reachable states seen)")


# --- the other commands --------------------------------------------------------------------------------------------------


def test_list_names_every_protocol_and_property(run: Run) -> None:
    shown = [run("list", *words, command=main) for words in ([], ["--mutants"], ["--properties"])]
    assert [status for status, _ in shown] == [0, 0, 0]
    firsts = {line.split()[0] for _, out in shown for line in out.splitlines() if line.strip()}
    assert {*PROTOCOLS, *PROPERTIES, *PARTITIONABLE} <= firsts


def test_groupy_check_is_groupy_check(run: Run) -> None:
    words = (*AGREEMENT, "--format", "json")
    one, two = (json.loads(out) for out in (run(*words)[1], run("check", *words, command=main)[1]))
    for document in (one, two):
        document["coverage"].pop("seconds")
    assert one == two


@pytest.mark.parametrize("kind", ["txt", "itf.json"])
@pytest.mark.parametrize("name", ["agreement", "total-order", "same-view-delivery"])
def test_a_saved_trace_violates_what_it_was_saved_for(kind: str, name: str, headline: tuple[int, str, Path], run: Run) -> None:
    _, text, directory = headline
    path = str(directory / f"gms2-{name}.{kind}")
    for words, command in ((["--replay", path], check_main), (["replay", path], main)):
        status, out = run(*words, "--property", name, "--format", "json", command=command)
        (finding,) = json.loads(out)["findings"]
        assert status == (13 if name == "agreement" else 12)
        assert (finding["name"], finding["verdict"], finding["length"]) == (name, "violated", rows(text)[name][2])


@pytest.mark.parametrize("kind", ["txt", "itf.json"])
def test_a_saved_run_that_never_ends_violates_what_it_was_saved_for(kind: str, run: Run) -> None:
    Path("spin.py").write_text(SPIN, encoding="utf-8")
    assert run("--impl", "./spin.py", *SMALL, "--property", "agreement")[0] == 13
    assert (
        run(
            "replay", f"results/spin-n2-m1-c0-agreement.{kind}", "--impl", "./spin.py", "--property", "agreement", command=main
        )[0]
        == 13
    )


def test_pictures_are_written_in_the_formats_asked_for(run: Run) -> None:
    status, out = run(*AGREEMENT, "--picture", "png", "--picture", "pdf")
    assert status == 13
    assert rows(out)["agreement"][3] == "results/gms2-m1-agreement.png"
    assert Path("results/gms2-m1-agreement.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert Path("results/gms2-m1-agreement.pdf").read_bytes().startswith(b"%PDF-")
    assert not Path("results/gms2-m1-agreement.svg").exists()


def test_the_state_graph_is_written_in_three_formats(run: Run) -> None:
    for kind in ("aut", "dot", "graphml"):
        assert run("--impl", "gms1", *SMALL, "--quiet", "--graph", f"states.{kind}")[0] == 0
    aut = read_aut(Path("states.aut").read_text(encoding="utf-8"))
    dot = pygraphviz.AGraph("states.dot")
    graphml = networkx.read_graphml("states.graphml")
    assert (len(aut.labels), len(aut.edges)) == (6, 5)
    assert (graphml.number_of_nodes(), graphml.number_of_edges()) == (6, 5)
    assert (dot.number_of_nodes(), dot.number_of_edges()) == (7, 6)  # and the arrow to the beginning


# --- a user's own protocol -----------------------------------------------------------------------------------------------


def test_a_students_file_is_checked_like_a_built_in_protocol(run: Run) -> None:
    Path("mine.py").write_text(MINE, encoding="utf-8")
    words = ("--messages", "1", "--format", "json")
    status, out = run("--impl", "./mine.py", *words)
    mine, model = json.loads(out), json.loads(run("--impl", "gms3~no-repeat", *words)[1])
    assert (status, mine["protocol"], mine["verdict"]) == (11, "./mine.py", "VIOLATED")
    assert mine["findings"] == model["findings"]
    assert mine["pictures"]["agreement"] == "results/mine-m1-agreement.svg"
    assert (
        run(
            "replay", "results/mine-m1-agreement.txt", "--impl", "./mine.py", "--property", "agreement", "--quiet", command=main
        )[0]
        == 13
    )


def test_a_class_of_a_module_is_checked_by_its_name(run: Run) -> None:
    status, out = run("--impl", "groupy_check.groupy_model.protocols.groupy.gms2:Gms2", *AGREEMENT[2:])
    assert status == 13
    assert out.startswith("groupy_check.groupy_model.protocols.groupy.gms2:Gms2: VIOLATED agreement")


# --- where the files go --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("directory", "reason"),
    [
        ("taken", "--out taken: taken is a file; name a directory"),
        ("taken/reports", "taken is a file; name a directory"),
        ("x" * 300, "--out"),
    ],
)
def test_a_directory_that_cannot_be_is_refused_before_the_search(
    directory: str, reason: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("taken").write_text("", encoding="utf-8")
    monkeypatch.setattr("groupy_check.checker.search.bfs.Explorer.run", lambda _: pytest.fail("it searched"))
    assert check_main([*AGREEMENT, "--out", directory]) == 151
    assert reason in refusal(capsys)


def test_a_directory_that_may_not_be_written_is_refused_before_the_search(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Whoever runs the tests as root may write everywhere.
    monkeypatch.setattr("groupy_check.checker.counterexamples.output_files.os.access", lambda *_: False)
    assert check_main([*AGREEMENT, "--out", "new"]) == 151
    assert f"--out new: {tmp_path} cannot be written to; name another directory" in refusal(capsys)


@pytest.mark.parametrize("writer", ["write_text", "write_diagram"])
def test_a_directory_that_cannot_be_written_after_the_search(
    writer: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(output, writer, full)
    assert check_main([*AGREEMENT, "--out", "out"]) == 153
    assert "cannot write to out: No space left on device; name another directory" in refusal(capsys)


def test_a_directory_in_the_place_of_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    Path("out/gms2-m1-agreement.svg").mkdir(parents=True)
    assert check_main([*AGREEMENT, "--out", "out"]) == 153
    assert "cannot write to out: Is a directory" in refusal(capsys)


# --- as a process --------------------------------------------------------------------------------------------------------


def test_the_installed_commands_are_these() -> None:
    points = [point for point in entry_points(group="console_scripts") if point.value.startswith("groupy_check.")]
    installed = {point.name: point.load() for point in points}
    assert installed == {"groupy": main, "groupy-check": check_main}


def test_the_installed_command_finds_the_bug() -> None:
    command = Path(sys.executable).with_name("groupy-check")
    done = subprocess.run([command, *AGREEMENT], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (13, "")
    assert "\x1b" not in done.stdout
    assert rows(done.stdout)["agreement"] == ("violated", True, 5, "results/gms2-m1-agreement.svg")


@pytest.mark.parametrize("words", [HEADLINE, ("--impl", "gms3", "--messages", "1", "--format", "json")])
def test_what_is_printed_and_written_depends_on_no_hash_seed(words: tuple[str, ...]) -> None:
    seen = []
    for seed in ("0", "1"):
        done = program(*words, env={**os.environ, "PYTHONHASHSEED": seed})
        files = {path: path.read_bytes() for path in sorted(Path().rglob("*.*"))}
        seen.append((re.sub(r'[0-9.]+ s$|"seconds": .*', "TIME", done.stdout, flags=re.MULTILINE), done.stderr, files))
    assert seen[0] == seen[1]
    assert seen[0][0] != ""


HEAVY = ["networkx", "graphviz", "pygraphviz", "hypothesis"]


@pytest.mark.parametrize(
    "module",
    HEAVY,
)
def test_help_loads_nothing_that_is_slow(module: str) -> None:
    asked = f"import atexit, sys; atexit.register(lambda: print({module!r} in sys.modules, file=sys.stderr)); {DRIVER}"
    done = subprocess.run([sys.executable, "-c", asked, "--help"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "False\n")
    assert "--impl PROTOCOL" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_check_of_what_is_built_in_loads_nothing_that_it_does_not_need() -> None:
    unneeded = (
        "checker.erlang.",
        ".hidden_state",
        ".other_interpreters.interpreters",
        ".log_verdict",
        ".result_json",
        ".graphs",
    )
    loaded = f"any(part in name for name in sys.modules for part in {unneeded})"
    asked = f"import atexit, sys; atexit.register(lambda: print({loaded}, file=sys.stderr)); {DRIVER}"
    words = ["--impl", "gms1", "--nodes", "2", "--crashes", "0", "--quiet"]
    done = subprocess.run([sys.executable, "-c", asked, *words], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "False\n")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--format", "json"), 153),
        (("--quiet",), 153),
        ((), 153),
        (("--help",), 0),
    ],
)
def test_a_reader_who_goes_away_gets_no_traceback(words: tuple[str, ...], status: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, *AGREEMENT, *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == status


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_a_full_disk_behind_stdout_is_an_error_of_one_line() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = program(*AGREEMENT, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 153
    assert re.fullmatch(r"groupy-check: .*No space left on device.*\n", done.stderr)


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_closed_stream_does_not_matter(closed: str) -> None:
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", DRIVER, *AGREEMENT]
    assert subprocess.run(shell, capture_output=True, timeout=60, check=False).returncode == 13
