"""Every built-in protocol, registered once. The order is that of the course: each repairs a flaw of the one before."""

from __future__ import annotations

from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.protocols.groupy.gms3_fixed import Gms3Fixed
from groupy_check.groupy_model.protocols.groupy.gms3_mutants import MUTANTS
from groupy_check.groupy_model.protocols.groupy.gms3_relay import RELAY_MUTANTS, Gms3Relay
from groupy_check.groupy_model.protocols.groupy.gms4_ack import Gms4Ack
from groupy_check.groupy_model.protocols.groupy.gms4_mutants import GMS4_MUTANTS
from groupy_check.groupy_model.protocols.groupy.heartbeat import Heartbeat, HeartbeatPatient
from groupy_check.groupy_model.protocols.groupy.history_nack import HistoryNack
from groupy_check.groupy_model.protocols.groupy.leader_queue import LeaderQueue
from groupy_check.groupy_model.protocols.groupy.member_removal import MemberRemoval
from groupy_check.groupy_model.protocols.groupy.replicated_queue import ReplicatedQueue
from groupy_check.groupy_model.protocols.membership.gmp2 import Gmp2
from groupy_check.groupy_model.protocols.membership.gmp3 import Gmp3
from groupy_check.groupy_model.protocols.membership.gmp3_mutants import GMP_MUTANTS
from groupy_check.groupy_model.protocols.membership.gmp_naive import GmpNaive
from groupy_check.groupy_model.protocols.membership.gms_service import GmsService
from groupy_check.groupy_model.protocols.membership.gms_service_mutants import SERVICE_MUTANTS
from groupy_check.groupy_model.protocols.multicast.abcast import Abcast
from groupy_check.groupy_model.protocols.multicast.abcast_token import AbcastToken
from groupy_check.groupy_model.protocols.multicast.cbcast import Cbcast
from groupy_check.groupy_model.protocols.multicast.fbcast import Fbcast
from groupy_check.groupy_model.protocols.multicast.fbcast_mutants import FBCAST_MUTANTS
from groupy_check.groupy_model.protocols.multicast.gbcast import Gbcast
from groupy_check.groupy_model.protocols.multicast.ordered_mutants import ORDERED_MUTANTS
from groupy_check.groupy_model.protocols.multicast.safe import Safe
from groupy_check.groupy_model.protocols.multicast.unreliable_multicast import UnreliableMulticast

_IN_ORDER: tuple[type[Protocol], ...] = (
    Gms1,
    Gms2,
    Gms3,
    Gms3Fixed,
    Gms3Relay,
    MemberRemoval,
    Gms4Ack,
    LeaderQueue,
    ReplicatedQueue,
    HistoryNack,
    Heartbeat,
    HeartbeatPatient,
    Gmp2,
    GmpNaive,
    Gmp3,
    GmsService,
    UnreliableMulticast,
    Fbcast,
    Cbcast,
    Abcast,
    AbcastToken,
    Gbcast,
    Safe,
    *MUTANTS,
    *RELAY_MUTANTS,
    *GMS4_MUTANTS,
    *GMP_MUTANTS,
    *SERVICE_MUTANTS,
    *FBCAST_MUTANTS,
    *ORDERED_MUTANTS,
)
PROTOCOLS = {protocol.name: protocol for protocol in _IN_ORDER}
