"""The reference of properties and protocols, generated from the registries, the docstrings and the manifest."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from groupy_check.groupy_model.protocol import USUAL_CLAIMS, Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.reports.site.course import found
from groupy_check.reports.site.matrix_pages import base, protocol_tables
from groupy_check.reports.site.runs import Runs, command_of, example, stem
from groupy_check.reports.site.sources import CODE_OR_LINK, Sources, between, contents, figure
from groupy_check.reports.tables.catalogue import claims_phrase, first_sentence
from groupy_check.specs.manifest import ManifestRow
from groupy_check.specs.property import Property
from groupy_check.specs.registry import LADDER, PROPERTIES

KINDS = {"safety": "safety: judged in every state", "liveness": "eventual: judged where nothing more happens on its own"}
MUTANT = "~"

Manifest = Mapping[str, ManifestRow]


def add_reference(sources: Sources, manifest: Manifest, runs: Runs) -> None:
    """Add the pages of properties and protocols to `sources`."""
    sources.pages["properties"] = "\n".join(_properties(sources, manifest, runs))
    main = [name for name in PROTOCOLS if MUTANT not in name]
    for name in main:
        sources.pages[f"protocols/{name}"] = "\n".join(_protocol(sources, name, manifest, runs))
    sources.pages["protocols/index"] = "\n".join(_protocols(main))


def docstring(thing: object) -> str:
    """Return the docstring of `thing`, which is plain text, as Markdown."""
    text = inspect.getdoc(thing) or ""
    return between(CODE_OR_LINK, text, lambda code: code[0], lambda rest: re.sub(r"([<*_])", r"\\\1", rest))


def links(kind: str, names: Sequence[str]) -> str:
    """Return `names` as links."""
    return ", ".join(link(kind, name) for name in names)


def link(kind: str, name: str) -> str:
    """Return a link to the property or protocol `name`."""
    return f"[{name}](#{label(kind, name)})"


def label(kind: str, name: str) -> str:
    """Return the label of a property or protocol in the site."""
    return f"{kind}-{name.replace(MUTANT, '-is-')}"


def facts(meanings: Mapping[str, str]) -> str:
    """Return a definition list; on a wide screen it has two columns."""
    return "\n".join([":::{container} facts", *(f"{term}\n: {meaning}\n" for term, meaning in meanings.items()), ":::\n"])


# --- properties -----------------------------------------------------------------------------------------------------


def _properties(sources: Sources, manifest: Manifest, runs: Runs) -> Iterator[str]:
    yield "# Properties\n"
    yield "What a run can be required to satisfy. `--property NAME` asks for one of them; the others are still judged.\n"
    yield "| property | kind | what it requires |\n|---|---|---|"
    for name, wanted in PROPERTIES.items():
        yield f"| {link('property', name)} | {wanted.kind.value} | {wanted.sentence} |"
    yield "\nCombinations of them are the kinds of multicast that textbooks define:\n"
    yield "| multicast | satisfies |\n|---|---|"
    for rung in LADDER:
        yield f"| {rung.name} | {links('property', [name for name in PROPERTIES if name in rung.properties])} |"
    for wanted in PROPERTIES.values():
        yield from _property(sources, wanted, manifest, runs)


def _property(sources: Sources, wanted: Property, manifest: Manifest, runs: Runs) -> Iterator[str]:
    name = wanted.name
    yield f"\n({label('property', name)})=\n## {name}\n"
    yield f"> {wanted.sentence}\n"
    claiming = [one for one, protocol in PROTOCOLS.items() if name in protocol.claims and MUTANT not in one]
    breaking = [f"{link('protocol', one)} ({told})" for one, told in _breaking(name, manifest)]
    definitions = {
        "Source": wanted.source,
        "Kind": KINDS[wanted.kind.value],
        "How it is judged": docstring(wanted.judge),
        "Put to the test when": wanted.goal_text,
        "Promised by": links("protocol", claiming) or "no protocol",
        "Broken by planted bugs": ", ".join(breaking) or "none of those in the matrix",
        "Code": f"[{_file(wanted.judge)}]({sources.link(_file(wanted.judge))})",
    }
    yield facts(definitions)
    yield from _example(wanted, manifest, runs)


def _breaking(name: str, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield each mutant that breaks the property `name` where its original does not, with the fault model and fewest steps."""
    for mutant, row in manifest.items():
        if MUTANT in mutant:
            original = manifest[base(mutant)].cells
            lengths = [
                (length, list(row.cells).index(model), model)
                for model, cell in row.cells.items()
                if isinstance(length := cell.verdicts.get(name), int)
                and not isinstance(original[model].verdicts.get(name), int)
            ]
            if lengths:
                length, _, model = min(lengths)
                yield mutant, f"{model}, {length} step{'' if length == 1 else 's'}"


def _example(wanted: Property, manifest: Manifest, runs: Runs) -> Iterator[str]:
    case = example(wanted.name, manifest)
    if case is None:
        yield "No protocol of the matrix violates it."
        return
    picture = f"/runs/{stem(case)}.svg"
    yield f"A violation, by {link('protocol', case.protocol)}: {found(case, runs, '')}.\n"
    yield figure(picture, f"{case.protocol}: {wanted.name} violated")
    yield f"\n```console\n$ {command_of(case)}\n```\n"


# --- protocols ------------------------------------------------------------------------------------------------------


def _protocols(main: Sequence[str]) -> Iterator[str]:
    yield "# Protocols\n"
    yield "The protocols that `--impl` knows, in the order of the course; each fixes a flaw of the previous ones.\n"
    yield f"The usual promises are {links('property', USUAL_CLAIMS)}.\n"
    yield "| protocol | what it is | promises | planted bugs |\n|---|---|---|---|"
    for name in main:
        protocol = PROTOCOLS[name]
        count = len(_mutants(name))
        yield f"| {link('protocol', name)} | {first_sentence(protocol)} | {claims_phrase(protocol.claims)} | {count or ''} |"
    yield ""
    yield contents(f"protocols/{name}" for name in main)


def _protocol(sources: Sources, name: str, manifest: Manifest, runs: Runs) -> Iterator[str]:
    protocol = PROTOCOLS[name]
    yield f"({label('protocol', name)})=\n# {name}\n"
    yield docstring(protocol) + "\n"
    yield facts(_facts(sources, name))
    if _module(protocol).rpartition(".")[2].replace("_", "-") == name:
        yield f"## How it works\n\n{docstring(sys.modules[protocol.__module__])}\n"
    if name in manifest:
        yield "## Promises kept, by fault model\n"
        yield from protocol_tables(manifest, name, runs)
    if _mutants(name):
        yield "\n## Planted bugs\n"
    for mutant in _mutants(name):
        yield f"\n({label('protocol', mutant)})=\n### {mutant}\n\n{docstring(PROTOCOLS[mutant])}\n"
        yield f"[Its code]({sources.link(_file(PROTOCOLS[mutant]))})\n"
        if mutant in manifest:
            yield from protocol_tables(manifest, mutant, runs)


def _facts(sources: Sources, name: str) -> dict[str, str]:
    protocol = PROTOCOLS[name]
    facts = {"Source": protocol.source, "Promises": links("property", protocol.claims) or "nothing"}
    parent = getattr(protocol.__mro__[1], "name", "")
    if parent:
        facts["Built on"] = link("protocol", parent)
    facts["Code"] = f"[{_file(protocol)}]({sources.link(_file(protocol))})"
    facts["Check it"] = f"`groupy-check --impl {name}`"
    return facts


def _mutants(name: str) -> list[str]:
    return [mutant for mutant in PROTOCOLS if mutant.startswith(f"{name}{MUTANT}")]


def _module(thing: type[Protocol] | object) -> str:
    return str(getattr(thing, "__module__", ""))


def _file(thing: object) -> str:
    """Return the path, in the repository, of the code of `thing`."""
    return f"{_module(thing).removeprefix('groupy_check.').replace('.', '/')}.py"
