"""Which search a checkpoint belongs to, and whether the protocol still does in it what it did."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

from groupy_check import checker, groupy_model, specs
from groupy_check.checker.native.checkpoint.search_state import Question
from groupy_check.checker.native.memory.arenas import GrowingTable
from groupy_check.checker.native.tables.transitions import TransitionTables
from groupy_check.groupy_model.protocol import Explaining, Protocol
from groupy_check.groupy_model.scenario_text import scenario_json
from groupy_check.groupy_model.show import show

FORMAT = 3
OTHERWISE = {
    "format": "it was written by another version of groupy-check",
    "version": "it was written by another version of groupy-check",
    "program": "groupy-check itself has changed since it was written",
    "source": "the source of the protocol has changed since it was written",
    "start": "its search begins in another state",
}


def identity(question: Question) -> dict[str, Any]:
    """All that decides what a search finds, as plain JSON."""
    return {
        "format": FORMAT,
        "version": _version(),
        "program": _digest(path for package in (groupy_model, specs, checker) for path in _files(package)),
        "protocol": question.protocol.name,
        "source": _digest(_sources(question.protocol)),
        "properties": sorted(wanted.name for wanted in question.properties),
        **scenario_json(question.scenario),
        "exact": question.exact,
        "number of fingerprint bits": question.bits,
        "depth": question.depth,
        "start": list(map(show, question.start)),
    }


def difference(saved: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """In what the identity that was `saved` differs from the one `now`, as a sentence; "" if in nothing."""
    for name, value in now.items():
        if saved[name] != value:
            return OTHERWISE.get(name, f"its {name} was {_words(saved[name])}, and is {_words(value)} now")
    return ""


class Fingerprint:
    """Digests of all that the tables say. With equal journals they are equal if the protocol behaves as it did."""

    def __init__(self, rules: TransitionTables) -> None:
        words = rules.words
        self.texts: dict[str, Sequence[object]] = {
            "cores": words.cores.values, "logs": words.logs.values, "channels": words.channels.values,
            "rests": words.rests.values, "arounds": words.arounds.values, "messages": words.messages.values,
            "noted": words.noted.values, "deltas": rules.records.deltas,
        }  # fmt: skip
        self.numbers: dict[str, GrowingTable] = {
            "records": rules.records.records, "operations": rules.records.operations, "faults": rules.faults_found,
            "sections": rules.sections, "takings": rules.takings,
        }  # fmt: skip
        self.hashes = {name: sha256() for name in (*self.texts, *self.numbers)}
        self.counts = dict.fromkeys(self.hashes, 0)

    def digests(self) -> dict[str, str]:
        """The digests of what the tables hold now."""
        for name, values in self.texts.items():
            for value in values[self.counts[name] :]:
                self.hashes[name].update(show(value).encode("utf-8", "backslashreplace") + b"\0")
            self.counts[name] = len(values)
        for name, table in self.numbers.items():
            self.hashes[name].update(table.array[self.counts[name] : table.length].tobytes())
            self.counts[name] = table.length
        return {name: hashed.hexdigest() for name, hashed in self.hashes.items()}


def _files(package: ModuleType) -> Iterator[Path]:
    """Every file of `package` that is executed."""
    return (file for file in Path(package.__path__[0]).rglob("*") if file.suffix in {".py", ".erl"})


def _version() -> str:
    try:
        return version("groupy-check")
    except PackageNotFoundError:  # run from its sources
        return ""


def _sources(protocol: Protocol) -> set[Path]:
    """The files in which the class of `protocol` and those that it inherits from are written, or its program."""
    found = set()
    for kind in type(protocol).__mro__:
        with suppress(OSError, TypeError):  # what was typed into an interpreter, or is written in C, has none
            found.add(Path(inspect.getsourcefile(kind) or ""))
    return found | {Path(file) for file in (protocol.files if isinstance(protocol, Explaining) else ())}


def _digest(paths: Iterable[Path]) -> str:
    return sha256(b"\0".join(path.read_bytes() for path in sorted(paths) if path.is_file())).hexdigest()


def _words(value: Any) -> str:
    return "not set" if value is None else show(value)
