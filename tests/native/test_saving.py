"""Searches that were stopped, and go on: as if nothing had happened. And blocks that wait in files."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.checking.engine import Choice, Engine, Means
from groupy_check.checker.errors import GroupyError, NothingAddedError, UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.judging.selection import select
from groupy_check.checker.limits.deadline import TimeIsUp
from groupy_check.checker.native import search as engine
from groupy_check.checker.native.checkpoint import checkpoint as saving
from groupy_check.checker.native.checkpoint.checkpoint import MANIFEST, Checkpoints
from groupy_check.checker.native.pipeline import frontier as spilling
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Result, Verdict
from tests.support.planted import Endless

SCENARIO = Scenario(nodes=3, messages=2, crashes=1)
STATES = 1_825  # of gms2 there
NAMES = ("agreement", "total-order", "validity", "progress", "synchrony")
NEVER = 3600.0


class KilledError(BaseException):
    """Ends everything, as SIGKILL does; nothing in the program catches it."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few rows, and a checkpoint after each."""
    set_small(monkeypatch)


def set_small(monkeypatch: pytest.MonkeyPatch, pause: float = 0.0) -> None:
    for module in (spilling, saving):
        monkeypatch.setattr(module, "BLOCK", 32)
    monkeypatch.setattr(spilling, "KEPT", 1)
    monkeypatch.setattr(saving, "PAUSE", pause)
    monkeypatch.setattr(saving, "SHARE", 0)


def search(
    means: Means = Means(Choice.NATIVE),
    limits: Limits = Limits(),
    protocol: Protocol | None = None,
    scenario: Scenario = SCENARIO,
    names: tuple[str, ...] = NAMES,
) -> Result:
    properties = select(names, scenario)[0]
    return Engine(protocol or load_protocol("gms2"), scenario, properties, limits, means=means).run()


@cache
def whole(workers: int = 1) -> Result:
    """That of a search that nothing disturbs."""
    return search(Means(Choice.NATIVE, workers))


def content(result: Result) -> tuple[object, ...]:
    """All of `result` that has to be the same again; of a violation, whichever of the shortest runs was found."""
    findings = [(finding.name, finding.verdict, finding.exercised, finding.length) for finding in result.findings]
    return replace(result.coverage, seconds=0.0, bytes_per_state=0.0), findings, result.warnings, result.scenario


def lengths(result: Result) -> dict[str, int | None]:
    return {finding.name: finding.length for finding in result.findings if finding.verdict is Verdict.VIOLATED}


# --- going on ------------------------------------------------------------------------------------------------------------


def seconds_in(directory: Path) -> float:
    """The seconds that the checkpoint says have been spent."""
    document = json.loads((directory / "checkpoint.json").read_text(encoding="utf-8"))
    return float(document["content"]["seconds"])


@pytest.mark.parametrize(("workers", "exact"), [(1, False), (2, True)])
@pytest.mark.usefixtures("small")
def test_a_search_that_a_limit_ended_goes_on_as_if_there_had_been_none(workers: int, exact: bool, tmp_path: Path) -> None:
    means = Means(Choice.NATIVE, workers, exact)
    undisturbed = search(means)
    assert (undisturbed.coverage.distinct, undisturbed.coverage.extent) == (STATES, Extent.EXHAUSTED)
    first = search(replace(means, checkpoint=tmp_path / "saved"), Limits(states=300))
    assert first.coverage.bound == "300 distinct states"
    spent = seconds_in(tmp_path / "saved")
    second = search(replace(means, resume=tmp_path / "saved"), Limits(states=1_000))
    assert second.coverage.bound == "1000 distinct states"
    assert second.coverage.seconds > spent > 0
    spent_again = seconds_in(tmp_path / "saved")
    last = search(replace(means, resume=tmp_path / "saved"))
    assert content(last) == content(undisturbed)
    assert lengths(last)["total-order"] == 6
    assert last.coverage.seconds > spent_again > spent
    again = search(replace(means, resume=tmp_path / "saved"))  # it has ended: there is nothing left to do
    assert content(again) == content(undisturbed)


@pytest.mark.parametrize("bits", [80, 96])
@pytest.mark.usefixtures("small")
def test_a_checkpoint_keeps_the_width_of_fingerprints(bits: int, tmp_path: Path) -> None:
    means = Means(fingerprint_bits=bits)
    search(replace(means, workers=2, checkpoint=tmp_path), Limits(states=700))
    last = search(replace(means, resume=tmp_path))
    assert (last.coverage.fingerprint_bits, last.coverage.distinct, last.coverage.extent) == (bits, STATES, Extent.EXHAUSTED)
    assert content(last)[1:] == content(whole())[1:]
    with pytest.raises(UsageError, match=f"its number of fingerprint bits was {bits}, and is 64 now"):
        search(Means(resume=tmp_path))


@pytest.mark.usefixtures("small")
def test_a_search_goes_on_with_another_number_of_workers(tmp_path: Path) -> None:
    search(Means(workers=3, checkpoint=tmp_path), Limits(states=300))
    search(Means(workers=1, resume=tmp_path), Limits(states=1_000))
    last = search(Means(workers=2, resume=tmp_path))
    assert content(last) == content(whole())
    assert [finding.trace for finding in last.findings] == [finding.trace for finding in whole().findings]


@pytest.mark.usefixtures("small")
def test_a_limit_that_is_reached_already_ends_a_search_before_it_goes_on(tmp_path: Path) -> None:
    first = search(Means(checkpoint=tmp_path), Limits(states=300))
    assert content(search(Means(resume=tmp_path), Limits(states=300))) == content(first)


@pytest.mark.parametrize("ended", [TimeIsUp, KeyboardInterrupt, None])
def test_a_search_that_ends_before_it_goes_on_says_what_is_saved(
    ended: type[BaseException] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gms3, place = load_protocol("gms3"), tmp_path / "saved"
    first = search(Means(Choice.NATIVE, checkpoint=place), Limits(states=500), gms3, names=("agreement",))

    def end(_self: Checkpoints, _content: object) -> None:
        assert ended is not None
        raise ended

    limits = Limits(seconds=1e-3 if ended is None else NEVER)
    with monkeypatch.context() as context:
        if ended is not None:
            context.setattr(Checkpoints, "_replay", end)
        with pytest.raises(NothingAddedError) as refused:
            search(Means(resume=place), limits, gms3, names=("agreement",))
    assert refused.value.code == 3
    said = str(refused.value)
    assert said.startswith(f"--resume {place}: ")
    known = f"({first.coverage.distinct} distinct states, depth {first.coverage.depth}, no violation so far, after 0 s)"
    assert f" before anything was added to what is saved there {known}; " in said
    told = "the same command goes on from there" if ended is KeyboardInterrupt else "give --time-limit more, "
    assert told in said
    again = search(Means(resume=place), protocol=gms3, names=("agreement",))  # nothing is lost
    assert (again.coverage.extent, again.finding("agreement").verdict) == (Extent.EXHAUSTED, Verdict.HOLDS)


@pytest.mark.parametrize("call", [1, 10, 11, 20, 60])
def test_a_search_that_is_killed_while_it_writes_goes_on_from_the_last_whole_checkpoint(
    call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_small(monkeypatch)
    kill_at_write(call, monkeypatch)
    with pytest.raises(KilledError):
        search(Means(checkpoint=tmp_path))
    monkeypatch.undo()
    set_small(monkeypatch)
    if not (tmp_path / MANIFEST).exists():
        assert call < 11  # not even the first state was saved
        assert content(search(Means(checkpoint=tmp_path))) == content(whole())
    else:
        assert content(search(Means(resume=tmp_path))) == content(whole())


def kill_at_write(call: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the search be killed when it has something written to the disk for the `call`th time."""
    done, sync = 0, os.fsync

    def killing(descriptor: int) -> None:
        nonlocal done
        done += 1
        if done == call:
            raise KilledError
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", killing)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("narrow", [20, 100])
def test_numbers_that_grow_out_of_16_bits_do_so_in_files_too(
    narrow: int, workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    means = Means(Choice.NATIVE, workers, exact=True)
    undisturbed = search(means)
    set_small(monkeypatch)
    monkeypatch.setattr(engine, "NARROW", narrow)
    spilled = search(replace(means, spill=tmp_path / "spill", checkpoint=tmp_path / "saved"), Limits(states=700))
    assert spilled.coverage.bound
    assert content(search(replace(means, spill=tmp_path / "spill", resume=tmp_path / "saved"))) == content(undisturbed)


@pytest.mark.usefixtures("small")
def test_runs_that_never_rest_are_found_after_going_on(tmp_path: Path) -> None:
    scenario = Scenario(nodes=3, messages=3, crashes=0)
    undisturbed = search(protocol=Endless(), scenario=scenario)
    assert undisturbed.finding("validity").trace.loop is not None
    first = search(Means(checkpoint=tmp_path), Limits(states=undisturbed.coverage.distinct - 20), Endless(), scenario)
    assert first.coverage.bound
    last = search(Means(resume=tmp_path), protocol=Endless(), scenario=scenario)
    assert last.finding("validity").trace.loop is not None
    assert content(last) == content(undisturbed)
    assert lengths(last) == lengths(search(Means(Choice.REFERENCE), protocol=Endless(), scenario=scenario))


@pytest.mark.usefixtures("small")
def test_a_depth_that_cuts_off_is_counted_once(tmp_path: Path) -> None:
    limits = Limits(depth=7)
    undisturbed = search(limits=limits)
    assert undisturbed.coverage.bound == "depth 7"
    search(Means(checkpoint=tmp_path), replace(limits, states=700))
    assert content(search(Means(resume=tmp_path), limits)) == content(undisturbed)


def test_checkpoints_take_no_more_than_their_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_small(monkeypatch, pause=NEVER)
    saved: list[int] = []
    save = Checkpoints.save
    monkeypatch.setattr(Checkpoints, "save", lambda self, state: (saved.append(state.counters.depth), save(self, state)))
    search(Means(checkpoint=tmp_path))
    assert saved == [0, 12]  # the beginning and the end
    one = Checkpoints(tmp_path, resuming=True)
    monkeypatch.setattr(saving, "PAUSE", 0.0)
    monkeypatch.setattr(saving, "SHARE", 9)
    one.last, one.cost = time.monotonic() - 8.0, 1.0
    assert not one.due
    one.last -= 1.5
    assert one.due


# --- what does not fit ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("means", "changes", "names", "reason"),
    [
        (Means(), {"nodes": 4}, NAMES, "its nodes was 3, and is 4 now"),
        (Means(), {"messages": 1}, NAMES, "its messages was 2, and is 1 now"),
        (Means(), {}, ("agreement",), "its properties was .*, and is .agreement. now"),
        (Means(exact=True), {}, NAMES, "its exact was False, and is True now"),
        (Means(fingerprint_bits=80), {}, NAMES, "its number of fingerprint bits was 64, and is 80 now"),
    ],
)
@pytest.mark.usefixtures("small")
def test_another_search_is_refused(
    means: Means, changes: dict[str, Any], names: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    search(Means(checkpoint=tmp_path), Limits(states=100))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(UsageError, match=reason):
        search(replace(means, resume=tmp_path), scenario=replace(SCENARIO, **changes), names=names)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.usefixtures("small")
def test_another_depth_and_another_protocol_are_refused(tmp_path: Path) -> None:
    search(Means(checkpoint=tmp_path), Limits(states=100, depth=5))
    with pytest.raises(UsageError, match="its depth was 5, and is not set now"):
        search(Means(resume=tmp_path))
    with pytest.raises(UsageError, match="its protocol was gms2, and is gms3 now"):
        search(Means(resume=tmp_path), Limits(depth=5), load_protocol("gms3"))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "changed", ["checker/judging/observer.py", "checker/judging/monitor.py", "specs/delivery.py", "groupy_model/system.py"]
)
def test_other_code_is_refused(changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever decides a verdict, not only the native engine, belongs to the checkpoint."""
    search(Means(checkpoint=tmp_path), Limits(states=100))
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * path.as_posix().endswith(changed))
    with pytest.raises(UsageError, match="groupy-check itself has changed since it was written"):
        search(Means(resume=tmp_path))


def test_a_directory_without_a_checkpoint_and_one_with_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no checkpoint; name the directory that --checkpoint was given"):
        search(Means(resume=tmp_path / "none"))
    assert not (tmp_path / "none").exists()
    search(Means(checkpoint=tmp_path), Limits(states=100))
    with pytest.raises(UsageError, match="it holds a checkpoint; go on from there with --resume"):
        search(Means(checkpoint=tmp_path))


def test_two_searches_do_not_share_a_directory(tmp_path: Path) -> None:
    search(Means(checkpoint=tmp_path), Limits(states=100))
    with (tmp_path / "lock").open("wb") as lock:
        flock(lock, LOCK_EX)
        with pytest.raises(UsageError, match="another search is using it"):
            search(Means(resume=tmp_path))


@pytest.mark.usefixtures("small")
def test_whatever_is_damaged_is_refused_in_one_line(tmp_path: Path) -> None:
    search(Means(checkpoint=tmp_path), Limits(states=200))
    files = sorted(path for path in tmp_path.iterdir() if path.name != "lock")
    assert len(files) > 10
    for path in files:
        data = path.read_bytes()
        middle = len(data) // 2
        for damaged in (data[:middle], data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :], b""):
            path.write_bytes(damaged)
            with pytest.raises(UsageError, match=r"the checkpoint is damaged: .*; begin anew"):
                search(Means(resume=tmp_path))
        path.write_bytes(data)
    for path in files:
        data = path.read_bytes()
        path.unlink()
        with pytest.raises(UsageError, match=r"damaged: .*|there is no checkpoint"):
            search(Means(resume=tmp_path))
        path.write_bytes(data)
    assert content(search(Means(resume=tmp_path))) == content(whole())


@pytest.mark.parametrize(
    "change",
    [
        '{"checksum": 0, "content": {}}', "[]", "[" * 100_000, "\udcff", "null", '{"content": 1}',
    ],
)  # fmt: skip
def test_a_manifest_that_nobody_wrote_is_refused(change: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(change.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match="the checkpoint is damaged"):
        search(Means(resume=tmp_path))


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("counters", "depth"), -1),
        (("counters", "depth"), 1.5),
        (("counters", "expanded"), 1),
        (("queue", 0, 1), 10**12),
        (("queue", 0, 3), "object"),
        (("queue", 0, 0), "../../x"),
        (("following",), []),
        (("queue",), []),
        (("violated", "agreement"), 0),
        (("violated", "agreement"), 10**9),
        (("series", "ancestors"), [10**15, 0]),
        (("series",), {}),
        (("levels",), 7),
        (("seconds",), "long"),
    ],
)
@pytest.mark.usefixtures("small")
def test_a_manifest_with_a_right_checksum_is_not_trusted_either(
    keys: tuple[str | int, ...], value: object, tmp_path: Path
) -> None:
    search(Means(checkpoint=tmp_path), Limits(states=700))
    manifest = tmp_path / MANIFEST
    document = json.loads(manifest.read_text())
    place = document["content"]
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    document["checksum"] = saving._checksum(saving._text(document["content"]))
    manifest.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="the checkpoint is damaged"):
        search(Means(resume=tmp_path))


HELPER = "def twice(text):\n    return (text,)\n"
OWN = """
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.effects import Deliver, Install, View
from groupy_check.groupy_model.events import Multicast, Start
from saving_helper import twice

class Own(Protocol):
    claims = ()
    def step(self, state, event):
        match event:
            case Start():
                return Step(("up",), (Install(View(1, (state.me,))),))
            case Multicast(payload):
                return Step(state + twice(str(payload)), (Deliver(payload),))
"""


def test_a_protocol_that_has_changed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "saving_helper.py").write_text(HELPER)
    flags = ["--nodes", "1", "--messages", "4", "--quiet"]
    saved = str(tmp_path / "saved")

    def run(*more: str) -> tuple[int, str]:
        program = "import sys; from groupy_check.checker.interfaces.cli import check_main; sys.exit(check_main())"
        words = [sys.executable, "-B", "-c", program, "--impl", "./own.py", *flags, *more]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / ".editable")}
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
        return done.returncode, done.stderr

    assert run("--checkpoint", saved, "--max-states", "3")[0] == 3
    (tmp_path / "saving_helper.py").write_text(HELPER.replace("(text,)", "(text, text)"))
    status, said = run("--resume", saved)
    assert (status, said.count("\n")) == (151, 1)
    assert "the protocol does not behave as it did" in said
    (tmp_path / "saving_helper.py").write_text(HELPER)
    (tmp_path / "own.py").write_text(f"{OWN}\n# changed\n")
    status, said = run("--resume", saved)
    assert (status, said.count("\n")) == (151, 1)
    assert "the source of the protocol has changed" in said
    (tmp_path / "own.py").write_text(OWN)
    assert run("--resume", saved)[0] == 0


# --- blocks in files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_blocks_in_files_change_nothing(workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = content(whole(workers))
    set_small(monkeypatch)
    written: list[Path] = []
    write = spilling.write
    monkeypatch.setattr(spilling, "write", lambda path, parts: (written.append(path), write(path, parts)))
    assert content(search(Means(workers=workers, spill=tmp_path))) == undisturbed
    assert len(written) > 5
    assert list(tmp_path.iterdir()) == []


def test_files_go_away_when_a_search_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_small(monkeypatch)
    write = spilling.write
    seen: list[Path] = []

    def interrupted(path: Path, parts: list[spilling.Array]) -> None:
        write(path, parts)
        seen.extend(tmp_path.rglob("*"))
        raise KeyboardInterrupt

    monkeypatch.setattr(spilling, "write", interrupted)
    result = search(Means(spill=tmp_path))
    assert result.coverage.bound == "interrupted"
    assert len(seen) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("flag", ["spill", "checkpoint"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_ends_a_search_with_what_it_has_found(
    flag: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_small(monkeypatch)
    done, sync = 0, os.fsync

    def full(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    def full_later(descriptor: int) -> None:
        nonlocal done
        done += 1
        return full() if done > 150 else sync(descriptor)

    monkeypatch.setattr(spilling, "write", full)
    monkeypatch.setattr(os, "fsync", full_later)
    place: dict[str, Any] = {flag: tmp_path / "new"}
    result = search(replace(Means(), **place))
    assert (result.coverage.extent, result.coverage.bound) == (
        Extent.BOUNDED, f"the disk is full, or a quota on it is used up: no room is left under {tmp_path / 'new'}",
    )  # fmt: skip
    assert 1 < result.coverage.distinct < STATES


@pytest.mark.parametrize("flag", ["spill", "checkpoint"])
def test_a_directory_that_cannot_be_written_to_is_one_line(flag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_small(monkeypatch)

    def refused(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(spilling, "write", refused)
    monkeypatch.setattr(os, "fsync", refused)
    place: dict[str, Any] = {flag: tmp_path / "new"}
    with pytest.raises(GroupyError, match=rf"cannot write to --{flag} .*: Input/output error; make room there"):
        search(replace(Means(), **place))


def test_a_block_that_somebody_deletes_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_small(monkeypatch)
    monkeypatch.setattr(spilling, "write", lambda path, parts: None)  # noqa: ARG005
    with pytest.raises(GroupyError, match=r"cannot read .* again: No such file or directory; leave its directory alone"):
        search(Means(spill=tmp_path))


def test_the_command_line_takes_the_directories(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--impl", "gms3", "--messages", "1", "--quiet"]
    saved = str(tmp_path / "saved")
    assert check_main([*words, "--checkpoint", saved, "--spill", str(tmp_path / "spill"), "--max-states", "100"]) == 3
    assert check_main([*words, "--resume", saved]) == 0
    last = (
        "gms3: OK, 13 of 13 claimed properties hold, 2 not put to the test "
        "(all reachable states seen, except with probability 8e-16)"
    )
    assert capsys.readouterr().out.splitlines()[-1] == last
    assert check_main([*words, "--resume", saved, "--checkpoint", saved]) == 2
    assert check_main([*words, "--resume", saved, "--engine", "reference"]) == 151
    (tmp_path / "file").touch()
    for flag in ("--spill", "--checkpoint"):
        assert check_main([*words, flag, str(tmp_path / "file")]) == 153
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[-2].endswith("file: File exists; make room there, or name another directory")


@pytest.mark.parametrize("words", ["--exact", "--engine reference"])
def test_a_width_of_fingerprints_belongs_to_searches_that_have_some(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_main(["gms3", "--fingerprint-bits", "80", *words.split()]) == 151
    assert "leave out " in capsys.readouterr().err
    assert check_main(["gms3", "--fingerprint-bits", "70"]) == 2


# --- a search that is really killed --------------------------------------------------------------------------------------

# As the command line, with small blocks, and a checkpoint after each.
KILLED = """
import sys
from groupy_check.checker.native.checkpoint import checkpoint as saving
from groupy_check.checker.native.pipeline import frontier as spilling
saving.BLOCK = spilling.BLOCK = 1024
saving.PAUSE, saving.SHARE = 0.0, 0
from groupy_check.checker.interfaces.cli import check_main
sys.exit(check_main(sys.argv[1:]))
"""
LARGE = Scenario(nodes=4, messages=2, crashes=1)
WORDS = ["--impl", "gms3", "--nodes", "4", "--messages", "2", "--crashes", "1", "--quiet", "--workers", "2"]


def killed(words: list[str], manifest: Path, delay: float) -> bool:
    """Start a check, and kill it `delay` seconds after its next checkpoint. Returns whether it was still running then."""
    before = manifest.stat().st_mtime_ns if manifest.exists() else 0
    process = subprocess.Popen([sys.executable, "-c", KILLED, *words], stdout=subprocess.DEVNULL)
    while process.poll() is None and not (manifest.exists() and manifest.stat().st_mtime_ns > before):
        time.sleep(0.005)
    time.sleep(delay)
    running = process.poll() is None
    process.kill()
    process.wait()
    return running


@pytest.mark.long
def test_a_search_that_is_killed_again_and_again_ends_as_if_it_had_never_been(tmp_path: Path) -> None:
    manifest = tmp_path / MANIFEST
    assert killed([*WORDS, "--checkpoint", str(tmp_path), "--spill", str(tmp_path)], manifest, 0.0)
    times = 1
    for delay in (0.003, 0.05, 0.011, 0.2, 0.03, 0.4, 0.007, 0.1):
        times += killed([*WORDS, "--resume", str(tmp_path)], manifest, delay)
    assert times > 4
    means = Means(Choice.NATIVE, workers=2)
    undisturbed = search(means, protocol=load_protocol("gms3"), scenario=LARGE, names=())
    last = search(replace(means, resume=tmp_path), protocol=load_protocol("gms3"), scenario=LARGE, names=())
    assert content(last) == content(undisturbed)
