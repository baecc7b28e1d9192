"""The native search on several machines: actors own parts of the visited set, and expand states with the native kernel.

Nothing here is imported before somebody asks for a cluster, and `actors` alone imports Ray. This wing may import `native`, and
`inputs`, since each owner loads the protocol itself. Read `search` first, the driver, then `owner`.

How the numbers of the states come out as those of one process: a level is cut into PIECES, in the order of its states. Owners
look at the hashes that come from a piece only when all pieces before it have been looked at. So the state and the step that
lead to a new state first are the first in that order. Whoever has expanded a piece keeps the rows of the new states, and learns
their numbers at the end of the level, when it is known of every piece how many are new.

No table is sent. Every owner fills its own, in the order of the JOURNAL, so equal things get equal numbers everywhere.
"""
