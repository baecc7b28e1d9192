"""Model checking for group membership and atomic multicast: all that a protocol, a property or a test of yours needs.

    from groupy_check import Deliver, Gms3, Protocol, Send, Step, check

The protocols are here as classes (`Gms3`) and some as modules (`gms3`), for the states and messages that each defines.
"""

TYPE_CHECKING = False  # as in typing, which takes a while to import
if TYPE_CHECKING:
    from groupy_check.checker.counterexamples.trace_file import replay_text as replay_text
    from groupy_check.checker.errors import GroupyError as GroupyError
    from groupy_check.checker.errors import ProtocolError as ProtocolError
    from groupy_check.checker.errors import UsageError as UsageError
    from groupy_check.checker.interfaces.api import check as check
    from groupy_check.checker.interfaces.api import judge as judge
    from groupy_check.checker.interfaces.hypothesis_machine import machine as machine
    from groupy_check.groupy_model.effects import Adopt as Adopt
    from groupy_check.groupy_model.effects import CancelTimer as CancelTimer
    from groupy_check.groupy_model.effects import Deliver as Deliver
    from groupy_check.groupy_model.effects import Demonitor as Demonitor
    from groupy_check.groupy_model.effects import Effect as Effect
    from groupy_check.groupy_model.effects import Halt as Halt
    from groupy_check.groupy_model.effects import Install as Install
    from groupy_check.groupy_model.effects import Monitor as Monitor
    from groupy_check.groupy_model.effects import Send as Send
    from groupy_check.groupy_model.effects import SetTimer as SetTimer
    from groupy_check.groupy_model.effects import Store as Store
    from groupy_check.groupy_model.effects import View as View
    from groupy_check.groupy_model.events import Down as Down
    from groupy_check.groupy_model.events import Event as Event
    from groupy_check.groupy_model.events import Join as Join
    from groupy_check.groupy_model.events import Leave as Leave
    from groupy_check.groupy_model.events import Multicast as Multicast
    from groupy_check.groupy_model.events import Receive as Receive
    from groupy_check.groupy_model.events import Recover as Recover
    from groupy_check.groupy_model.events import Start as Start
    from groupy_check.groupy_model.events import Timeout as Timeout
    from groupy_check.groupy_model.node import Node as Node
    from groupy_check.groupy_model.observations import Adopted as Adopted
    from groupy_check.groupy_model.observations import AskedToJoin as AskedToJoin
    from groupy_check.groupy_model.observations import Delivered as Delivered
    from groupy_check.groupy_model.observations import Ended as Ended
    from groupy_check.groupy_model.observations import History as History
    from groupy_check.groupy_model.observations import Installed as Installed
    from groupy_check.groupy_model.observations import Left as Left
    from groupy_check.groupy_model.observations import Life as Life
    from groupy_check.groupy_model.observations import Recovered as Recovered
    from groupy_check.groupy_model.observations import Sent as Sent
    from groupy_check.groupy_model.observations import Status as Status
    from groupy_check.groupy_model.payloads import Change as Change
    from groupy_check.groupy_model.protocol import USUAL_CLAIMS as USUAL_CLAIMS
    from groupy_check.groupy_model.protocol import Idle as Idle
    from groupy_check.groupy_model.protocol import Outcome as Outcome
    from groupy_check.groupy_model.protocol import Protocol as Protocol
    from groupy_check.groupy_model.protocol import Step as Step
    from groupy_check.groupy_model.protocol import broadcast as broadcast
    from groupy_check.groupy_model.protocols.groupy import gms1 as gms1
    from groupy_check.groupy_model.protocols.groupy import gms2 as gms2
    from groupy_check.groupy_model.protocols.groupy import gms3 as gms3
    from groupy_check.groupy_model.protocols.groupy import gms3_fixed as gms3_fixed
    from groupy_check.groupy_model.protocols.groupy import gms4_ack as gms4_ack
    from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1 as Gms1
    from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2 as Gms2
    from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3 as Gms3
    from groupy_check.groupy_model.protocols.groupy.gms3_fixed import Gms3Fixed as Gms3Fixed
    from groupy_check.groupy_model.protocols.groupy.gms3_relay import Gms3Relay as Gms3Relay
    from groupy_check.groupy_model.protocols.groupy.gms4_ack import Gms4Ack as Gms4Ack
    from groupy_check.groupy_model.protocols.groupy.heartbeat import Heartbeat as Heartbeat
    from groupy_check.groupy_model.protocols.groupy.history_nack import HistoryNack as HistoryNack
    from groupy_check.groupy_model.protocols.groupy.leader_queue import LeaderQueue as LeaderQueue
    from groupy_check.groupy_model.protocols.groupy.member_removal import MemberRemoval as MemberRemoval
    from groupy_check.groupy_model.protocols.groupy.replicated_queue import ReplicatedQueue as ReplicatedQueue
    from groupy_check.groupy_model.protocols.membership import gmp2 as gmp2
    from groupy_check.groupy_model.protocols.membership import gmp3 as gmp3
    from groupy_check.groupy_model.protocols.membership import gmp_promise as gmp_promise
    from groupy_check.groupy_model.protocols.membership.gmp2 import Gmp2 as Gmp2
    from groupy_check.groupy_model.protocols.membership.gmp3 import Gmp3 as Gmp3
    from groupy_check.groupy_model.protocols.membership.gmp_promise import GmpPromise as GmpPromise
    from groupy_check.groupy_model.protocols.membership.gmp_rejoin import GmpRejoin as GmpRejoin
    from groupy_check.groupy_model.protocols.membership.gms_service import GmsService as GmsService
    from groupy_check.groupy_model.protocols.membership.swim import Swim as Swim
    from groupy_check.groupy_model.protocols.multicast import fbcast as fbcast
    from groupy_check.groupy_model.protocols.multicast import fbcast_state as fbcast_state
    from groupy_check.groupy_model.protocols.multicast import view_reports as view_reports
    from groupy_check.groupy_model.protocols.multicast.abcast import Abcast as Abcast
    from groupy_check.groupy_model.protocols.multicast.abcast_token import AbcastToken as AbcastToken
    from groupy_check.groupy_model.protocols.multicast.cbcast import Cbcast as Cbcast
    from groupy_check.groupy_model.protocols.multicast.fbcast import Fbcast as Fbcast
    from groupy_check.groupy_model.protocols.multicast.fbcast_merge import FbcastMerge as FbcastMerge
    from groupy_check.groupy_model.protocols.multicast.gbcast import Gbcast as Gbcast
    from groupy_check.groupy_model.protocols.multicast.safe import Safe as Safe
    from groupy_check.groupy_model.protocols.multicast.unreliable_multicast import UnreliableMulticast as UnreliableMulticast
    from groupy_check.groupy_model.scenario import Beginning as Beginning
    from groupy_check.groupy_model.scenario import CutOff as CutOff
    from groupy_check.groupy_model.scenario import Detector as Detector
    from groupy_check.groupy_model.scenario import Fairness as Fairness
    from groupy_check.groupy_model.scenario import Order as Order
    from groupy_check.groupy_model.scenario import PartitionKind as PartitionKind
    from groupy_check.groupy_model.scenario import Scenario as Scenario
    from groupy_check.groupy_model.scenario import Timing as Timing
    from groupy_check.groupy_model.show import show as show
    from groupy_check.groupy_model.verdict import Extent as Extent
    from groupy_check.groupy_model.verdict import Kind as Kind
    from groupy_check.groupy_model.verdict import Verdict as Verdict
    from groupy_check.groupy_model.verdict import Witness as Witness
    from groupy_check.specs.property import Property as Property
    from groupy_check.specs.requirement import Requirement as Requirement

# Every module of this package imports this one first, and `--help` has to answer at once: names are looked up when asked for.
_HOMES = {
    "checker.counterexamples.trace_file": ("replay_text",),
    "checker.errors": ("GroupyError", "ProtocolError", "UsageError"),
    "checker.interfaces.api": ("check", "judge"),
    "checker.interfaces.hypothesis_machine": ("machine",),
    "groupy_model.effects": (
        "Adopt",
        "CancelTimer",
        "Deliver",
        "Demonitor",
        "Effect",
        "Halt",
        "Install",
        "Monitor",
        "Send",
        "SetTimer",
        "Store",
        "View",
    ),
    "groupy_model.events": ("Down", "Event", "Join", "Leave", "Multicast", "Receive", "Recover", "Start", "Timeout"),
    "groupy_model.node": ("Node",),
    "groupy_model.observations": (
        "Adopted",
        "AskedToJoin",
        "Delivered",
        "Ended",
        "History",
        "Installed",
        "Left",
        "Life",
        "Recovered",
        "Sent",
        "Status",
    ),
    "groupy_model.payloads": ("Change",),
    "groupy_model.protocol": ("USUAL_CLAIMS", "Idle", "Outcome", "Protocol", "Step", "broadcast"),
    "groupy_model.protocols.groupy.gms1": ("Gms1",),
    "groupy_model.protocols.groupy.gms2": ("Gms2",),
    "groupy_model.protocols.groupy.gms3": ("Gms3",),
    "groupy_model.protocols.groupy.gms3_fixed": ("Gms3Fixed",),
    "groupy_model.protocols.groupy.gms3_relay": ("Gms3Relay",),
    "groupy_model.protocols.groupy.gms4_ack": ("Gms4Ack",),
    "groupy_model.protocols.groupy.heartbeat": ("Heartbeat",),
    "groupy_model.protocols.groupy.history_nack": ("HistoryNack",),
    "groupy_model.protocols.groupy.leader_queue": ("LeaderQueue",),
    "groupy_model.protocols.groupy.member_removal": ("MemberRemoval",),
    "groupy_model.protocols.groupy.replicated_queue": ("ReplicatedQueue",),
    "groupy_model.protocols.membership.gmp2": ("Gmp2",),
    "groupy_model.protocols.membership.gmp3": ("Gmp3",),
    "groupy_model.protocols.membership.gmp_promise": ("GmpPromise",),
    "groupy_model.protocols.membership.gmp_rejoin": ("GmpRejoin",),
    "groupy_model.protocols.membership.gms_service": ("GmsService",),
    "groupy_model.protocols.membership.swim": ("Swim",),
    "groupy_model.protocols.multicast.abcast": ("Abcast",),
    "groupy_model.protocols.multicast.abcast_token": ("AbcastToken",),
    "groupy_model.protocols.multicast.cbcast": ("Cbcast",),
    "groupy_model.protocols.multicast.fbcast": ("Fbcast",),
    "groupy_model.protocols.multicast.fbcast_merge": ("FbcastMerge",),
    "groupy_model.protocols.multicast.gbcast": ("Gbcast",),
    "groupy_model.protocols.multicast.safe": ("Safe",),
    "groupy_model.protocols.multicast.unreliable_multicast": ("UnreliableMulticast",),
    "groupy_model.scenario": ("Beginning", "CutOff", "Detector", "Fairness", "Order", "PartitionKind", "Scenario", "Timing"),
    "groupy_model.show": ("show",),
    "groupy_model.verdict": ("Extent", "Kind", "Verdict", "Witness"),
    "specs.property": ("Property",),
    "specs.requirement": ("Requirement",),
    "groupy_model.protocols.groupy": ("gms1", "gms2", "gms3", "gms3_fixed", "gms4_ack"),
    "groupy_model.protocols.membership": ("gmp2", "gmp3", "gmp_promise"),
    "groupy_model.protocols.multicast": ("fbcast", "fbcast_state", "view_reports"),
}
_FAMILIES = (".groupy", ".membership", ".multicast")  # packages, whose modules are the names
_HOME = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415

        home = import_module(f"groupy_check.{_HOME[name]}")
        return import_module(f"{home.__name__}.{name}") if home.__name__.endswith(_FAMILIES) else getattr(home, name)


__all__ = [
    "USUAL_CLAIMS",
    "Abcast",
    "AbcastToken",
    "Adopt",
    "Adopted",
    "AskedToJoin",
    "Beginning",
    "CancelTimer",
    "Cbcast",
    "Change",
    "CutOff",
    "Deliver",
    "Delivered",
    "Demonitor",
    "Detector",
    "Down",
    "Effect",
    "Ended",
    "Event",
    "Extent",
    "Fairness",
    "Fbcast",
    "FbcastMerge",
    "Gbcast",
    "Gmp2",
    "Gmp3",
    "GmpPromise",
    "GmpRejoin",
    "Gms1",
    "Gms2",
    "Gms3",
    "Gms3Fixed",
    "Gms3Relay",
    "Gms4Ack",
    "GmsService",
    "GroupyError",
    "Halt",
    "Heartbeat",
    "History",
    "HistoryNack",
    "Idle",
    "Install",
    "Installed",
    "Join",
    "Kind",
    "LeaderQueue",
    "Leave",
    "Left",
    "Life",
    "MemberRemoval",
    "Monitor",
    "Multicast",
    "Node",
    "Order",
    "Outcome",
    "PartitionKind",
    "Property",
    "Protocol",
    "ProtocolError",
    "Receive",
    "Recover",
    "Recovered",
    "ReplicatedQueue",
    "Requirement",
    "Safe",
    "Scenario",
    "Send",
    "Sent",
    "SetTimer",
    "Start",
    "Status",
    "Step",
    "Store",
    "Swim",
    "Timeout",
    "Timing",
    "UnreliableMulticast",
    "UsageError",
    "Verdict",
    "View",
    "Witness",
    "broadcast",
    "check",
    "fbcast",
    "fbcast_state",
    "gmp2",
    "gmp3",
    "gmp_promise",
    "gms1",
    "gms2",
    "gms3",
    "gms3_fixed",
    "gms4_ack",
    "judge",
    "machine",
    "replay_text",
    "show",
    "view_reports",
]
