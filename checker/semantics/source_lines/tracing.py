"""What every trace of a handler needs: whose code to follow, and the trace that was there before put back."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from groupy_check.checker.semantics.source_lines.source_text import VOCABULARY, file_of, folder_of, methods_of
from groupy_check.groupy_model.protocol import Protocol

CHECKER = "groupy_check.checker."  # adapters: their source is not the protocol's


def folders_of(protocol: Protocol) -> set[str]:
    """The folders of the protocol's own source, which is read anew where it has changed."""
    kinds = [kind for kind in type(protocol).__mro__ if kind not in (Protocol, object)]
    own = [method for kind in kinds if not kind.__module__.startswith(CHECKER) for _, method in methods_of(kind)]
    for path in {file_of(method) for method in own}:
        linecache.checkcache(path)
    return {folder_of(method) for method in own if file_of(method) not in VOCABULARY}


@contextmanager
def traced(look: Callable[..., Any]) -> Iterator[None]:
    """Within, `look` is the trace function of this thread."""
    before = sys.gettrace()
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)
