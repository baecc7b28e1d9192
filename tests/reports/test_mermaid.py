"""Mermaid sequence diagrams: exact goldens, and labels that Mermaid does not misread."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from groupy_check.checker.runs.recorder import Recorder
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.formats.mermaid import escaped, mermaid
from tests.reports.test_text import ALL, FAULTS, GMS2, ORPHAN, replayed, walks

STATEMENT = re.compile(
    r"sequenceDiagram|    (title: .+|participant p\d|loop forever|end|Note over p\d(,p\d)?: .+|p\d(->>|-->>|-x|--\))p\d: .+)"
)


def test_the_broken_broadcast_of_gms2_as_a_diagram() -> None:
    assert mermaid(replayed(GMS2), "agreement is violated; gms2") == (
        "sequenceDiagram\n"
        "    title: agreement is violated#59; gms2\n"
        "    participant p1\n"
        "    participant p2\n"
        "    participant p3\n"
        "    Note over p1: multicasts a1<br/>crashes<br/>never sends msg a1 to p3<br/>never delivers a1\n"
        "    p1->>p2: msg a1\n"
        "    Note over p2: delivers a1\n"
        "    p1-->>p2: p1 is down\n"
        "    Note over p2: installs v3 {p2,p3}\n"
        "    p1-->>p3: p1 is down\n"
        "    p2->>p3: view v3 [p2, p3]\n"
        "    Note over p3: installs v3 {p2,p3}\n"
    )


def test_the_orphan_view_of_gms3_as_a_diagram() -> None:
    assert mermaid(replayed(ORPHAN), "") == (
        "sequenceDiagram\n"
        "    participant p1\n"
        "    participant p2\n"
        "    participant p3\n"
        "    participant p4\n"
        "    Note over p4: asks to join through p1\n"
        "    p4->>p1: join p4\n"
        "    Note over p1: crashes<br/>never sends view v3 [p1, p2, p3, p4] to p3 and p4<br/>never installs v3 {p1,p2,p3,p4}\n"
        "    p1->>p2: view v3 [p1, p2, p3, p4]\n"
        "    Note over p2: installs v3 {p1,p2,p3,p4}\n"
        "    p1-->>p2: p1 is down\n"
        "    Note over p2: installs v4 {p2,p3,p4}\n"
        "    p1-->>p3: p1 is down\n"
        "    p2->>p4: view v3 [p1, p2, p3, p4]\n"
        "    Note over p4: installs v3 {p1,p2,p3,p4}\n"
        "    p1-->>p4: p1 is down\n"
        "    p2->>p4: view v4 [p2, p3, p4]\n"
        "    Note over p4: installs v4 {p2,p3,p4}\n"
        "    p2--)p3: view v3 [p1, p2, p3, p4] (still queued)\n"
        "    p2--)p3: view v4 [p2, p3, p4] (still queued)\n"
    )


def test_faults_of_the_network_and_of_the_detector() -> None:
    trace = replayed(
        """groupy-check --impl gms3 --nodes 3 --drops 1 --duplicates 1 --partitions 1 --suspicions 1
1. p1 multicasts a1
2. the network duplicates msg 3: a1 from p1 to p2 (position 1 in the queue)
3. the network loses msg 3: a1 from p1 to p2 (position 1 in the queue)
4. p3 wrongly suspects p1
5. the network cuts p1 and p3 off from the others
6. p1 crashes
7. the network heals"""
    )
    assert mermaid(trace, "").split("participant p3\n")[1] == (
        "    Note over p1: multicasts a1<br/>delivers a1\n"
        "    Note over p1,p2: the network duplicates msg 3: a1 from p1 to p2 (position 1 in the queue)\n"
        "    p1-xp2: msg 3: a1 (lost)\n"
        "    Note over p3: wrongly suspects p1\n"
        "    Note over p1,p3: the network cuts p1 and p3 off from the others\n"
        "    p1-xp2: msg 3: a1 (never received)\n"
        "    Note over p1: crashes\n"
        "    Note over p1,p3: the network heals\n"
        "    p1--)p3: msg 3: a1 (still queued)\n"
        "    p1--)p2: p1 is down (still queued)\n"
        "    p2--)p3: p2 is down (still queued)\n"
    )


def test_a_run_that_repeats_has_its_steps_in_a_loop() -> None:
    lines = mermaid(replace(replayed(GMS2), loop=4), "").splitlines()
    assert lines[-4:] == [
        "    loop forever",
        "    p2->>p3: view v3 [p2, p3]",
        "    Note over p3: installs v3 {p2,p3}",
        "    end",
    ]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("msg 3: a1", "msg 3: a1"),
        ("a;b #1", "a#59;b #35;1"),
        ("x %%{init: {}}%% y", "x #37;#37;{init: {}}#37;#37; y"),
        ("<b>&lt;$$x$$", "#60;b#62;#38;lt#59;#36;#36;x#36;#36;"),
        ("wrap: 1", "wrap#58; 1"),
        (" two\n  lines ", "two lines"),
    ],
)
def test_nothing_in_a_label_is_taken_for_syntax(text: str, label: str) -> None:
    assert escaped(text) == label


@pytest.mark.parametrize("scenario", FAULTS)
@pytest.mark.parametrize("protocol", [Gms1(), Gms2(), Gms3()], ids=lambda protocol: protocol.name)
def test_every_line_of_any_run_is_a_statement(protocol: Protocol, scenario: Scenario) -> None:
    for actions in walks(protocol, scenario, count=4):
        diagram = mermaid(Recorder(protocol, scenario, ALL).record(actions), "a; b")
        assert [line for line in diagram.splitlines() if not STATEMENT.fullmatch(line)] == []
