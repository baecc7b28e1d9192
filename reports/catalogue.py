"""`groupy list`: what there is to check, and against what, straight from the registries."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING

from groupy_model.protocol import USUAL_CLAIMS
from groupy_model.registry import PROTOCOLS
from specs.registry import PROPERTIES

if TYPE_CHECKING:
    from rich.console import Console


def print_catalogue(console: Console) -> None:
    """Write the tables of protocols and of properties to `console`."""
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    protocols = Table("protocol", "what it is", "claims", title="Protocols (--impl)", title_justify="left", box=None)
    for name, protocol in PROTOCOLS.items():
        protocols.add_row(name, _first_sentence(inspect.getdoc(protocol) or ""), claims_phrase(protocol.claims))
    properties = Table(
        "property",
        "kind",
        "usual claim",
        "sentence",
        "source",
        title="\nProperties (--property)",
        title_justify="left",
        box=None,
    )
    for name, wanted in PROPERTIES.items():
        claimed = "yes" if name in USUAL_CLAIMS else "no"
        properties.add_row(name, wanted.kind.value, claimed, wanted.sentence, wanted.source)
    console.print(protocols)
    console.print(properties)


def claims_phrase(claims: Sequence[str]) -> str:
    """`claims`, in few words: as they differ from the usual ones, where they do not differ in most."""
    more = [name for name in claims if name not in USUAL_CLAIMS]
    less = [name for name in USUAL_CLAIMS if name not in claims]
    if len(less) > len(USUAL_CLAIMS) // 2:
        return f"only {', '.join(claims)}" if claims else "nothing"
    signs = [f"+ {name}" for name in more] + [f"- {name}" for name in less]
    return f"the usual, {', '.join(signs)}" if signs else "the usual"


def _first_sentence(text: str) -> str:
    return text.split(".", 1)[0].replace("\n", " ")
