"""What `groupy states` prints: the machine of one process as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groupy_check.groupy_model.show import counted
from groupy_check.reports.formats.machine_data import Machine

if TYPE_CHECKING:
    from rich.console import Console


def machine_headline(machine: Machine) -> str:
    """`gms3: 4 kinds of local states, 14 arrows, 9 of 11 rules taken (all reachable states seen)`."""
    taken = machine.rules - len({rule.rule for rule in machine.untaken})
    rules = f", {taken} of {counted(machine.rules, 'rule')} taken" if machine.rules else ""
    seen = "all reachable states seen" if machine.whole else "not all states seen"
    kinds = "1 kind" if len(machine.kinds) == 1 else f"{len(machine.kinds)} kinds"
    return f"{machine.protocol}: {kinds} of local states, {counted(len(machine.arrows), 'arrow')}{rules} ({seen})"


def print_machine(console: Console, machine: Machine) -> None:
    """Write the arrows to `console`, and the rules that were never taken."""
    from rich.markup import escape  # noqa: PLC0415 - rich is slow to import
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("state", "event", "next state", "effects"):
        table.add_column(heading, overflow="fold")
    table.add_column("calls", justify="right")
    for arrow in machine.arrows:
        cells = arrow.source, arrow.event, arrow.target, ", ".join(arrow.effects), f"{arrow.calls:,}"
        table.add_row(*map(escape, cells))
    console.print(table)
    if machine.untaken:
        where = " in these runs" if machine.whole else " so far"
        console.print(f"\nrules never taken{where}:", style="bold", markup=False, highlight=False)
    for rule in dict.fromkeys(rule.rule for rule in machine.untaken):
        console.print(f"  {rule}", markup=False, highlight=False, soft_wrap=True)
