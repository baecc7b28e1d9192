"""`groupy list`: the protocols, fault models and properties, straight from the registries and the manifest."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING

from groupy_check.groupy_model.protocol import USUAL_CLAIMS
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.specs.manifest import FAULT_MODELS, ManifestRow, read_manifest
from groupy_check.specs.registry import PROPERTIES

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_catalogue(console: Console) -> None:
    """Write the tables of protocols, of fault models and of properties to `console`."""
    manifest = read_manifest()
    protocols = _table("Protocols (--impl)", "protocol", "what it is", "claims", "keeps them under", "source")
    for name, protocol in PROTOCOLS.items():
        kept = kept_phrase(manifest.get(name))
        protocols.add_row(name, first_sentence(protocol), claims_phrase(protocol.claims), kept, protocol.source)
    models = _table("\nFault models (groupy matrix: up to 3 processes and 2 multicasts)", "name", "what may happen")
    for model in FAULT_MODELS:
        models.add_row(model.name, model.meaning)
    properties = _table("\nProperties (--property)", "property", "kind", "usual claim", "sentence", "source")
    for name, wanted in PROPERTIES.items():
        claimed = "yes" if name in USUAL_CLAIMS else "no"
        properties.add_row(name, wanted.kind.value, claimed, wanted.sentence, wanted.source)
    for table in (protocols, models, properties):
        console.print(table)


def _table(title: str, *headings: str) -> Table:
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    table = Table(title=title, title_justify="left", box=None)
    table.add_column(headings[0], no_wrap=True)
    for heading in headings[1:]:
        table.add_column(heading)
    return table


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
    kept = [model for model, cell in row.cells.items() if cell.kept(row.promises)]
    lost = [model for model in row.cells if model not in kept]
    if not lost:
        return f"all {len(kept)} fault models"
    return f"all but {', '.join(lost)}" if len(lost) < len(kept) else ", ".join(kept) or "none of the fault models"


def first_sentence(thing: object) -> str:
    """Return the first sentence of the docstring of `thing`."""
    return (inspect.getdoc(thing) or "").split(".", 1)[0].replace("\n", " ")
