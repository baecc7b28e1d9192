"""Counts the states of gms2 and gms3 with two other model checkers, from models written by hand.

gms2.m and gms3.m are Murphi models for Rumur, gms2.pml and gms3.pml are Promela models for SPIN. They were written from the
protocol tables alone and share nothing with the explorer of this project or with each other: the Murphi models carry out a
handler directly with a limit on its effects, the Promela models plan a list of effects and carry out a part of it. Needs
`rumur`, `spin` and `gcc` on the path (Debian and Ubuntu packages of these names); `available()` says whether they are there.

What is counted, so that numbers can be compared:

- a group of `nodes` processes that is already formed, with budgets of `messages` multicasts and `crashes`; no joins, no timers;
- a state is everything that can matter later: per process role, n and last (gms3) or the id of its view (gms2), leader, slaves,
  group, whom it monitors and how many multicasts its application asked for; every channel; what is left of both budgets. A
  crashed process has nothing but the fact. A leader has no `last`. With `history` every process, crashed or not, has the
  sequence of payloads that it has delivered as well;
- a step is one multicast, one receive or one crash, or a multicast or receive that a crash cuts after the first j of its k
  effects, 1 <= j < k. It spends a crash, and a cut multicast spends a multicast as well. A send to a crashed process is an
  effect, too, though it changes nothing;
- transitions are pairs of a state and an action that can happen in it (j is part of the action), whether or not another action
  leads to the same state.

Both tools search all states: no symmetry, no partial orders, no merged statements, full states in memory (no hashes instead).

`python run.py` writes counts.json anew (some minutes).
"""

import itertools
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
RUMUR = ("rumur", "--deadlock-detection", "off", "--symmetry-reduction", "off", "--threads", "1")
SPIN = ("spin", "-o1", "-o2", "-o3", "-a")
PAN = ("gcc", "-O1", "-DSAFETY", "-DNOREDUCE", "-DVECTORSZ=4096")
DEPTH = 1_000_000


@dataclass(frozen=True, slots=True)
class Model:
    """A protocol, "gms2" or "gms3", and the size of the system: group of 2 to 4, 0 to 3 multicasts, any number of crashes."""

    protocol: str
    nodes: int
    messages: int
    crashes: int
    history: bool = False
    prefix: bool = False  # stop where the deliveries of two live processes are not prefix-comparable


@dataclass(frozen=True, slots=True)
class Count:
    """Distinct states that can be reached, the first one included, and transitions between them."""

    states: int
    transitions: int


def available() -> bool:
    """Say whether both tools and the C compiler are installed."""
    return all(shutil.which(tool) for tool in ("rumur", "spin", "gcc"))


def rumur(protocol: str, nodes: int, messages: int, crashes: int, *, history: bool = False) -> Count:
    """Count with Rumur. Raises ValueError if the model breaks one of its own assertions, CalledProcessError if a tool fails."""
    return _rumur_count(_run_rumur(Model(protocol, nodes, messages, crashes, history)))


def spin(protocol: str, nodes: int, messages: int, crashes: int, *, history: bool = False) -> Count:
    """Count with SPIN. Raises ValueError if the model breaks one of its own assertions, CalledProcessError if a tool fails."""
    return _spin_count(_run_spin(Model(protocol, nodes, messages, crashes, history)))


def rumur_prefix_order(protocol: str, nodes: int, messages: int, crashes: int) -> bool:
    """Ask Rumur whether deliveries of any two live processes are always prefix-comparable. Raises what `rumur` raises."""
    output = _run_rumur(Model(protocol, nodes, messages, crashes, history=True, prefix=True))
    return _holds(output, r'invariant "prefix order" failed', _rumur_count)


def spin_prefix_order(protocol: str, nodes: int, messages: int, crashes: int) -> bool:
    """Ask SPIN whether deliveries of any two live processes are always prefix-comparable. Raises what `spin` raises."""
    output = _run_spin(Model(protocol, nodes, messages, crashes, history=True, prefix=True))
    return _holds(output, r"assertion violated .*history\[", _spin_count)


def _holds(output: str, violation: str, count: Callable[[str], Count]) -> bool:
    if re.search(violation, output):
        return False
    count(output)  # raises where the search ended for another reason
    return True


def _run_rumur(model: Model) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.m").write_text(_murphi_text(model), encoding="utf-8")
        _call(folder, *RUMUR, "--output", "model.c", "model.m")
        _call(folder, "gcc", "-std=c11", "-O1", "-march=native", "-mcx16", "-o", "model", "model.c", "-lpthread")
        return subprocess.run([folder / "model"], cwd=folder, capture_output=True, text=True, check=False).stdout


def _murphi_text(model: Model) -> str:
    text = (HERE / f"{model.protocol}.m").read_text(encoding="utf-8")
    for constant, value in _constants(model):
        text, done = re.subn(rf"^  {constant}: \d+;", f"  {constant}: {value};", text, flags=re.MULTILINE)
        if done != 1:
            raise ValueError(f"{model.protocol}.m has {done} lines for {constant}")
    return text


def _constants(model: Model) -> tuple[tuple[str, int], ...]:
    return (
        ("N", model.nodes),
        ("M", model.messages),
        ("K", model.crashes),
        ("HISTORY", int(model.history)),
        ("PREFIX", int(model.prefix)),
    )


def _rumur_count(output: str) -> Count:
    found = re.search(r"(\d+) states, (\d+) rules fired", output)
    if found is None or "No error found." not in output:
        raise ValueError(output)
    return Count(int(found[1]), int(found[2]))


def _run_spin(model: Model) -> str:
    defines = [f"-D{constant}={value}" for constant, value in _constants(model)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _call(folder, *SPIN, *defines, str(HERE / f"{model.protocol}.pml"))
        _call(folder, *PAN, "-o", "pan", "pan.c")
        return _call(folder, "./pan", f"-m{DEPTH}")


def _spin_count(output: str) -> Count:
    stored = re.search(r"(\d+) states, stored", output)
    transitions = re.search(r"(\d+) transitions \(= stored\+matched\)", output)
    whole = "errors: 0" in output and not re.search(r"depth too small|not completed|out of memory", output)
    if stored is None or transitions is None or not whole:
        raise ValueError(output)
    # The state before the group is formed, the step that forms it, and the entry into that state are not of the system.
    return Count(int(stored[1]) - 1, int(transitions[1]) - 2)


def _call(folder: Path, *command: str) -> str:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def _records() -> Iterator[dict[str, str | int]]:
    for protocol, nodes, messages, crashes in itertools.product(("gms2", "gms3"), (2, 3, 4), (0, 1, 2), (0, 1, 2)):
        verdict = _prefix_verdict(protocol, nodes, messages, crashes)
        for version, history in (("A", False), ("B", True)):
            by_rumur = rumur(protocol, nodes, messages, crashes, history=history)
            by_spin = spin(protocol, nodes, messages, crashes, history=history)
            yield {
                "protocol": protocol,
                "version": version,
                "nodes": nodes,
                "messages": messages,
                "crashes": crashes,
                "rumur": by_rumur.states,
                "spin": by_spin.states,
                "rumur_transitions": by_rumur.transitions,
                "spin_transitions": by_spin.transitions,
                "prefix_order": verdict,
            }


def _prefix_verdict(protocol: str, nodes: int, messages: int, crashes: int) -> str:
    by_rumur = rumur_prefix_order(protocol, nodes, messages, crashes)
    by_spin = spin_prefix_order(protocol, nodes, messages, crashes)
    if by_rumur != by_spin:
        raise ValueError(f"the tools disagree about prefix order: {protocol}, {nodes} {messages} {crashes}")
    return "holds" if by_rumur else "violated"


def main() -> None:
    """Write counts.json, one record a line; version B is the one with histories."""
    lines = ",\n".join("  " + json.dumps(record) for record in _records())
    (HERE / "counts.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
