"""gms3 and gms3-fixed as relational models: prefix-order, for any number of processes and messages.

What the abstraction keeps, and what it leaves out:
- Instead of queues, the state has all messages ever sent: `sent(r, i, x, c)` says that the process of age r has sent content c
  under number x to i. The model uses the order of a queue in one place only: a process that detects the end of its leader has
  read every message from it that it can take.
- A crash can cut a broadcast short: the processes up to some age get the message, since lists are in order of age.
- Applications may ask for anything, so the model has no requests to the leader. A process that has not started counts as up.
- A process gets its `age` on admission, and others refer to it by its age. An admitted joiner has the number of its welcome as
  `n` and the process that admitted it as its leader, though it does not know this yet.
- `lost` holds the ages of processes that nobody will ever hear of: their leader admitted them and crashed before any other
  process got their welcome.

Why it is decidable: every function and every quantifier alternation "for all ... exists" goes from Process over Number to
Content, or from any of these to Age, and never back. So a sender is an Age where one must exist, and a Process where one is
given.

What is proved implies prefix-order (specs/order.py) if the detector is perfect, channels are FIFO and nothing is lost: no two
members that are up take different contents under one number, and neither skips a number. So after a view that both have
installed, that is, after some number, the messages that one has delivered are a prefix of those that the other has delivered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from groupy_check.checker.proof.language import Vocabulary
from groupy_check.checker.proof.model import Model, ModelParser, Transition

MEANINGS = (
    "names(c, a): content c is a view that has the process of age a among its members",
    "head(c, a): the first member, the leader, of view c is the process of age a",
    "greets(c, a): view c admits the process of age a: to that one it is the welcome",
    "next(x, y): number y comes right after number x",
    "oldest(a): a is the age of the oldest process of all",
    "up(p): p has not crashed",
    "member(p): p is in the group when the run begins",
    "admitted(p): p is in the group, though a joiner may not know it yet",
    "age(p): how old p is in the group; the others refer to it by its age",
    "used(a): some process has age a",
    "lost(a): the process of age a was admitted, but nobody will ever hear of it, since its leader crashed",
    "n(p): the number of the message that p expects next",
    "led(p, a): p follows the process of age a as its leader",
    "list(p, a): the process of age a is in p's list of slaves",
    "log(p, x, c): p has taken content c under number x",
    "sent(a, p, x, c): the process of age a has sent content c under number x to p",
)


def _vocabulary() -> Vocabulary:
    words = Vocabulary({
        "Process": "h i j k p s t",
        "Age": "a b l q r u",
        "Number": "m v w x y z",
        "Content": "c d e",
    })  # fmt: skip
    words.order("Age")
    words.order("Number")
    words.declare("names(Content, Age)", "head(Content, Age)", "greets(Content, Age)", rigid=True)
    words.declare("next(Number, Number)", "oldest(Age)", rigid=True)
    words.declare("up(Process)", "member(Process)", "admitted(Process)", "age(Process): Age", "used(Age)", "lost(Age)")
    words.declare("n(Process): Number", "led(Process, Age)", "list(Process, Age)", "log(Process, Number, Content)")
    words.declare("sent(Age, Process, Number, Content)")
    words.means(*MEANINGS)
    words.define(
        "live(p) := admitted(p) & ~lost(age(p))",
        "valid(q) := used(q) & ~lost(q)",
        "leads(p) := led(p, age(p))",
        "here(p) := up(p) & admitted(p) & ~lost(age(p))",
        "youngest(p) := all q. used(q) -> ~(age(p) < q)",
        "upto(a, b) := a = b | a < b",
        "plain(c) := all q. ~names(c, q)",
    )
    return words


PARSER = ModelParser(_vocabulary())

AXIOMS = {
    "next": "next(x, y) -> x < y & ~(x < z & z < y)",
    "the head is named": "head(c, a) -> names(c, a)",
    "the head is the oldest": "head(c, a) & names(c, q) -> ~(q < a)",
    "a welcome names whom it welcomes": "greets(c, a) -> names(c, a)",
}

# A formed group of any size: all follow the oldest, expect number x, and, if there are several, took the view c last.
INIT = PARSER.transition(
    "begin(s, r, x, y, c)",
    [
        "all p. up(p)",
        "member(s) & age(s) = r",
        "all p. admitted(p) <-> member(p)",
        "all p. admitted(p) -> used(age(p))",
        "all p, t. admitted(p) & admitted(t) & age(p) = age(t) -> p = t",
        "all q. ~lost(q)",
        "all q. used(q) -> r = q | r < q",
        "all q. oldest(q) <-> q = r",
        "all p, q. led(p, q) <-> member(p) & q = r",
        "all p, q. list(p, q) <-> member(p) & used(q) & r < q",
        "all p. member(p) -> n(p) = x",
        "all q, p, z, d. ~sent(q, p, z, d)",
        "all q. names(c, q) <-> used(q)",
        "all q. head(c, q) <-> q = r",
        """(all p, z, d. log(p, z, d) <-> member(p) & z = y & d = c & next(y, x))
            | (all p. member(p) -> p = s) & (all p, z, d. ~log(p, z, d))""",
    ],
    [],
)

# --- transitions ---------------------------------------------------------------------------------------------------------

LEADER = ["up(s)", "member(s)", "leads(s)", "age(s) = r", "n(s) = x"]
SLAVE = ["up(i)", "member(i)", "~leads(i)", "n(i) = x", "sent(r, i, x, c)", "admitted(t)", "age(t) = r", "next(x, m)"]
TAKEN = ["+ log(i, x, c)", "n(i) := m"]
# The leader s of i is down, i has read every message from it that it can take, and b heads the list of i.
ENDED = ["up(i)", "member(i)", "admitted(s)", "~up(s)", "s != i", "age(s) = r", "led(i, r)"]
HEIR = ["list(i, b)", "all q. list(i, q) -> b = q | b < q"]


def _orders() -> Iterator[Transition]:
    """Transitions in which a leader gives a multicast its number, or any process crashes."""
    yield PARSER.transition("crash(p)", ["up(p)"], ["- up(p)"])
    yield PARSER.transition(
        "multicast(s, r, x, c, m)",
        [*LEADER, "plain(c)", "next(x, m)"],
        ["+ sent(r, i, x, c) where admitted(i) & list(s, age(i))", "+ log(s, x, c)", "n(s) := m"],
    )
    yield PARSER.transition(
        "multicast cut(s, r, x, c, a)",
        [*LEADER, "plain(c)", "list(s, a)"],
        ["+ sent(r, i, x, c) where admitted(i) & list(s, age(i)) & upto(age(i), a)", "- up(s)"],
    )


def _joins() -> Iterator[Transition]:
    """Transitions in which the leader s admits j, with the age b, and in which a joiner enters."""
    guard = [
        *LEADER, "~admitted(j)", "~member(j)", "~used(b)", "all q. used(q) -> q < b",
        "all q. (head(c, q) <-> q = r) & (names(c, q) <-> q = r | list(s, q) | q = b) & (greets(c, q) <-> q = b)",
    ]  # fmt: skip
    admission = ["+ admitted(j)", "age(j) := b", "+ used(b)", "n(j) := x", "- led(j, q)", "+ led(j, r)"]
    yield PARSER.transition(
        "admit(s, j, r, b, x, c, m)",
        [*guard, "next(x, m)"],
        ["+ sent(r, i, x, c) where admitted(i) & list(s, age(i)) | i = j",
         "+ log(s, x, c)", "n(s) := m", "+ list(s, b)", *admission],
    )  # fmt: skip
    yield PARSER.transition(
        "admit cut(s, j, r, b, x, c, a)",
        [*guard, "list(s, a) | a = b"],
        ["+ sent(r, i, x, c) where admitted(i) & list(s, age(i)) & upto(age(i), a) | i = j & a = b", "- up(s)", *admission],
    )
    yield PARSER.transition(
        "enter(i, t, r, a, b, x, c, m)",
        ["up(i)", "~member(i)", "admitted(i)", "age(i) = b", "sent(r, i, x, c)", "admitted(t)", "age(t) = r",
         "greets(c, b)", "head(c, a)", "next(x, m)"],
        [*TAKEN, "+ member(i)", "- led(i, q)", "+ led(i, a)", "- list(i, q)", "+ list(i, q) where names(c, q) & q != a"],
    )  # fmt: skip


def _takes() -> Iterator[Transition]:
    """Transitions in which a slave of gms3-fixed takes the number that it expects."""
    yield PARSER.transition("take message(i, t, r, x, c, m)", [*SLAVE, "plain(c)"], TAKEN)
    yield PARSER.transition(
        "take view(i, t, r, a, x, c, m)",
        [*SLAVE, "head(c, a)"],
        [*TAKEN, "- led(i, q)", "+ led(i, a)", "- list(i, q)", "+ list(i, q) where names(c, q) & q != a"],
    )


def _canonical_takes() -> Iterator[Transition]:
    """Transitions in which a slave of gms3 takes the number that it expects; views only from the leader that it follows."""
    yield PARSER.transition("take message(i, t, r, x, c, m)", [*SLAVE, "plain(c)"], TAKEN)
    yield PARSER.transition(
        "take view(i, t, r, l, x, c, m)",
        [*SLAVE, "led(i, l)", "head(c, l)"],
        [*TAKEN, "- list(i, q)", "+ list(i, q) where names(c, q) & l < q"],
    )


def _successions(read: str) -> Iterator[Transition]:
    """Transitions after the end of the leader s: i follows another process or takes over, once `read` holds."""
    ended = [*ENDED, read, *HEIR]
    yield PARSER.transition("follow(i, s, r, b)", [*ended, "age(i) != b"], ["- led(i, r)", "+ led(i, b)", "- list(i, b)"])
    guard = [*ended, "age(i) = b", "n(i) = x", "next(y, x)", "log(i, y, d)"]
    view = "all q. (head(c, q) <-> q = b) & (names(c, q) <-> list(i, q)) & ~greets(c, q)"
    chief = ["- led(i, r)", "+ led(i, b)", "- list(i, b)", "+ lost(q) where used(q) & b < q & ~list(i, q)"]
    repeat, announce = (f"+ sent(b, j, {what}) where admitted(j) & list(i, age(j)) & j != i" for what in ("y, d", "x, c"))
    yield PARSER.transition(
        "take over(i, s, r, b, x, y, c, d, m)", [*guard, view, "next(x, m)"], [repeat, announce, *TAKEN, *chief]
    )
    yield PARSER.transition(
        "take over cut in repeat(i, s, r, b, x, y, d, a)",
        [*guard, "list(i, a)", "a != b"],
        [f"{repeat} & upto(age(j), a)", "- up(i)", *chief],
    )
    yield PARSER.transition(
        "take over cut in view(i, s, r, b, x, y, c, d, a)",
        [*guard, view, "list(i, a)", "a != b"],
        [repeat, f"{announce} & upto(age(j), a)", "- up(i)", *chief],
    )


# --- the inductive invariant ---------------------------------------------------------------------------------------------

BOTH = {
    "ages differ": "admitted(p) & admitted(t) & age(p) = age(t) -> p = t",
    "ages are used": "admitted(p) -> used(age(p))",
    "one leader each": "led(i, a) & led(i, b) -> a = b",
    "only members take messages": "log(i, x, c) -> member(i)",
    "one content per number in queues": "sent(r, i, x, c) & sent(u, j, x, d) & up(i) & up(j) -> c = d",
    "one content per number taken": "log(i, x, c) & log(j, x, d) & up(i) & up(j) -> c = d",
    "taken numbers are below n": "log(i, x, c) & up(i) -> x < n(i)",
    "no number below n is skipped": "log(i, x, c) & up(i) & x < y & y < n(i) -> exists d. log(i, y, d)",
    "a leader sends below n": "sent(age(s), i, x, c) & up(s) & admitted(s) -> x < n(s)",
    "elders know everything that younger ones have taken": """here(i) & here(j) & age(i) < age(j) & ~(y < n(i)) & y < n(j)
        -> exists r, c. sent(r, i, y, c)""",
    "elders are sent to first": "sent(r, j, x, c) & here(i) & r < age(i) & age(i) < age(j) -> sent(r, i, x, c)",
    "smaller numbers are sent first": """sent(age(t), j, x, c) & admitted(t) & y < x & here(i) & age(t) < age(i) & ~(y < n(i))
        -> exists r, d. ~(age(t) < r) & sent(r, i, y, d)""",
    "a leader has sent what it knows": """here(s) & leads(s) & here(i) & age(s) < age(i) & y < n(s) & ~(y < n(i))
        -> exists r, d. ~(age(s) < r) & sent(r, i, y, d)""",
    "the elders of a slave have sent all but its last": """up(h) & member(h) & ~leads(h) & here(i) & age(h) < age(i)
        & y < z & z < n(h) & ~(y < n(i)) -> exists r, d. r < age(h) & sent(r, i, y, d)""",
}

FIXED = {
    "everybody follows somebody": "member(i) -> exists a. led(i, a)",
    "the lost were admitted": "lost(q) -> used(q)",
    "members were admitted": "member(p) -> admitted(p)",
    "no member is lost": "member(p) & up(p) -> ~lost(age(p))",
    "a list begins after the leader": "member(i) & list(i, q) & led(i, a) -> a < q",
    "listed processes were admitted": "list(i, q) -> used(q)",
    "only members have lists": "list(i, q) -> member(i)",
    "a list has all elders after the leader": """led(i, a) & member(i) & up(i) & valid(q) & a < q & ~(age(i) < q)
        -> list(i, q)""",
    "a leader lists all after it": "up(s) & member(s) & leads(s) & valid(q) & age(s) < q -> list(s, q)",
    "no lost process is listed": "up(i) & list(i, q) -> ~lost(q)",
    "the elders of a leader are dead": "led(i, a) & live(t) & age(t) < a -> ~up(t)",
    "the elders of a sender are dead": "sent(r, i, x, c) & live(t) & age(t) < r -> ~up(t)",
    "senders are older": "sent(r, i, x, c) -> valid(r) & admitted(i) & r < age(i)",
    "nothing is sent to a lost process": "sent(r, i, x, c) & up(i) -> ~lost(age(i))",
    "processes named in queues were admitted": "sent(r, i, x, c) & names(c, q) -> used(q)",
    "processes named in taken views were admitted": "log(i, x, c) & names(c, q) -> used(q)",
    "no lost process is named in a queue": "sent(r, i, x, c) & up(i) & names(c, q) -> ~lost(q)",
    "no lost process is named in a taken view": "log(i, x, c) & up(i) & names(c, q) -> ~lost(q)",
    "taken contents are those in queues": "log(i, x, c) & sent(u, j, x, d) & up(i) & up(j) -> c = d",
    "everything from a leader's elders is read": "led(i, a) & here(i) & r < a & sent(r, i, y, c) -> y < n(i)",
    "a joiner is sent nothing before its welcome": "here(i) & ~member(i) & sent(r, i, x, c) -> ~(x < n(i))",
    "a welcome in a queue has its number": """sent(r, i, x, c) & up(i) & here(k) & ~member(k)
        -> (greets(c, age(k)) <-> x = n(k))""",
    "a taken welcome has its number": """log(i, x, c) & up(i) & here(k) & ~member(k)
        -> (greets(c, age(k)) <-> x = n(k))""",
    "a joiner is listed with its welcome": "member(h) & up(h) & here(k) & ~member(k) & list(h, age(k)) -> n(k) < n(h)",
    "a joiner is named in queues from its welcome on": """sent(r, i, x, c) & up(i) & here(k) & ~member(k) & names(c, age(k))
        -> ~(x < n(k))""",
    "a joiner is named in taken views from its welcome on": """log(i, x, c) & up(i) & here(k) & ~member(k) & names(c, age(k))
        -> ~(x < n(k))""",
    "views in queues skip nobody": """sent(r, i, x, c) & up(i) & names(c, a) & a < q & names(c, b) & ~(b < q) & valid(q)
        -> names(c, q)""",
    "taken views skip nobody": """log(i, x, c) & up(i) & names(c, a) & a < q & names(c, b) & ~(b < q) & valid(q)
        -> names(c, q)""",
    "a view names everybody it is sent to": "sent(r, i, x, c) & up(i) & names(c, a) -> names(c, age(i))",
    "the view taken last names the whole list": """member(i) & up(i) & ~leads(i) & log(i, y, d) & next(y, n(i)) & names(d, a)
        & list(i, b) -> names(d, b)""",
    "a head comes after its elders": "sent(r, i, x, c) & up(i) & head(c, a) & u < a & sent(u, i, y, d) -> y < x",
    "elders list, or will list, everybody whom younger ones list": """member(i) & up(i) & list(i, q) & here(t)
        & age(t) < age(i) & age(t) < q & ~list(t, q) -> exists w, d, r. sent(r, t, w, d) & ~(w < n(t)) & names(d, q)""",
    "views in queues name the listed": """member(i) & up(i) & list(i, q) & sent(u, j, y, d) & up(j) & ~(y < n(i))
        & names(d, a) & a < q -> names(d, q)""",
    "members named in a queued view have taken it": """sent(r, i, x, c) & up(i) & names(c, age(j)) & member(j) & up(j)
        & x < n(j) -> log(j, x, c)""",
    "members named in a taken view have taken it": """log(i, x, c) & up(i) & names(c, age(j)) & member(j) & up(j) & x < n(j)
        -> log(j, x, c)""",
    "younger ones named in a taken view are listed": "log(i, x, c) & up(i) & names(c, q) & age(i) < q & ~lost(q) -> list(i, q)",
    "later views name everybody whom earlier ones name": """sent(r, i, x, c) & sent(u, i, y, d) & up(i) & x < y
        & names(c, q) & ~lost(q) & names(d, a) & a < q -> names(d, q)""",
}

# In gms3 a slave can go deaf: it waits for a number that only a view from a former leader has, and takes no view from that one
# any more. In a group of four it is then the youngest and does no harm, as `youngest` says below; in a group of five it may not
# be the youngest.
CANONICAL = {
    "all are members": "admitted(p) <-> member(p)",
    "nobody is lost": "~lost(q)",
    "a list has all after the leader": "member(i) & led(i, a) -> (list(i, q) <-> used(q) & a < q)",
    "the elders of a leader are dead": "led(i, a) & member(t) & age(t) < a -> ~up(t)",
    "the elders of a sender are dead": "sent(r, i, x, c) & member(t) & age(t) < r -> ~up(t)",
    "senders are older": "sent(r, i, x, c) -> used(r) & member(i) & r < age(i)",
    "views in queues are full": "sent(r, i, x, c) & head(c, a) -> (names(c, q) <-> used(q) & ~(q < a))",
    "taken views are full": "log(i, x, c) & head(c, a) -> (names(c, q) <-> used(q) & ~(q < a))",
    "views in queues have a head": "sent(r, i, x, c) & names(c, b) -> exists a. head(c, a)",
    "taken views have a head": "log(i, x, c) & names(c, b) -> exists a. head(c, a)",
    "the head of a view or a younger one sends it": "sent(r, i, x, c) & head(c, a) -> ~(r < a)",
    "the head of a view or a younger one takes it": "log(i, x, c) & head(c, a) -> ~(age(i) < a)",
    "the oldest heads no view to come": "sent(r, i, x, c) & up(i) & head(c, a) & ~(x < n(i)) -> ~oldest(a)",
    "the oldest heads no view to be repeated": """log(h, x, c) & up(h) & up(i) & member(i) & age(h) < age(i) & head(c, a)
        & ~(x < n(i)) -> ~oldest(a)""",
    "the oldest precedes all others": "oldest(a) -> used(a) & (used(b) -> ~(b < a))",
    "there is an oldest": "exists a. oldest(a)",
    "taken contents are those in queues": """log(i, x, c) & sent(u, j, x, d) & up(i) & up(j)
        -> c = d | youngest(j) & leads(j)""",
    "everything from a leader's elders is read": "led(i, a) & here(i) & r < a & sent(r, i, y, c) -> y < n(i) | youngest(i)",
}

SAFETY = {
    "prefix-order: one content per number": "log(i, x, c) & log(j, x, d) & up(i) & up(j) -> c = d",
    "prefix-order: no number skipped": "log(i, x, c) & up(i) & x < y & y < n(i) -> exists d. log(i, y, d)",
}


# What the model of the whole family leaves out: see "what the abstraction keeps" above.
ASSUMED = (
    "the group is formed when a run begins",
    "a process ends only by crashing, and for good",
    "a handler is atomic, but for a crash between two of its sends",
    "the detector suspects nobody who is up",
    "a notice comes behind every message of the process that it is about",
    "no message is lost, duplicated or overtaken, and the network does not split",
    "nobody leaves, and there are no timers and no workers",
)


def _model(
    name: str,
    sentence: str,
    joins: str,
    transitions: Sequence[Iterator[Transition]],
    invariants: dict[str, str],
) -> Model:
    return Model(
        name,
        sentence,
        ("multicasts", "crashes, also in the middle of a broadcast", *([joins] if joins else [])),
        (*ASSUMED, *([] if joins else ["nobody joins"])),
        PARSER.vocabulary,
        PARSER.clauses(AXIOMS),
        INIT,
        tuple(transition for part in transitions for transition in part),
        PARSER.clauses(BOTH | invariants),
        PARSER.clauses(SAFETY),
    )


def gms3_fixed() -> Model:
    """The model of gms3-fixed: formed groups of any size; any number of joins, crashes and multicasts."""
    read = "all e. ~sent(r, i, n(i), e)"
    return _model(
        "gms3-fixed",
        "of two members that are up, one has delivered a prefix of what the other has, since both were members",
        "joins",
        (_orders(), _joins(), _takes(), _successions(read)),
        FIXED,
    )


def gms3() -> Model:
    """The model of gms3: formed groups without joins; any number of crashes and multicasts. Safe for up to four processes."""
    # A message that stays in the queue forever must not hide the end of its sender.
    read = "all e. sent(r, i, n(i), e) -> ~plain(e) & ~head(e, r)"
    return _model(
        "gms3",
        "of two members that are up, one has delivered a prefix of what the other has",
        "",
        (_orders(), _canonical_takes(), _successions(read)),
        CANONICAL,
    )
