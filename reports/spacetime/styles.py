"""The look of each kind of box and line, as graphviz attributes. No two kinds differ in colour alone."""

from __future__ import annotations

from groupy_check.reports.spacetime.palette import ALARM, ALARM_PANEL, FAINT, INK, NOTE, NOTE_PANEL, PALE, PANEL, PAPER
from groupy_check.reports.spacetime.shapes import Box, Line, look_of

Look = dict[str, str]

_TEXT: Look = {"fillcolor": PAPER, "color": PAPER, "penwidth": "0", "fontcolor": INK}
_POINT: Look = {"shape": "circle", "fillcolor": INK, "color": INK}
_NOTICE: Look = {"shape": "diamond", "fillcolor": PAPER, "color": ALARM, "fontcolor": ALARM, "penwidth": "1.4"}
_PANEL: Look = {"fillcolor": PANEL, "color": INK, "fontcolor": INK}
_ALARM: Look = {"fillcolor": ALARM_PANEL, "color": ALARM, "fontcolor": INK, "penwidth": "1.6"}

# Keyed by the first word of a kind; further words add attributes.
_BOXES: dict[str, Look] = {
    "title": _TEXT,
    "step": _TEXT,
    "process": _PANEL | {"style": "rounded,filled"},
    "install": {"color": INK, "fontcolor": PAPER},
    "delivery": {"color": INK, "fontcolor": "#000000"},
    "ignored": {"fillcolor": PAPER, "color": PALE, "fontcolor": PALE},
    "multicast": {"shape": "circle", "color": INK},
    "send": _POINT,
    "join": _POINT,
    "leave": _POINT | {"fillcolor": PAPER},
    "timeout": {"shape": "invtriangle", "fillcolor": PAPER, "color": INK},
    "recover": {"shape": "triangle", "fillcolor": PAPER, "color": INK},
    "down": _NOTICE,
    "suspect": _NOTICE,
    "spurious": _NOTICE,
    "copy": _POINT | {"fillcolor": PAPER},
    "label": _TEXT,
    "beside": _TEXT,
    "network": _TEXT,
    "refusal": {"fillcolor": NOTE_PANEL, "color": NOTE, "fontcolor": INK, "penwidth": "0.8"},
    "window": {"color": INK, "fontcolor": INK},
    "legend": _TEXT,
    "strip": _PANEL | {"color": PALE},
    "verdict": _PANEL | {"style": "rounded,filled"},
}
_BOX_WORDS: dict[str, Look] = {
    "crash": {"fontcolor": ALARM},
    "halt": {"fontcolor": ALARM},
    "undone": {"fontcolor": ALARM},
    "suspect": {"fontcolor": ALARM},
    "spurious": {"fontcolor": ALARM},
    "in-flight": {"fontcolor": PALE},
    "undeliverable": {"fontcolor": PALE},
    "refused": {"fontcolor": INK},
    "dark": {"fontcolor": PAPER},
    "ended": {"style": "filled,dashed"},
    "diverging": _ALARM | {"peripheries": "2"},
    "violated": _ALARM | {"fontcolor": ALARM},
}

_CROSS: Look = {"color": ALARM, "penwidth": "2.6", "arrowhead": "none"}
_LINES: dict[str, Look] = {
    "life": {"penwidth": "8", "arrowhead": "none"},
    "stripe": {"color": PAPER, "penwidth": "2.4", "arrowhead": "none"},
    "absent": {"color": FAINT, "penwidth": "1", "arrowhead": "none"},
    "partition": {"color": ALARM, "style": "dashed", "penwidth": "1.6", "arrowhead": "none"},
    "heal": {"color": PALE, "style": "dashed", "arrowhead": "none"},
    "cycle": {"color": INK, "penwidth": "1.6", "arrowhead": "none"},
    "message": {"color": INK},
    "notice": {"color": ALARM, "style": "dotted", "penwidth": "1.3"},
    "undone": {"color": ALARM, "style": "dashed", "penwidth": "1.3", "arrowhead": "tee"},
    "crash": _CROSS,
    "halt": _CROSS,
    "lost": _CROSS | {"penwidth": "2"},
}
_LINE_WORDS: dict[str, Look] = {
    "ignored": {"color": PALE},
    "lost": {"arrowhead": "none"},
    "in-flight": {"color": PALE, "style": "dashed", "arrowhead": "none"},
    "undeliverable": {"color": PALE, "penwidth": "0.8", "arrowhead": "tee"},
    "copy": {"style": "dashed"},
    "start": {"arrowhead": "none"},
    "dashed": {"style": "dashed"},
    "dotted": {"style": "dotted", "penwidth": "4"},
}

DIM_BOX: Look = {"fillcolor": PAPER, "color": FAINT, "fontcolor": PALE}
DIM_LINE: Look = {"color": FAINT}


def box_look(box: Box) -> Look:
    """Return the graphviz attributes of `box`."""
    first, *words = look_of(box.kind)
    look = dict(_BOXES[first])
    for word in words:
        look |= _BOX_WORDS.get(word, {})
    return look | ({"fillcolor": box.colour} if box.colour else {})


def line_look(line: Line) -> Look:
    """Return the graphviz attributes of `line`."""
    first, *words = look_of(line.kind)
    look = dict(_LINES[first])
    for word in words:
        look |= _LINE_WORDS.get(word, {})
    if first == "notice":
        look["style"] = "dotted"
    return look | ({"color": line.colour} if line.colour else {})
