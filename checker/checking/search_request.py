"""One search, as a value: what every front end and every command that searches hands to an engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from groupy_check.checker.checking.engine import Engine, Means, explored
from groupy_check.checker.limits.deadline import time_limit
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.progress_line import Reporter
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Result
from groupy_check.specs.property import Property


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """Search `protocol` under `scenario` for violations of `properties`, within `limits` and by `means`.

    `impl` is what a second interpreter loads, to try another hash seed (see OtherSeeds); "" for no such trial.
    """

    protocol: Protocol
    scenario: Scenario
    properties: Sequence[Property]
    limits: Limits = Limits()
    means: Means = Means()
    impl: str = ""

    def run(self, report: Reporter | None = None, engine: type[Engine] = Engine) -> Result:
        """What the search finds; `report` is told now and then how far it is. Raises ProtocolError as `explored` does."""
        with time_limit(self.limits.seconds):
            searching = engine(self.protocol, self.scenario, self.properties, self.limits, report, means=self.means)
            return explored(searching, self.impl)
