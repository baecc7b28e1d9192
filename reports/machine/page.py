"""The page of a machine: the picture, and for each arrow its rule in the source and a call that takes it."""

from __future__ import annotations

from html import escape

from groupy_check.reports.formats.machine_data import Arrow, Machine
from groupy_check.reports.machine.drawing import draw, machine_graph
from groupy_check.reports.machine.table import machine_headline
from groupy_check.reports.page.standalone import document


def machine_page(machine: Machine, command: str) -> str:
    """Return the page of `machine` as HTML; `command` makes it again."""
    svg = draw(machine_graph(machine), "svg").decode()
    rows = "".join(map(_row, machine.arrows))
    untaken = "".join(f"<li><code>{escape(rule)}</code></li>" for rule in dict.fromkeys(rule.rule for rule in machine.untaken))
    never = f"<h2>Rules that no run has taken</h2><ul>{untaken}</ul>" if untaken else ""
    body = f"""<h1>The states of one process of {escape(machine.protocol)}</h1>
<p>{escape(machine_headline(machine))}</p>
<p>A box is a kind of local states. An arrow says what an event makes the process do, and in how many different calls of
<code>step</code>. <code>{escape(command)}</code></p>
<figure><div class="diagram natural" tabindex="0">{svg[svg.index("<svg") :]}</div></figure>
<div class="scroll" tabindex="0"><table class="rules"><thead><tr><th>state</th><th>event</th><th>next state</th><th>effects</th>
<th>calls</th><th>by the rule</th><th>for example</th></tr></thead><tbody>{rows}</tbody></table></div>{never}"""
    return document(f"The states of one process of {machine.protocol}", body)


def _row(arrow: Arrow) -> str:
    state, event, after = map(escape, arrow.example)
    cells = arrow.source, arrow.event, arrow.target, ", ".join(arrow.effects), f"{arrow.calls:,}"
    rules = "<br>".join(f"<code>{escape(rule)}</code>" for rule in arrow.rules)
    example = f"<code>{state}</code><br><code>{event}</code><br><code>{after}</code>"
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}<td>{rules}</td><td>{example}</td></tr>"
