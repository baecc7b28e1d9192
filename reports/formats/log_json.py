"""The verdicts on a log, for programs: `groupy judge --format json`.

key         value
format      1; incremented when a key is removed or changes its meaning, not when one is added
files       names; claims: the kind of system; events, processes: counts
exit_code   the exit status of the command that printed this
findings    list of objects with
name, kind ("safety" or "liveness"), claimed (bool), verdict ("holds", "violated" or null: not judged),
unjudged: why there is no verdict, else "", exercised (bool; false: a pass means nothing),
witness: null, or text, and lists of text: processes, payloads, views,
places: list of objects with file, line, words
faults      lines that could not be read; warnings: lines that look wrong
pictures    property names mapped to the paths of pictures
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from groupy_check.groupy_model.log_verdict import LogFinding, LogResult
from groupy_check.groupy_model.scenario_text import Json
from groupy_check.reports.formats.result_json import witness_json

FORMAT = 1


def log_result_to_json(result: LogResult, exit_code: int, pictures: Mapping[str, str]) -> str:
    """Return `result` as one JSON object."""
    document: dict[str, Json] = {
        "format": FORMAT,
        "files": list(result.files),
        "claims": result.claims,
        "events": result.events,
        "processes": result.processes,
        "exit_code": exit_code,
        "findings": [_finding(finding) for finding in result.findings],
        "faults": list(result.faults),
        "warnings": list(result.warnings),
        "pictures": {name: pictures[name] for name in sorted(pictures)},
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: LogFinding) -> Json:
    return {
        "name": finding.name,
        "kind": finding.kind.value,
        "claimed": finding.claimed,
        "verdict": finding.verdict.name.lower() if finding.verdict else None,
        "unjudged": finding.unjudged,
        "exercised": finding.exercised,
        "witness": witness_json(finding.witness) if finding.witness else None,
        "places": [{"file": place.file, "line": place.line, "words": place.words} for place in finding.places],
    }
