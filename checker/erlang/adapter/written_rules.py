"""The rules of a program: the clauses of its functions, and those of `receive`, `case` and the like in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from groupy_check.checker.erlang.machine.program import Program
from groupy_check.checker.erlang.syntax.reading import text_of
from groupy_check.groupy_model.protocol import WrittenRule

LONGEST = 100  # characters of a rule's text


def rules_of(program: Program, files: Iterable[str]) -> tuple[WrittenRule, ...]:
    """Every clause in one of `files`; of those that begin in the same line, one."""
    functions = {
        (clause.body.spot.file, clause.written.at.line): name
        for module in program.modules.values()
        for (name, _), function in module.functions.items()
        for clause in function.clauses
    }
    inner = {(clause.body.spot.file, clause.written.at.line) for code in program.codes for clause in code.clauses}
    standing = {file for file, _ in inner | functions.keys()}
    read = (Path(file) for file in files if Path(file).name in standing)
    lines = {path.name: text_of(path.read_bytes()).split("\n") for path in read}
    found, within = list[WrittenRule](), ""
    for file, line in sorted(inner | functions.keys()):
        within = functions.get((file, line), within)
        if file in lines:
            found.append(WrittenRule(f"{file}:{line}", lines[file][line - 1].strip()[:LONGEST], within))
    return tuple(found)
