"""The report of a profile: which parts of the state multiply the states, how wide each level is, which rules never applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from groupy_check.reports.formats.profile_data import OneProcess, Profile
from groupy_check.reports.wording.lines import tell

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_profile(console: Console, profile: Profile, *, whole: bool) -> None:
    """Write the whole profile to `console`; `whole`: all states were seen."""
    for title, table in _tables(profile):
        tell(console, f"\n{title}", style="bold")
        console.print(table)
    tell(console, "\n" + "\n".join(_remarks(profile)))
    if not whole:
        cut_short = "The search was cut short: what never happened here may happen in the states that were not seen."
        tell(console, cut_short)


def _tables(profile: Profile) -> Iterator[tuple[str, Table]]:
    yield f"{profile.states:,} distinct states, by what distinguishes them", _parts(profile)
    yield "distinct values, by process", _processes(profile.processes)
    if profile.channels:
        rows = [(f"{c.source} to {c.target}", c.contents, c.longest) for c in profile.channels]
        yield "distinct contents, by channel", _table(("channel", "contents", "longest"), rows)
    if profile.messages:
        messages = [(m.kind, m.distinct, m.contents, m.most) for m in profile.messages]
        yield "messages in the channels", _table(("message", "distinct", "contents that hold one", "most in one"), messages)
    levels = [(str(depth), level.states, level.at_rest) for depth, level in enumerate(profile.levels)]
    yield "by depth", _table(("depth", "states", "at rest"), levels)
    calls: list[tuple[str | int, ...]] = [
        (call.state, call.event, call.handled or "never", call.refused) for call in profile.calls
    ]
    yield "events offered to the rules, by local state", _table(("state", "event", "handled", "refused"), calls, texts=2)
    if profile.untaken:
        rules = [(r.where, r.inside, r.text, "only while the group forms" if r.forming else "") for r in profile.untaken]
        yield "rules never taken", _table(("where", "in", "rule", ""), rules, texts=4)


def _parts(profile: Profile) -> Table:
    rows = [(part.name, part.values, part.without, f"{profile.states / part.without:.1f}x") for part in profile.parts]
    return _table(("part", "values", "states without it", "it multiplies them by"), rows)


def _processes(processes: Sequence[OneProcess]) -> Table:
    names = list(dict.fromkeys(name for one in processes for name in one.fields))
    rows: list[tuple[str | int, ...]] = [(one.process, one.whole, *(one.fields[name] for name in names)) for one in processes]
    return _table(("process", "whole", *names), rows)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str | int]], texts: int = 1) -> Table:
    """Return a table whose first `texts` columns are text; the others are numbers."""
    from rich.markup import escape  # noqa: PLC0415 - rich is slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < texts else "right", overflow="fold")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else escape(cell) for cell in row))
    return table


def _remarks(profile: Profile) -> Iterator[str]:
    yield f"Rules: {profile.taken:,} of {profile.rules:,} branches and functions of the protocol were taken."
    if profile.unread:
        yield f"Not examined, because no source was available: {', '.join(profile.unread)}."
    if profile.budgets:
        yield f"Distinct values of budgets: {_listed(profile.budgets)}."
    yield f"Effects, by distinct handler outcomes: {_listed(profile.effects) or 'none'}."
    refused = [f"{call.event} in {call.state}" for call in profile.calls if not call.handled]
    remarks = {
        "Always refused": refused,
        "Events that never occurred": profile.never.events,
        "Effects mentioned in the source that never happened": profile.never.effects,
        "Messages that a rule expects but nobody sent": profile.never.messages,
    }
    yield from (f"{what}: {', '.join(names)}." for what, names in remarks.items() if names)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
