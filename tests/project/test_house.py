"""The architecture as tests: one meaning for each name, short functions and files, folders that can be taken in at a glance.

Import contracts are import-linter's, and that each package says what lives in it is ruff's.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("groupy_model", "specs", "reports", "checker")
LESSONS = "reports/lessons"  # written as students write
VOCABULARY = "groupy_model"
PROTOCOLS = "groupy_model/protocols"  # each has states and messages of its own
LONGEST_FUNCTION, LONGEST_FILE, FULLEST_FOLDER = 40, 400, 14
# A file for each notion, a folder for each wing, a file for each subcommand.
FULLER = {VOCABULARY: 20, "checker": 21, "checker/interfaces/commands": 20}
ENDING = re.compile(r"(ings?|ers?|ors?|ions?|ed|es|s|e)$")

# A family and its folder: `proof/model.py` says what a model is, `proof/models` holds them.
KNOWN_SIBLINGS = {("model", "models"), ("protocol", "protocols")}


@cache
def modules() -> dict[str, str]:
    """The text of every module in the four folders, by its path."""
    paths = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {path: text for path, text in texts.items() if not path.startswith(LESSONS)}


@cache
def types_in(path: str) -> set[str]:
    """The public types that a module defines; in the vocabulary also those that are unions, such as `Outcome`."""
    body = ast.parse(modules()[path]).body
    classes = {node.name for node in body if isinstance(node, ast.ClassDef)}
    assigned = {target for node in body if isinstance(node, ast.Assign) for target in map(ast.unparse, node.targets)}
    unions = {name for name in assigned if re.fullmatch(r"[A-Z]\w*[a-z]\w*", name)}
    return {name for name in classes | (unions if folder_of(path) == VOCABULARY else set()) if not name.startswith("_")}


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def defined_twice(paths: Iterable[str]) -> dict[str, list[str]]:
    """The types that several modules define, with these modules."""
    homes = defaultdict(list)
    for path in paths:
        for name in types_in(path):
            homes[name].append(path)
    return {name: found for name, found in homes.items() if len(found) > 1}


def test_no_two_types_have_one_name():
    found = defined_twice(path for path in modules() if not path.startswith(PROTOCOLS))
    assert found == {}


def test_no_type_of_a_protocol_is_called_as_one_of_the_vocabulary():
    vocabulary = [path for path in modules() if folder_of(path) == VOCABULARY]
    found = [defined_twice([path, *vocabulary]) for path in modules() if path.startswith(PROTOCOLS)]
    assert [twice for twice in found if twice] == []


def too_long(path: str) -> list[str]:
    """The file itself, its functions: those of too many lines."""
    text = modules()[path]
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    long = [f"{path}: {node.name}" for node in functions if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION]
    return long if len(text.splitlines()) <= LONGEST_FILE else [path, *long]


def test_files_and_functions_are_short():
    assert [name for path in modules() for name in too_long(path)] == []


@pytest.mark.parametrize("folder", sorted(set(map(folder_of, modules()))))
def test_a_folder_holds_few_things_and_no_two_whose_names_have_one_stem(folder):
    inside = {path.removeprefix(f"{folder}/").partition("/")[0] for path in modules() if path.startswith(f"{folder}/")}
    names = sorted(name.removesuffix(".py") for name in inside - {"__init__.py"})
    assert len(names) <= FULLER.get(folder, FULLEST_FOLDER)
    by_stem = defaultdict(list)
    for name in names:
        by_stem[ENDING.sub("", name)].append(name)
    assert {tuple(twins) for twins in by_stem.values() if len(twins) > 1} <= KNOWN_SIBLINGS


def test_the_table_of_wings_is_in_the_order_that_import_linter_enforces():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["containers"] == ["groupy_check.checker"])
    enforced = [name for layer in reversed(layers) for name in layer.split(" : ")]
    told = re.findall(r"^\| `checker/(\w+)", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert told == enforced
