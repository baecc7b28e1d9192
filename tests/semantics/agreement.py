"""Whether both engines say of a system what the referee says."""

from __future__ import annotations

from dataclasses import replace

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.scenario import Fairness
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.specs.registry import PARTITIONABLE, PROPERTIES
from groupy_check.specs.views import ADMISSION_UNLESS_SOMEBODY_ENDS
from tests.semantics.forever import HELD, Forever
from tests.semantics.referee import verdicts
from tests.semantics.sentences import EVENTUALLY, VIOLATED
from tests.semantics.traffic import TooLargeError
from tests.semantics.user_like import KEPT, case

JUDGED = [wanted for name, wanted in {**PROPERTIES, **PARTITIONABLE}.items() if name in VIOLATED and not wanted.worker]
NAMES = [wanted.name for wanted in JUDGED]
assert frozenset[type]().union(*(wanted.needs for wanted in JUDGED)) == KEPT

EVENTUAL = [ADMISSION_UNLESS_SOMEBODY_ENDS if name == "admission" else PROPERTIES[name] for name in (*EVENTUALLY, "progress")]
VERDICTS = {None: Verdict.HOLDS, HELD: Verdict.NOT_FOUND}  # of what is violated by no run


def agree(seed: int, limit: int, kind: str = "") -> str:
    """The engines count and judge what the referee does ("agree"), or refuse values that they could not tell apart."""
    try:
        _, protocol, scenario, space = case(seed, limit, kind)
    except TooLargeError:
        return "too large"
    try:
        results = [engine(protocol, scenario, JUDGED, Limits()).run() for engine in (Explorer, NativeExplorer)]
    except ProtocolError as error:
        assert "would be taken for the other" in str(error)  # noqa: PT017 - any other refusal is wrong
        return "refused"
    lengths = verdicts(space, NAMES)
    for result in results:
        coverage = result.coverage
        counts = coverage.distinct, coverage.generated, coverage.at_rest, coverage.depth
        assert counts == (space.distinct, space.generated, space.at_rest, space.depth), seed
        assert {finding.name: finding.length for finding in result.findings} == lengths, seed
        assert all((finding.verdict is Verdict.VIOLATED) == (finding.length is not None) for finding in result.findings)
    return "agree"


def agree_eventually(seed: int, limit: int) -> str:
    """Both engines judge what comes eventually as it is judged by force. Returns what is true of the system."""
    try:
        _, protocol, scenario, space = case(seed, limit, "endless")
        scenario = replace(scenario, fairness=list(Fairness)[seed % 2])
        forever = Forever(protocol, scenario, space)
        expected = forever.verdicts([wanted.name for wanted in EVENTUAL])
    except TooLargeError:
        return "too large"
    for engine in (Explorer, NativeExplorer):
        for finding in engine(protocol, scenario, EVENTUAL, Limits()).run().findings:
            wanted, lasso = expected[finding.name], finding.trace is not None and finding.trace.loop is not None
            assert finding.verdict is VERDICTS.get(wanted, Verdict.VIOLATED), (seed, finding.name, wanted, finding.verdict)
            assert lasso == (wanted == "cycle"), (seed, finding.name, wanted)
            assert lasso or finding.length == (wanted if isinstance(wanted, int) else None), (seed, finding.name, wanted)
    if not forever.rounds:
        return "comes to rest"
    return "a lasso" if "cycle" in expected.values() else "fair cycles"
