"""The profile of a program in Erlang tells of its own clauses and variables, and of what grows without end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.profiling.profile import ProfiledEngine
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.scenario import Scenario

GMS3 = Path("groupy_model/protocols/erlang/gms3.erl")
HEARTBEATS = Path("tests/erlang/cases/students/heartbeats.erl")


def profile_of(impl: Path, states: int, **scenario: Any):
    search = SearchRequest(load_protocol(str(impl)), Scenario(**scenario), (), Limits(states=states))
    engine = ProfiledEngine(search)
    engine.run()
    return engine.profile()


def lines(profile) -> dict[str, str]:
    """The rules never taken, by their text, with the function."""
    return {rule.text: rule.inside for rule in profile.untaken}


def test_the_rules_are_the_clauses_of_the_program():
    profile = profile_of(GMS3, 10_000, messages=1, crashes=0)
    found = lines(profile)
    assert found["{'DOWN', _Ref, process, Leader, _Reason} ->"] == "slave"
    assert found["election(Id, Master, N, Last, Slaves, [_|Group]) ->"] == "election"
    assert "{msg, N, Msg} ->" not in found
    assert (profile.taken, profile.rules) == (7, 22)
    assert all(rule.where.startswith("gms3.erl:") for rule in profile.untaken)


def test_the_channel_that_grows_without_end_is_the_longest():
    profile = profile_of(HEARTBEATS, 300, nodes=2, messages=0, crashes=0)
    longest = {(channel.source, channel.target): channel.longest for channel in profile.channels}
    assert longest == {("p1", "p2"): 297}  # two leaders, of which one beats and the other does not listen


def test_the_variables_and_the_monitors_that_are_taken_again_are_parts(tmp_path):
    text = GMS3.read_text().replace(
        "    receive\n        {mcast, Msg} ->\n            Leader", "%s        {mcast, Msg} ->\n            Leader"
    )
    file = tmp_path / "gms3.erl"
    file.write_text(text % "    erlang:monitor(process, Leader),\n    receive\n")
    parts = {part.name: part.values for part in profile_of(file, 10_000, nodes=2, messages=1, crashes=0).parts}
    assert parts["ErlangNode.further monitors"] == 4
    assert parts["ErlangNode.N"] == 2


def test_messages_are_called_by_their_tags_as_in_the_machine_of_one_process():
    profile = profile_of(GMS3, 10_000, nodes=2, messages=1, crashes=0)
    assert {message.kind for message in profile.messages} == {"mcast", "msg"}
    assert {call.event for call in profile.calls if call.event.startswith("Receive")} == {"Receive mcast", "Receive msg"}
    assert {call.state for call in profile.calls} == {"leader", "slave"}
    assert {effect for effect in profile.effects if effect.startswith("Send")} == {"Send mcast", "Send msg"}
