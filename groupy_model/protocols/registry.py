"""Where every built-in protocol is, by name, in the order of the course: each repairs a flaw of the one before.

A file is imported when a protocol in it is looked up: a search needs one of them, and to import all takes longer than a search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from groupy_check.groupy_model.protocol import Protocol

_HOMES = {
    "gms1": "groupy.gms1",
    "gms2": "groupy.gms2",
    "gms3": "groupy.gms3",
    "gms3-fixed": "groupy.gms3_fixed",
    "gms3-relay": "groupy.gms3_relay",
    "member-removal": "groupy.member_removal",
    "gms4-ack": "groupy.gms4_ack",
    "leader-queue": "groupy.leader_queue",
    "replicated-queue": "groupy.replicated_queue",
    "history-nack": "groupy.history_nack",
    "heartbeat": "groupy.heartbeat",
    "heartbeat-patient": "groupy.heartbeat",
    "gmp2": "membership.gmp2",
    "gmp-naive": "membership.gmp_naive",
    "gmp3": "membership.gmp3",
    "gms-service": "membership.gms_service",
    "gmp-promise": "membership.gmp_promise",
    "gmp-rejoin": "membership.gmp_rejoin",
    "swim": "membership.swim",
    "unreliable-multicast": "multicast.unreliable_multicast",
    "fbcast": "multicast.fbcast",
    "fbcast-merge": "multicast.fbcast_merge",
    "cbcast": "multicast.cbcast",
    "abcast": "multicast.abcast",
    "abcast-token": "multicast.abcast_token",
    "gbcast": "multicast.gbcast",
    "safe": "multicast.safe",
    "gms3~catch-all": "groupy.gms3_mutants",
    "gms3~overtaking": "groupy.gms3_mutants",
    "gms3~last-off-by-one": "groupy.gms3_mutants",
    "gms3~views-not-last": "groupy.gms3_mutants",
    "gms3~no-repeat": "groupy.gms3_mutants",
    "gms3~early-dropped": "groupy.gms3_mutants",
    "gms3~stale-view-counts": "groupy.gms3_mutants",
    "gms3~repeat-reversed": "groupy.gms3_mutants",
    "gms3~slave-admits": "groupy.gms3_mutants",
    "gms3~joiner-forgotten": "groupy.gms3_mutants",
    "gms3~deliver-first": "groupy.gms3_mutants",
    "gms3-relay~deliver-first": "groupy.gms3_relay",
    "gms3-relay~reversed": "groupy.gms3_relay",
    "gms4-ack-blocking": "groupy.gms4_mutants",
    "gms4-ack~skip": "groupy.gms4_mutants",
    "gms4-ack~early": "groupy.gms4_mutants",
    "leader-queue~unsafe": "groupy.gms4_mutants",
    "replicated-queue~deliver-at-add": "groupy.gms4_mutants",
    "replicated-queue~no-epoch": "groupy.gms4_mutants",
    "history-nack~leader-only": "groupy.gms4_mutants",
    "history-nack~no-query": "groupy.gms4_mutants",
    "history-nack~purge-early": "groupy.gms4_mutants",
    "history-nack~out-of-order": "groupy.gms4_mutants",
    "gmp3~no-inquiry": "membership.gmp3_mutants",
    "gmp3~no-cut": "membership.gmp3_mutants",
    "gmp3~forgets-the-answer": "membership.gmp3_mutants",
    "gmp3~oldest": "membership.gmp3_mutants",
    "gmp3~no-majority": "membership.gmp3_mutants",
    "gmp3~asks-once": "membership.gmp3_mutants",
    "gms-service~reports-early": "membership.gms_service_mutants",
    "gms-service~no-resend": "membership.gms_service_mutants",
    "gms-service~address-reused": "membership.gms_service_mutants",
    "gmp-promise~answers-first": "membership.gmp_promise_mutants",
    "gmp-rejoin~resumes": "membership.gmp_rejoin_mutants",
    "gmp-rejoin~late-notice": "membership.gmp_rejoin_mutants",
    "gmp-rejoin~old-mail": "membership.gmp_rejoin_mutants",
    "gmp-rejoin~number-in-memory": "membership.gmp_rejoin_mutants",
    "swim~same-number": "membership.swim_mutants",
    "swim~no-suspicion": "membership.swim_mutants",
    "swim~death-refuted": "membership.swim_mutants",
    "fbcast~no-flush": "multicast.fbcast_mutants",
    "fbcast~no-cut": "multicast.fbcast_mutants",
    "fbcast~no-retain": "multicast.fbcast_mutants",
    "fbcast~old-flush": "multicast.fbcast_mutants",
    "fbcast~echo-of-the-dead": "multicast.fbcast_mutants",
    "fbcast~echo-of-the-dead-only-once": "multicast.fbcast_mutants",
    "fbcast~late-snapshot": "multicast.fbcast_mutants",
    "fbcast~early-snapshot": "multicast.fbcast_mutants",
    "fbcast~only-the-sender-snapshots": "multicast.fbcast_mutants",
    "fbcast~path-forgotten": "multicast.fbcast_mutants",
    "fbcast-merge~no-transfer": "multicast.fbcast_merge_mutants",
    "fbcast-merge~both-install": "multicast.fbcast_merge_mutants",
    "fbcast-merge~not-wedged": "multicast.fbcast_merge_mutants",
    "cbcast~sender-only": "multicast.ordered_mutants",
    "cbcast~carried-over": "multicast.ordered_mutants",
    "abcast~arrival-order": "multicast.ordered_mutants",
    "abcast~orders-not-echoed": "multicast.ordered_mutants",
    "abcast-token~impatient": "multicast.ordered_mutants",
    "abcast-token~two-tokens": "multicast.ordered_mutants",
    "gbcast~forgets": "multicast.ordered_mutants",
    "gbcast~without-here": "multicast.ordered_mutants",
    "safe~early": "multicast.ordered_mutants",
    "safe~without-ready": "multicast.ordered_mutants",
    "safe~without-here": "multicast.ordered_mutants",
}


class BuiltIn(Mapping[str, type[Protocol]]):
    """The classes of the built-in protocols, by the names that they have in _HOMES."""

    def __getitem__(self, name: str) -> type[Protocol]:
        module = import_module(f"{__package__}.{_HOMES[name]}")
        return next(kind for kind in vars(module).values() if isinstance(kind, type) and vars(kind).get("name") == name)

    def __iter__(self) -> Iterator[str]:
        return iter(_HOMES)

    def __len__(self) -> int:
        return len(_HOMES)

    def __contains__(self, name: object) -> bool:
        return name in _HOMES


PROTOCOLS = BuiltIn()
# Protocols with one clause wrong: to prove that some property catches that.
MUTANTS = tuple(name for name, home in _HOMES.items() if "~" in name or home.endswith("_mutants"))
