"""Every built-in protocol, registered once. The order is that of the course: each mends what the one before it lacks."""

from __future__ import annotations

from groupy_model.gms1 import Gms1
from groupy_model.gms2 import Gms2
from groupy_model.gms3 import Gms3
from groupy_model.gms3_mutants import MUTANTS
from groupy_model.protocol import Protocol

_IN_ORDER: tuple[type[Protocol], ...] = (Gms1, Gms2, Gms3, *MUTANTS)
PROTOCOLS = {protocol.name: protocol for protocol in _IN_ORDER}
