"""The result of a check, for programs: `--format json`.

    key         value
    format      2; incremented when a key is removed or changes its meaning, not when one is added
    protocol    name
    scenario    every field of Scenario: numbers, booleans, null; enums as their word
    verdict     what the findings that count come to, those asked for or else the claimed ones: "OK", "VIOLATED", "NOT DECIDED"
                or, where there are none, "NOTHING TO DECIDE"; whatever is expected
    exit_code   the exit status of the command that printed this
    coverage    extent: "EXHAUSTED": all reachable states were seen; "BOUNDED": a bound was hit;
                "SAMPLED": runs were drawn at random; "REPLAYED": one run was executed again;
                generated, distinct, left, depth, at_rest: counts; seconds; bound: what stopped the search, "" if nothing did;
                engine, missed, fingerprint_bits, bytes_per_state: see Coverage in groupy_check.groupy_model.verdict
    findings    list, in the order of judgement, of objects with
                name, kind ("safety" or "liveness"), claimed (bool), verdict ("holds", "violated" or "not_found"),
                exercised (bool; false: a pass means nothing),
                witness: null, or text, and lists of text: processes, payloads, views,
                length: null, or the number of steps of the counterexample,
                steps: null, or a list of text, one per step
    warnings    list of sentences
    expectations  only with --expect: list of property, expected and found (verdicts), met (bool)
    pictures    property names mapped to the paths of the pictures of their counterexamples
    profile     only with --profile: the fields of `reports.formats.profile_data.Profile`, by their names

Processes, payloads and views are text, as written by `show`. Equal results give equal text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from groupy_check.groupy_model.scenario_text import Json, scenario_json
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Coverage, Finding, Result, Verdict, Witness
from groupy_check.reports.formats.profile_data import Profile, profile_json
from groupy_check.reports.wording.phrases import action_line

FORMAT = 2


@dataclass(frozen=True, slots=True)
class JsonExtras:
    """What the JSON says beside the result: `names` of the properties asked for, and the keys called like these fields."""

    names: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, Verdict] = field(default_factory=dict)
    profile: Profile | None = None


def result_to_json(result: Result, exit_code: int, extras: JsonExtras) -> str:
    """Return `result` as one JSON object."""
    document: dict[str, Json] = {
        "format": FORMAT,
        "protocol": result.protocol,
        "scenario": scenario_json(result.scenario),
        "verdict": result.conclusion(extras.names).value,
        "exit_code": exit_code,
        "coverage": _coverage(result.coverage),
        "findings": [finding_json(finding) for finding in result.findings],
        "warnings": list(result.warnings),
        "pictures": {name: extras.pictures[name] for name in sorted(extras.pictures)},
    }
    if extras.expected:
        document["expectations"] = [_expectation(result.finding(name), wanted) for name, wanted in extras.expected.items()]
    if extras.profile is not None:
        document["profile"] = profile_json(extras.profile)
    return json.dumps(document, indent=2) + "\n"


def command_json(command: str, verdict: str, exit_code: int, fields: Mapping[str, Json]) -> str:
    """Return what `command` has found as one JSON object: these keys, in this order, then `fields`."""
    head: dict[str, Json] = {"format": FORMAT, "command": command, "verdict": verdict, "exit_code": exit_code}
    return json.dumps({**head, **fields}, indent=2) + "\n"


def _expectation(found: Finding, wanted: Verdict) -> Json:
    words = {"property": found.name, "expected": wanted.name.lower(), "found": found.verdict.name.lower()}
    return {**words, "met": found.meets(wanted)}


def _coverage(coverage: Coverage) -> Json:
    return {
        "extent": coverage.extent.name,
        "generated": coverage.generated,
        "distinct": coverage.distinct,
        "left": coverage.left,
        "depth": coverage.depth,
        "at_rest": coverage.at_rest,
        "seconds": coverage.seconds,
        "bound": coverage.bound,
        "engine": coverage.engine,
        "missed": coverage.missed,
        "fingerprint_bits": coverage.fingerprint_bits,
        "bytes_per_state": coverage.bytes_per_state,
    }


def finding_json(finding: Finding) -> Json:
    """Return one element of `findings`."""
    return {
        "name": finding.name,
        "kind": finding.kind.value,
        "claimed": finding.claimed,
        "verdict": finding.verdict.name.lower(),
        "exercised": finding.exercised,
        "witness": witness_json(finding.witness) if finding.witness else None,
        "length": finding.length,
        "steps": [action_line(action) for action in finding.trace.actions] if finding.trace else None,
    }


def witness_json(witness: Witness) -> Json:
    """Return `witness` as text and lists of text."""
    return {
        "text": witness.text,
        "processes": [show(node) for node in witness.processes],
        "payloads": [show(payload) for payload in witness.payloads],
        "views": [show(view) for view in witness.views],
    }
