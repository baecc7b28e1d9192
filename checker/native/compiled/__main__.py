"""Compile the kernel for a release wheel: `python -m groupy_check.checker.native.compiled` writes the archive."""

from __future__ import annotations

import os

# For every processor of its kind, and before numba is imported: it looks at this only then.
os.environ |= {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}

from groupy_check.checker.native.compiled import archive
from groupy_check.checker.native.compiled.signatures import needed, needed_when_wide

if __name__ == "__main__":
    calls = [*needed(), *needed_when_wide()]
    archive.write(archive.ARCHIVE, {call.label: call.function.bitcode(call.arguments) for call in calls})
    print(archive.ARCHIVE)
