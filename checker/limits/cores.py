"""How many threads or processes can work at the same time here."""

from __future__ import annotations

import os


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def too_many(workers: int) -> str:
    """What to say where `workers` are more than there are cores; "" where they are not."""
    there = cores()
    return f"of {workers} workers, {there} took part: there are no more cores here" if workers > there else ""
