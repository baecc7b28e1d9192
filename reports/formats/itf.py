"""Traces as files: Apalache's Informal Trace Format (ADR-015, "ITF: informal trace format"), `.itf.json`.

    top      "#meta" (see below), "vars", "states"
    state    "#meta": {"index": k}, "action" (the one that led here; none for state 0), "processes", "channels" (maps
             [source, target] to the queue, oldest first; empty ones are left out), "budget" (what is left), "split" (p1's side
             of a complete partition, empty where the network is whole; a partition of another kind as a dataclass)

    value                encoding
    bool, str            as in JSON
    int                  {"#bigint": "3"}; a bare JSON number is never a value
    Node                 "p1"
    None                 {"tag": "None"}
    enum member          {"tag": "Status", "value": "UP"}
    tuple                {"#tup": [...]}
    frozenset            {"#set": [...]}, sorted by the members' JSON text
    dict                 {"#map": [[key, value], ...]}, sorted by the keys' JSON text
    dataclass            {"tag": "Crash", "process": "p1"}; a field `tag`, `_tag`, ... gets one more `_` in front
    anything else        {"tag": "repr", "text": "..."}

The top "#meta" carries what a replay needs, as plain JSON: "groupy" (the version of this layout), "protocol", "scenario" and
"property" (null: none), plus "format", "format-description" and "description" for other readers. Messages belong to the
user's protocol, so objects are never rebuilt from text: a reader replays the run and finds each action with `match`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, NoReturn, cast

from groupy_check.groupy_model.actions import Action, Partition
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.scenario import CutOff, PartitionKind, Scenario
from groupy_check.groupy_model.scenario_text import Json, scenario_json
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import Budget, Process, System
from groupy_check.groupy_model.trace import Trace

VERSION = 1
VARS = ("action", "processes", "channels", "budget", "split")
NONE: Json = {"tag": "None"}
UNSAID = (  # files of before did not know of these
    (Process, "stored", None), (Budget, "recoveries", 0), (Budget, "spurious", 0),
    (Partition, "others", ()), (Partition, "kind", PartitionKind.COMPLETE),
)  # fmt: skip
ADR = "https://apalache-mc.org/docs/adr/015adr-trace.html"


@dataclass(frozen=True, slots=True)
class ItfFile:
    """A trace as read: `actions[k]` (see `encode`) leads from `states[k]` (see `encode_system`) to the next state.

    `loop` is as in Trace: the last state equals the state with this number.
    """

    protocol: str
    scenario: Scenario
    property: str | None
    actions: tuple[Json, ...]
    states: tuple[Json, ...]
    loop: int | None = None


# --- writing ---------------------------------------------------------------------------------------------------------


def to_itf(trace: Trace, property: str | None = None) -> str:  # noqa: A002  (the field's word)
    """Return `trace` as the text of an ITF file; `property` names what it violates. Equal traces give equal text."""
    led = (NONE, *map(encode, trace.actions))
    states = [
        {"#meta": {"index": index}, "action": action, **encode_system(system)}
        for index, (action, system) in enumerate(zip(led, trace.states, strict=True))
    ]
    document: dict[str, object] = {"#meta": _meta(trace, property), "vars": list(VARS), "states": states}
    if trace.loop is not None:
        document["loop"] = trace.loop
    return json.dumps(document, indent=2, sort_keys=True, check_circular=False) + "\n"  # made just now: no part contains itself


def _meta(trace: Trace, violated: str | None) -> dict[str, Json]:
    length = "1 step" if len(trace.steps) == 1 else f"{len(trace.steps)} steps"
    ending = f" that violates {violated}" if violated else ""
    return {
        "format": "ITF",
        "format-description": ADR,
        "description": f"A run of {trace.protocol} in {length}{ending}",
        "groupy": VERSION,
        "protocol": trace.protocol,
        "scenario": scenario_json(trace.scenario),
        "property": violated,
    }


def encode_system(system: System) -> dict[str, Json]:
    """Return the ITF variables of a state, except "action"."""
    size = len(system.processes)
    nodes = [Node(index + 1) for index in range(size)]
    pairs = [(source, target) for source in nodes for target in nodes]
    return {
        "processes": encode(dict(zip(nodes, system.processes, strict=True))),
        "channels": encode({pair: queued for pair, queued in zip(pairs, system.channels, strict=True) if queued}),
        "budget": encode(system.budget),
        "split": _split(system.split),
    }


def _split(split: Partition | None) -> Json:
    """Return the partition in force: a complete one is known by p1's side, and where there is none that is empty."""
    whole_sides = split is None or split.kind is PartitionKind.COMPLETE
    return encode(frozenset(split.side if split else ())) if whole_sides else encode(split)


def encode(value: object) -> Json:
    """Return `value` in ITF; see the table above. Equal values of equal types have equal encodings, for any hash seed."""
    match value:
        case None:
            return NONE
        case Enum():  # before int and str, which a member may be as well
            return {"tag": type(value).__name__, "value": encode(value.name)}
        case bool() | str():
            return value
        case Node():
            return str(value)
        case int():
            return {"#bigint": str(int(value))}
        case tuple():
            return {"#tup": [encode(item) for item in value]}
        case frozenset():
            return {"#set": sorted(map(encode, value), key=_canonical)}
        case dict():
            pairs: list[Json] = [[encode(key), encode(item)] for key, item in value.items()]
            return {"#map": sorted(pairs, key=_canonical)}
    if is_dataclass(value) and not isinstance(value, type):
        # A field ignored by equality must not make two equal actions look different.
        named = {field.name: getattr(value, field.name) for field in fields(value) if field.compare}
        inner = {_key(name): encode(part) for name, part in named.items() if (type(value), name, part) not in UNSAID}
        return {"tag": type(value).__name__, **inner}
    return {"tag": "repr", "text": show(value)}


def _key(name: str) -> str:
    return f"_{name}" if name.lstrip("_") == "tag" else name


def _canonical(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def match(file_action: Json, candidates: Iterable[Action]) -> Action | None:
    """Return the candidate that encodes as `file_action`, or None. Raises ValueError if different candidates do."""
    if isinstance(file_action, dict) and file_action.get("tag") == "Duplicate":
        file_action = {"place": NONE, **file_action}  # files of before had copies only behind all others, and did not say so
    found = [action for action in candidates if encode(action) == file_action]
    for other in found[1:]:
        if other != found[0]:
            one, two = _quote(show(found[0])), _quote(show(other))
            raise ValueError(f"{one} and {two} have the same encoding; give the classes of their contents different names")
    return found[0] if found else None


# --- reading: the text is untrusted ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands in a parsed document for a value that JSON allows but ITF does not, until its path is known."""

    reason: str


def read_itf(text: str) -> ItfFile:
    """Return the trace in `text`, as made by `to_itf`. Raises ValueError: one line saying what is wrong and where."""
    try:
        document = _parse(text)
        _refuse(document, "the file")
        return _file(document)
    except RecursionError:
        raise ValueError("the file: nested too deeply to be a trace") from None


def _parse(text: str) -> Any:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=lambda word: _Refused(f"{word} is not a value"),
            parse_float=lambda _: _Refused("a fraction is not a value"),
            parse_int=lambda digits: int(digits) if len(digits) <= 18 else _Refused("the number is too long"),
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = _Refused("the key occurs twice in one object") if key in found else value
    return found


def _refuse(value: Any, path: str) -> None:
    """Raise ValueError for the first refused value in `value`."""
    if isinstance(value, _Refused):
        _fail(path, value.reason)
    for where, inner in _parts(value, path):
        _refuse(inner, where)


def _parts(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the direct children of a JSON list or object, each with its path."""
    if isinstance(value, list):
        yield from ((f"{path}[{index}]", item) for index, item in enumerate(value))
    elif isinstance(value, dict):
        yield from ((_at(path, key), item) for key, item in value.items())


def _file(document: Any) -> ItfFile:
    _keys(document, "the file", ("#meta", "vars", "states", *(("loop",) if "loop" in _dict(document, "the file") else ())))
    meta = _dict(document["#meta"], "#meta")
    if _get(meta, "groupy", "#meta") != VERSION:
        _fail("#meta.groupy", f"this version reads files of version {VERSION}, not {_quote(meta['groupy'])}")
    if document["vars"] != list(VARS):
        _fail("vars", f"expected {_quote(list(VARS))}, not {_quote(document['vars'])}")
    violated = _get(meta, "property", "#meta")
    scenario = _scenario(_get(meta, "scenario", "#meta"), "#meta.scenario")
    states = _states(document["states"], scenario.size)
    loop = document.get("loop")
    if "loop" in document and (type(loop) is not int or not 0 <= loop < len(states) - 1):
        _fail("loop", f"expected the number of a state before the last, not {_quote(loop)}")
    return ItfFile(
        _text(_get(meta, "protocol", "#meta"), "#meta.protocol"),
        scenario,
        None if violated is None else _text(violated, "#meta.property"),
        tuple(state["action"] for state in states[1:]),
        tuple({name: state[name] for name in VARS if name != "action"} for state in states),
        loop,
    )


def _scenario(value: Any, path: str) -> Scenario:
    """Return the scenario. Every field must be present: changing a default must not change the meaning of old files.

    Files of before knew no recoveries, and no partitions but complete ones, which lose messages.
    """
    if isinstance(value, dict):
        value = {"recoveries": 0, "partition_kind": PartitionKind.COMPLETE.value, "cut_off": CutOff.LOST.value, **value}
    _keys(value, path, tuple(field.name for field in fields(Scenario)))
    chosen = {field.name: _choice(value[field.name], field, _at(path, field.name)) for field in fields(Scenario)}
    try:
        return Scenario(**chosen)
    except ValueError as error:
        _fail(path, str(error))


def _choice(value: Any, field: Field[Any], path: str) -> Any:
    """Return `value` as the type of the field's default: enum, bool or int; if the default is None, int or null."""
    if isinstance(field.default, Enum):
        members = {member.value: member for member in type(field.default)}
        if not isinstance(value, str) or value not in members:
            _fail(path, f"expected one of {', '.join(members)}, not {_quote(value)}")
        return members[value]
    kind = bool if isinstance(field.default, bool) else int
    if type(value) is not kind and not (value is None and field.default is None):
        _fail(path, f"expected {'true or false' if kind is bool else 'a whole number'}, not {_quote(value)}")
    return value


def _states(value: Any, size: int) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        _fail("states", f"expected a list of states, not {_quote(value)}")
    for index, state in enumerate(value):
        path = f"states[{index}]"
        _keys(state, path, ("#meta", *VARS))
        if state["#meta"] != {"index": index}:
            _fail(f"{path}.#meta", f"expected {_quote({'index': index})}, not {_quote(state['#meta'])}")
        for name in VARS:
            _value(state[name], f"{path}.{name}")
        if (state["action"] == NONE) != (index == 0):
            _fail(f"{path}.action", "every state but the first needs an action that leads to it")
        _count(state["processes"], size, f"{path}.processes")
    return value


def _count(processes: Any, size: int, path: str) -> None:
    # Refuses a scenario of a billion processes before any memory is allocated for them.
    match processes:
        case {"#map": pairs} if len(pairs) == size:
            return
    _fail(path, f"expected a map of the scenario's {size} processes")


def _value(value: Any, path: str) -> None:  # noqa: C901 - an arm for each kind of value
    """Raise ValueError unless `value` is an encoding."""
    match value:
        case bool() | str():
            return
        case {"#bigint": str(digits)} if len(value) == 1:
            if not re.fullmatch(r"0|-?[1-9][0-9]*", digits):
                _fail(path, f"{_quote(digits)} is not a whole number")
        case {"#tup": list(items)} | {"#set": list(items)} if len(value) == 1:
            for where, item in _parts(items, path):
                _value(item, where)
        case {"#map": list(pairs)} if len(value) == 1:
            for where, pair in _parts(pairs, path):
                if not isinstance(pair, list) or len(pair) != 2:
                    _fail(where, f"expected a key and a value, not {_quote(pair)}")
                for inner, item in _parts(pair, where):
                    _value(item, inner)
        case dict() if not any(key.startswith("#") for key in value):
            for where, item in _parts(value, path):
                _value(item, where)
        case int():
            _fail(path, f"a number is written as {_quote(encode(value))}, not as {value}")
        case _:
            _fail(path, f"{_quote(value)} is not an ITF value")


def _dict(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _fail(path, f"expected an object, not {_quote(value)}")
    return cast(dict[str, Any], value)


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        _fail(path, f"expected a text, not {_quote(value)}")
    return value


def _get(value: Mapping[str, Any], key: str, path: str) -> Any:
    if key not in value:
        _fail(path, f"{_quote(key)} is missing")
    return value[key]


def _keys(value: Any, path: str, names: tuple[str, ...]) -> None:
    """Raise ValueError unless `value` is an object with exactly these keys."""
    found = _dict(value, path)
    for name in names:
        _get(found, name, path)
    for key in found:
        if key not in names:
            _fail(path, f"{_quote(key)} does not belong there")


def _at(path: str, key: str) -> str:
    step = key if re.fullmatch(r"#?[A-Za-z0-9_-]{1,40}", key) else f"[{_quote(key)}]"
    return step if path == "the file" else f"{path}{'' if step.startswith('[') else '.'}{step}"


def _quote(value: Any, limit: int = 80) -> str:
    """Return `value` as JSON on one short line."""
    text = json.dumps(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _fail(path: str, reason: str) -> NoReturn:
    raise ValueError(f"{path}: {reason}")
