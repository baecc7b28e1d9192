"""Every built-in protocol, registered once. The order is that of the course: each mends what the one before it lacks."""

from __future__ import annotations

from groupy_model.abcast import Abcast
from groupy_model.abcast_token import AbcastToken
from groupy_model.cbcast import Cbcast
from groupy_model.fbcast import Fbcast
from groupy_model.fbcast_mutants import FBCAST_MUTANTS
from groupy_model.gbcast import Gbcast
from groupy_model.gmp2 import Gmp2
from groupy_model.gmp3 import Gmp3
from groupy_model.gmp3_mutants import GMP_MUTANTS
from groupy_model.gmp_naive import GmpNaive
from groupy_model.gms1 import Gms1
from groupy_model.gms2 import Gms2
from groupy_model.gms3 import Gms3
from groupy_model.gms3_fixed import Gms3Fixed
from groupy_model.gms3_mutants import MUTANTS
from groupy_model.gms3_relay import RELAY_MUTANTS, Gms3Relay
from groupy_model.gms4_ack import Gms4Ack
from groupy_model.gms4_mutants import GMS4_MUTANTS
from groupy_model.gms_service import GmsService
from groupy_model.gms_service_mutants import SERVICE_MUTANTS
from groupy_model.heartbeat import Heartbeat, HeartbeatPatient
from groupy_model.history_nack import HistoryNack
from groupy_model.leader_queue import LeaderQueue
from groupy_model.member_removal import MemberRemoval
from groupy_model.ordered_mutants import ORDERED_MUTANTS
from groupy_model.protocol import Protocol
from groupy_model.replicated_queue import ReplicatedQueue
from groupy_model.safe import Safe
from groupy_model.unreliable_multicast import UnreliableMulticast

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
