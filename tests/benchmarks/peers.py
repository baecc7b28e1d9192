"""SPIN and Rumur on gms3.pml and gms3.m: compiled and run in every configuration that stores whole states."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from .measurement import Case, Child, Measurement, measured, run

HERE = Path(__file__).parent
MEGABYTES = 14_000
DEPTH = 1_000  # steps of SPIN's stack; no run of these scenarios has a tenth of it


@dataclass(frozen=True, slots=True)
class Configuration:
    """`generate`: flags of the tool itself; `build`: flags of gcc. Of each tool and number of threads one is `fastest`."""

    tool: str
    name: str
    generate: tuple[str, ...]
    build: tuple[str, ...]
    fastest: bool = False


# Whole state vectors, no partial orders, no padding to strip, no checks of array bounds, no code for liveness.
LEAN = ("-DSAFETY", "-DNOREDUCE", "-DNOFAIR", "-DNOBOUNDCHECK", "-DVECTORSZ=256", "-march=native")
# Each state variable is read through a handle: it costs little only where gcc knows its offset and width, so where it inlines.
INLINE = ("-O3", "-finline-limit=5000", "--param", "inline-unit-growth=2000", "--param", "large-function-growth=10000")
UNPACKED = ("--pack-state", "off")
NO_TRACE = (*UNPACKED, "--counterexample-trace", "off")

CONFIGURATIONS = (
    Configuration("SPIN", "default, -O2", (), ("-O2", "-DSAFETY")),
    Configuration("SPIN", "lean, -O2", (), ("-O2", "-DNOCOMP", *LEAN), fastest=True),
    Configuration("SPIN", "lean, -O3", (), ("-O3", "-DNOCOMP", *LEAN)),
    Configuration("SPIN", "lean, statements not merged", ("-o1", "-o2", "-o3"), ("-O2", "-DNOCOMP", *LEAN)),
    Configuration("SPIN", "lean, -DCOLLAPSE", (), ("-O2", "-DCOLLAPSE", *LEAN)),
    Configuration("Rumur", "default, -O3", ("--threads", "1"), ("-O3",)),
    Configuration("Rumur", "inlined", ("--threads", "1", *UNPACKED), INLINE),
    Configuration("Rumur", "inlined, no traces", ("--threads", "1", *NO_TRACE), INLINE, fastest=True),
    Configuration("Rumur", "inlined, no traces, 2 threads", ("--threads", "2", *NO_TRACE), INLINE, fastest=True),
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A compiled checker in a folder, ready to run as often as wanted."""

    configuration: Configuration
    case: Case
    folder: Path
    command: tuple[str, ...]
    compile_seconds: float


def available(tool: str) -> bool:
    """Whether `tool` and the C compiler are installed."""
    return all(shutil.which(program) for program in (tool.lower(), "gcc"))


def prepare(configuration: Configuration, case: Case, folder: Path) -> Prepared:
    """Generate and compile the checker of `case` in the empty `folder`. Raises ValueError when that fails."""
    make = {"SPIN": _prepare_spin, "Rumur": _prepare_rumur}[configuration.tool]
    return make(configuration, case, folder)


def measure(prepared: Prepared) -> Measurement:
    """Run it once. Raises ValueError when it fails, does not see every state or counts anything but what it should."""
    child = run(prepared.command, prepared.folder)
    counts = {"SPIN": _spin_counts, "Rumur": _rumur_counts}[prepared.configuration.tool](child)
    return measured(
        prepared.configuration.tool, prepared.configuration.name, prepared.case, counts, child, prepared.compile_seconds
    )


def _sizes(case: Case) -> dict[str, int]:
    return {"N": case.scenario.nodes, "M": case.scenario.messages, "K": case.scenario.crashes}


def _prepare_spin(configuration: Configuration, case: Case, folder: Path) -> Prepared:
    sizes = [f"-D{constant}={value}" for constant, value in _sizes(case).items()]
    generated = run(["spin", *configuration.generate, *sizes, "-a", HERE / "gms3.pml"], folder)
    source = folder / "pan.c"
    # It prints 8 digits of each count, which is too few from 10**8 on.
    source.write_text(source.read_text(encoding="utf-8").replace("%9.8g", "%9.0f"), encoding="utf-8")
    built = run(["gcc", *configuration.build, f"-DMEMLIM={MEGABYTES}", "-o", "pan", "pan.c"], folder)
    # At most one state for each place of the hash table, so that chains are short and it never grows.
    command = ("./pan", f"-m{DEPTH}", f"-w{case.distinct.bit_length()}")
    return Prepared(configuration, case, folder, command, generated.seconds + built.seconds)


def _spin_counts(child: Child) -> tuple[int, int]:
    stored = re.search(r"(\d+) states, stored", child.output)
    transitions = re.search(r"(\d+) transitions \(= stored\+matched\)", child.output)
    whole = "errors: 0" in child.output and not re.search(r"depth too small|not completed|out of memory", child.output)
    if stored is None or transitions is None or not whole:
        raise ValueError(f"SPIN did not see every state: {child.output[-400:]}")
    return int(stored[1]), int(transitions[1]) - 1  # the entry into the first state is no transition


def _prepare_rumur(configuration: Configuration, case: Case, folder: Path) -> Prepared:
    text = (HERE / "gms3.m").read_text(encoding="utf-8")
    for constant, value in _sizes(case).items():
        text = re.sub(rf"^  {constant}: \d+;", f"  {constant}: {value};", text, count=1, flags=re.MULTILINE)
    (folder / "model.m").write_text(text, encoding="utf-8")
    exact = ("--deadlock-detection", "off", "--symmetry-reduction", "off")
    generated = run(["rumur", *exact, *configuration.generate, "--output", "model.c", "model.m"], folder)
    gcc = ("gcc", "-std=c11", "-march=native", "-mcx16", *configuration.build)
    built = run([*gcc, "-o", "model", "model.c", "-lpthread"], folder)
    return Prepared(configuration, case, folder, ("./model",), generated.seconds + built.seconds)


def _rumur_counts(child: Child) -> tuple[int, int]:
    found = re.search(r"(\d+) states, (\d+) rules fired", child.output)
    if found is None or "No error found." not in child.output:
        raise ValueError(f"Rumur did not see every state: {child.output[-400:]}")
    return int(found[1]), int(found[2])
