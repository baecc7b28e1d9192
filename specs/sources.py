"""The sources of the sentences, so that every property cites them in the same words."""

from __future__ import annotations

GROUPY = 'assignment "Groupy"'
LECTURE = "Birman, GMS lecture"
CGR = "Cachin, Guerraoui, Rodrigues (2011)"
CKV = "Chockler, Keidar, Vitenberg (2001)"
DSU = "Defago, Schiper, Urban (2004)"
EVS = "Moser, Amir, Melliar-Smith, Agarwal (1994)"
