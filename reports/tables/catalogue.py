"""`groupy list`: the protocols, fault models and properties, straight from the registries and the manifest."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from groupy_check.groupy_model.protocol import USUAL_CLAIMS
from groupy_check.groupy_model.protocols.registry import MUTANTS, PROTOCOLS
from groupy_check.groupy_model.scenario_text import Json
from groupy_check.groupy_model.show import counted
from groupy_check.reports.wording.lines import PARAGRAPH, tell
from groupy_check.specs.manifest import FAULT_MODELS, ManifestRow, read_manifest
from groupy_check.specs.registry import BUILT_IN, PARTITIONABLE, PROPERTIES

if TYPE_CHECKING:
    from rich.console import Console

GAP = "  "  # between columns


def print_catalogue(console: Console, kind: str | None) -> None:
    """Write one list to `console`, a line each: of protocols (for None too), mutants, properties or fault models."""
    heading, *lines = _lined_up([*_LISTS[kind or "protocols"]()], console.width)
    tell(console, heading, style="bold")
    tell(console, "\n".join(lines))
    if kind is None:
        properties = len(PROPERTIES) + len(PARTITIONABLE)
        counts = f"{len(MUTANTS)} planted bugs, --models: {len(FAULT_MODELS)} fault models, --properties: {properties}"
        tell(console, f"\n--mutants: {counts}. All about gms3: groupy list gms3")


def print_entry(console: Console, name: str) -> None:
    """Write to `console` all that is known of the protocol or property called `name`."""
    lines = _about_protocol(name) if name in PROTOCOLS else _about_property(name)
    tell(console, name, style="bold")
    for heading, text in lines:
        if text:
            tell(console, f"{heading}: {text}", width=PARAGRAPH)


def names_of(kind: str | None) -> list[str]:
    """Return the names in that list."""
    return [name for name, *_ in _LISTS[kind or "protocols"]()][1:]


def catalogue_json(kind: str | None = None, name: str | None = None) -> str:
    """Return all that `groupy list` knows as one JSON object, or what it knows of one `kind` or of the one called `name`."""
    manifest = read_manifest()
    protocols: list[dict[str, Json]] = [
        {
            "name": name, "what": first_sentence(protocol), "claims": list(protocol.claims), "source": protocol.source,
            "mutant": name in MUTANTS, "broken_by": [*lost(manifest.get(name))],
        }
        for name, protocol in PROTOCOLS.items()
    ]  # fmt: skip
    properties: list[dict[str, Json]] = [
        {"name": name, "kind": wanted.kind.value, "sentence": wanted.sentence, "source": wanted.source}
        for name, wanted in BUILT_IN.items()
    ]
    models: list[dict[str, Json]] = [{"name": model.name, "meaning": model.meaning} for model in FAULT_MODELS]
    listed = {"protocols": protocols, "properties": properties, "models": models}
    if kind is not None or name is not None:
        wanted = names_of(kind) if name is None else [name]
        kept = {which: [entry for entry in entries if entry["name"] in wanted] for which, entries in listed.items()}
        listed = {which: entries for which, entries in kept.items() if entries}
    return json.dumps({"format": 1, **listed}, indent=2) + "\n"


def _protocols(mutants: bool) -> Iterator[Sequence[str]]:
    manifest = read_manifest()
    yield "planted bug" if mutants else "protocol", "what it is", "what breaks it"
    for name, protocol in PROTOCOLS.items():
        if (name in MUTANTS) is mutants:
            yield name, first_sentence(protocol), _broken(manifest.get(name))


def _properties() -> Iterator[Sequence[str]]:
    yield "property", "what it requires", "kind"
    yield from ((name, wanted.sentence, wanted.kind.value) for name, wanted in BUILT_IN.items())


def _models() -> Iterator[Sequence[str]]:
    yield "fault model", "what may happen", ""
    yield from ((model.name, model.meaning, "") for model in FAULT_MODELS)


_LISTS: Mapping[str, Callable[[], Iterator[Sequence[str]]]] = {
    "protocols": partial(_protocols, False),
    "mutants": partial(_protocols, True),
    "properties": _properties,
    "models": _models,
}


def _lined_up(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Yield each of the `rows`, of three texts, as a line; in the middle one, what has no room ends in an ellipsis."""
    first, last = (max(len(row[column]) for row in rows) for column in (0, 2))
    room = min(max(len(row[1]) for row in rows), width - first - last - 2 * len(GAP))
    for name, text, end in rows:
        middle = text if len(text) <= room else f"{text[: room - 1].rstrip()}…"
        yield f"{name:<{first}}{GAP}{middle:<{room}}{GAP}{end}".rstrip()


def _about_protocol(name: str) -> Iterator[tuple[str, str]]:
    protocol, row = PROTOCOLS[name], read_manifest().get(name)
    yield "what it is", " ".join((inspect.getdoc(protocol) or "").split())
    yield "source", protocol.source
    yield "claims", claims_phrase(protocol.claims)
    yield "keeps them under", kept_phrase(row)
    yield "broken by", ", ".join(lost(row))
    yield "planted bugs", ", ".join(mutant for mutant in MUTANTS if mutant.startswith(f"{name}~"))
    yield "try", f"groupy-check {name}, or groupy hunt {name}"


def _about_property(name: str) -> Iterator[tuple[str, str]]:
    wanted = BUILT_IN[name]
    yield "requires", wanted.sentence
    yield "kind", f"{wanted.kind.value}, {'usually' if name in USUAL_CLAIMS else 'not usually'} claimed"
    yield "source", wanted.source
    yield "put to the test when", wanted.goal_text
    yield "try", f"groupy-check gms2 --property {name}"


def lost(row: ManifestRow | None) -> tuple[str, ...]:
    """Return the fault models under which some promise is broken; none if the manifest has no row."""
    return () if row is None else tuple(model for model, cell in row.cells.items() if not cell.kept(row.promises))


def _broken(row: ManifestRow | None) -> str:
    """Return `crash and 10 more`: what breaks it first, in the order of the matrix."""
    models = lost(row)
    if not models:
        return "not in the matrix" if row is None else "nothing so far"
    return models[0] if len(models) == 1 else f"{models[0]} and {len(models) - 1} more"


def claims_phrase(claims: Sequence[str]) -> str:
    """Return `claims` in a few words: as a difference from the usual ones, unless most of these are missing."""
    more = [name for name in claims if name not in USUAL_CLAIMS]
    less = [name for name in USUAL_CLAIMS if name not in claims]
    if len(less) > len(USUAL_CLAIMS) // 2:
        return f"only {', '.join(claims)}" if claims else "nothing"
    signs = [f"+ {name}" for name in more] + [f"- {name}" for name in less]
    return f"the usual, {', '.join(signs)}" if signs else "the usual"


def kept_phrase(row: ManifestRow | None) -> str:
    """Return the fault models under which every promise holds; "" if the manifest has no row."""
    if row is None:
        return ""
    gone = lost(row)
    kept = [model for model in row.cells if model not in gone]
    if not gone:
        return f"all {counted(len(kept), 'fault model')}"
    return f"all but {', '.join(gone)}" if len(gone) < len(kept) else ", ".join(kept) or "none of the fault models"


def first_sentence(thing: object) -> str:
    """Return the first sentence of the docstring of `thing`."""
    return (inspect.getdoc(thing) or "").split(".", 1)[0].replace("\n", " ")
