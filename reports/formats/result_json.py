"""The result of a check, for programs: `--format json`.

    key         value
    format      1; incremented when a key is removed or changes its meaning, not when one is added
    protocol    name
    scenario    every field of Scenario: numbers, booleans, null; enums as their word
    verdict     "EXHAUSTED": all reachable states were seen; "BOUNDED": a bound was hit;
                "SAMPLED": runs were drawn at random
    exit_code   the exit status of the command that printed this
    coverage    generated, distinct, left, depth, at_rest: counts; seconds; bound: what stopped the search, "" if nothing did;
                engine, missed, bytes_per_state: see Coverage in groupy_check.groupy_model.verdict
    findings    list, in the order of judgement, of objects with
                name, kind ("safety" or "liveness"), claimed (bool), verdict ("holds", "violated" or "not_found"),
                exercised (bool; false: a pass means nothing),
                witness: null, or text, and lists of text: processes, payloads, views,
                length: null, or the number of steps of the counterexample,
                steps: null, or a list of text, one per step
    warnings    list of sentences
    pictures    property names mapped to the paths of the pictures of their counterexamples
    profile     only with --profile: the fields of `reports.formats.profile_data.Profile`, by their names

Processes, payloads and views are text, as written by `show`. Equal results give equal text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from groupy_check.groupy_model.scenario_text import Json, scenario_json
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Coverage, Finding, Result, Witness
from groupy_check.reports.formats.profile_data import Profile, profile_json
from groupy_check.reports.wording.phrases import action_line

FORMAT = 1


def result_to_json(result: Result, exit_code: int, pictures: Mapping[str, str], profile: Profile | None = None) -> str:
    """Return `result` as one JSON object."""
    document: dict[str, Json] = {
        "format": FORMAT,
        "protocol": result.protocol,
        "scenario": scenario_json(result.scenario),
        "verdict": result.coverage.extent.name,
        "exit_code": exit_code,
        "coverage": _coverage(result.coverage),
        "findings": [_finding(finding) for finding in result.findings],
        "warnings": list(result.warnings),
        "pictures": {name: pictures[name] for name in sorted(pictures)},
    }
    if profile is not None:
        document["profile"] = profile_json(profile)
    return json.dumps(document, indent=2) + "\n"


def _coverage(coverage: Coverage) -> Json:
    return {
        "generated": coverage.generated,
        "distinct": coverage.distinct,
        "left": coverage.left,
        "depth": coverage.depth,
        "at_rest": coverage.at_rest,
        "seconds": coverage.seconds,
        "bound": coverage.bound,
        "engine": coverage.engine,
        "missed": coverage.missed,
        "bytes_per_state": coverage.bytes_per_state,
    }


def _finding(finding: Finding) -> Json:
    return {
        "name": finding.name,
        "kind": finding.kind.value,
        "claimed": finding.claimed,
        "verdict": finding.verdict.name.lower(),
        "exercised": finding.exercised,
        "witness": _witness(finding.witness) if finding.witness else None,
        "length": finding.length,
        "steps": [action_line(action) for action in finding.trace.actions] if finding.trace else None,
    }


def _witness(witness: Witness) -> Json:
    return {
        "text": witness.text,
        "processes": [show(node) for node in witness.processes],
        "payloads": [show(payload) for payload in witness.payloads],
        "views": [show(view) for view in witness.views],
    }
