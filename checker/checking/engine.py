"""Which engine walks the states: the reference explorer as long as they are few, the native one when they become many.

Nobody waits for the native one to be compiled: the reference explorer goes on meanwhile (see `native.compiled.background`).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from groupy_check.checker.errors import UnrepeatableError
from groupy_check.checker.inputs.properties import is_users
from groupy_check.checker.limits.cores import cores, too_many
from groupy_check.checker.limits.deadline import extra_time, seconds_left, time_is_up, unless_time_is_up
from groupy_check.checker.limits.memory import address_space
from groupy_check.checker.search.base import HANDED_OVER, Limits, Progress
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.search.progress_line import CONFIRMING
from groupy_check.checker.semantics.step_cache import Handlers, is_built_in
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Kind, Result, Verdict
from groupy_check.specs.property import Property

if TYPE_CHECKING:
    from groupy_check.checker.native.compiled.background import Compiler
    from groupy_check.checker.native.search import NativeExplorer

FINGERPRINT_BITS = (64, 80, 96)
ROOMY = 4 << 30  # bytes of address space with which the native engine is of use
FEW = 10_000  # states that the reference explorer finishes before the native engine would be loaded
NOT_COMPILED = (
    "the time was up before the fast engine was compiled, which happens once: allow a minute, or drop --engine native"
)


class Choice(Enum):
    """Which engine: AUTOMATIC begins with the reference explorer and moves over when the states become many."""

    AUTOMATIC = "automatic"
    REFERENCE = "reference"
    NATIVE = "native"


@dataclass(frozen=True, slots=True)
class Means:
    """How to search. `workers` threads, `exact` (whole states are kept instead of fingerprints) and `fingerprint_bits`, one of
    FINGERPRINT_BITS, are of the native engine.

    So are the directories, and with one of them it is used at once: `spill` for states that wait, `checkpoint` for checkpoints,
    `resume` to go on from those that it has, and to add to them.

    `cluster`: where the owners of a distributed search are, as --cluster takes it; "" for a search in this process.
    """

    engine: Choice = Choice.AUTOMATIC
    workers: int = 1
    exact: bool = False
    spill: Path | None = None
    checkpoint: Path | None = None
    resume: Path | None = None
    fingerprint_bits: int = FINGERPRINT_BITS[0]
    cluster: str = ""

    @property
    def wide(self) -> bool:
        """Fingerprints have more bits than by default."""
        return self.fingerprint_bits > FINGERPRINT_BITS[0]

    @property
    def stores(self) -> bool:
        """Something lies in files."""
        return any((self.spill, self.checkpoint, self.resume))


class Engine:
    """One search, by the engine that suits it. Takes the arguments of `checker.search.base.Search`, and how to search."""

    def __init__(
        self,
        protocol: Protocol,
        scenario: Scenario,
        properties: Sequence[Property],
        limits: Limits = Limits(),
        report: Callable[[Progress], None] | None = None,
        start: Sequence[Action] = (),
        means: Means = Means(),
    ) -> None:
        self.protocol, self.properties, self.limits, self.report, self.means = protocol, properties, limits, report, means
        self.compiler: Compiler | None = None
        self.latest: Progress | None = None
        self.reference = Explorer(
            protocol, scenario, properties, limits, report and self._report, start, enough=self._enough
        )  # fmt: skip
        self.scenario = self.reference.scenario

    @property
    def handle(self) -> Handlers:
        """The protocol's handlers, as far as they were called."""
        return self.reference.semantics.handle

    def run(self) -> Result:
        """Search until everything is seen or a limit is hit. Raises as `Search.run`."""
        try:
            result = self._searched()
            said = too_many(self.means.workers) if result.coverage.engine == "native" else ""
            return replace(result, warnings=(*result.warnings, said)) if said else result
        finally:
            if self.compiler is not None:
                self.compiler.stop()

    def _searched(self) -> Result:
        if self.means.cluster:
            return self._distributed() if self._compiled() else self._not_compiled()
        if self.means.engine is Choice.NATIVE or self.means.stores:
            return self.native().run() if self._compiled() else self._not_compiled()
        result = self.reference.run()
        if result.coverage.bound != HANDED_OVER:
            return result
        native = self.native()
        self.reference.forget()
        return kept(result, native.run())

    def _enough(self, distinct: int) -> bool:
        """Whether the native engine takes over at this number of distinct states; starts to compile it where that is due."""
        few = distinct < FEW or (self.limits.states is not None and self.limits.states <= FEW)
        if few or self.means.engine is Choice.REFERENCE or (address_space() or ROOMY) < ROOMY:
            return False
        if self.compiler is None:
            from groupy_check.checker.native.compiled.background import Compiler  # noqa: PLC0415 - slow to import, and few states need none

            self.compiler = Compiler()
        return self.compiler.ready()

    def _compiled(self) -> bool:
        """Whether the native engine can begin. Where time is limited, another process compiles it: that can be left alone."""
        from groupy_check.checker.native.compiled import background, signatures  # noqa: PLC0415 - slow to import

        if signatures.ready():
            return True
        if self.report is not None:
            print("compiling the fast engine, for the first and only time: this takes a quarter of a minute", file=sys.stderr)
        if seconds_left() is not None:
            self.compiler = background.Compiler()
            while not self.compiler.ready():
                if time_is_up():
                    return False
                time.sleep(background.PAUSE)
        return True

    def _not_compiled(self) -> Result:
        """What is known when there was no time for the native engine: hardly more than the first state."""
        result = self.reference.run()
        return replace(result, warnings=(*result.warnings, NOT_COMPILED))

    def _report(self, progress: Progress) -> None:
        self.latest = progress
        if self.report is not None:
            self.report(replace(progress, note=self.compiler.note) if self.compiler is not None else progress)

    def confirming(self) -> None:
        """Report that the search is over, and that others are asked the same."""
        if self.report is not None and self.latest is not None:
            self.report(replace(self.latest, note=CONFIRMING))

    def native(self) -> NativeExplorer:
        from groupy_check.checker.native.search import NativeExplorer  # noqa: PLC0415 - slow to import, and few states need none

        first = self.reference
        native = NativeExplorer(
            self.protocol, self.scenario, self.properties, self.limits, self.report and self._report, first.start,
            workers=min(self.means.workers, cores()), exact=self.means.exact, bits=self.means.fingerprint_bits,
            spill=self.means.spill, checkpoint=self.means.checkpoint, resume=self.means.resume,
        )  # fmt: skip
        native.share(first.semantics.handle)
        native.began = first.began
        return native

    def _distributed(self) -> Result:
        from groupy_check.checker.distributed.address import ClusterAddress  # noqa: PLC0415 - only who asks for a cluster needs it
        from groupy_check.checker.distributed.search import ClusterExplorer  # noqa: PLC0415

        first = self.reference
        with ClusterAddress.of(self.means.cluster).crew() as crew:
            search = ClusterExplorer(
                self.protocol, self.scenario, self.properties, self.limits, self.report, first.start,
                crew=crew, checkpoint=self.means.checkpoint, resume=self.means.resume,
            )  # fmt: skip
            search.share(first.semantics.handle)
            search.began = first.began
            return search.run()


def kept(before: Result, after: Result) -> Result:
    """`after`, with the violations that the search `before` has found and it has not, as a limit may have ended it earlier.

    That everything was seen and no violation of a safety property was among it is the engine's fault, and said in a warning.
    """
    found = [
        one if one.verdict is Verdict.VIOLATED and other.verdict is not Verdict.VIOLATED else other
        for one, other in zip(before.findings, after.findings, strict=True)
    ]
    lost = [
        f"the native engine missed the violation of {one.name}, which is a fault of this program: use --engine reference"
        for one, other in zip(found, after.findings, strict=True)
        if one != other and one.kind is Kind.SAFETY and after.coverage.extent is Extent.EXHAUSTED
    ]
    return replace(after, findings=tuple(found), warnings=(*after.warnings, *lost))


def explored(engine: Engine, impl: str) -> Result:
    """The result of `engine`, which other interpreters that load `impl` agree with (see OtherSeeds). Raises ProtocolError."""
    if is_built_in(engine.protocol) and not any(map(is_users, engine.properties)):
        return engine.run()
    from groupy_check.checker.inputs.other_interpreters.confirmation import UNCONFIRMED  # noqa: PLC0415 - for what is the user's own
    from groupy_check.checker.inputs.other_interpreters.hash_seed import OtherSeeds  # noqa: PLC0415

    with OtherSeeds(impl, engine.scenario, engine.properties) as others:
        try:
            result = engine.run()
        except UnrepeatableError:
            others.confirm(engine.handle, [])  # knows more precisely what is wrong
            raise
        engine.confirming()
        with extra_time(), unless_time_is_up(UNCONFIRMED) as unconfirmed:
            others.confirm(engine.handle, [(found.name, found.trace) for found in result.findings if found.trace is not None])
    return replace(result, warnings=(*result.warnings, *unconfirmed))
