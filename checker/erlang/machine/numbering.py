"""The numbers of pids and references. Each new one is greater than all that anybody can still know, so states stay finite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from groupy_check.checker.erlang.machine.processes import Alarm, Proc, SiteState, Watching
from groupy_check.checker.erlang.terms.values import Pid, Ref


def highest(value: object, node: int = 0) -> int:
    """The highest number of a pid or reference of `node` in `value`; in a SiteState, of its own node, or known to others."""
    if isinstance(value, SiteState):
        inside = (value.procs, value.names, value.watches, value.alarms)
        numbers = (proc.number for proc in value.procs)
        return max(0, value.escaped, *numbers, highest(inside, value.node))
    return max((found.number for found in _numbered(value) if found.node == node), default=0)


def nameless(
    watches: Iterable[Watching], procs: tuple[Proc, ...], alarms: tuple[Alarm, ...], escaped: int
) -> tuple[Watching, ...]:
    """The monitors, those without a number whose reference nobody knows: they differ by nothing that can be seen."""
    return tuple(
        watching
        if watching.ref.number <= escaped or mentions((procs, alarms), watching.ref)
        else replace(watching, ref=Ref(watching.ref.node, 0))
        for watching in watches
    )


def mentions(value: object, ref: Ref) -> bool:
    """Whether `ref` is somewhere in `value`."""
    return any(found == ref for found in _numbered(value))


def _numbered(value: object) -> Iterator[Pid | Ref]:
    """The pids and references in `value`, in no order."""
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, Pid | Ref):
            yield item
        elif isinstance(item, tuple):
            rest.extend(item)
        else:
            rest.extend(getattr(item, name) for name in getattr(item, "__dataclass_fields__", ()))
