"""gms3-relay as a relational model: uniform prefix-order, for any number of processes and messages.

The model shares its state, its initial states and the leader's transitions with the model of gms3-fixed. What differs: a slave
takes a number only after it has sent it to all others in its list, in order of age. If a crash cuts this relay short, the slave
has taken nothing. A new leader repeats nothing.

What carries the proof, and requires only the receiver to be up:
- whatever a process has taken, it has sent to all younger processes that have not taken it;
- whatever a process has sent to anybody, its elders have taken, or their own elders have sent it to them.
So a process that takes over has read, from its elders, everything that anybody has ever taken. It also follows that a slave
need not relay anything to its elders: half of the relay would be enough.

What is proved implies prefix-order among all members, even crashed ones, and hence uniform-total-order. It also implies the
safety part of uniform-agreement: if anybody has taken a message, every process that is up has taken it or been sent it.

One clause breaks the order of sorts that the model of gms3-fixed keeps: the one that says that a sender is a member. It is
only about senders that are not listed yet, and z3 answers it all the same.

Source: groupy_model.protocols.groupy.gms3_relay; the abstraction is that of checker.proof.models.gms3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from groupy_check.checker.proof.model import Model, Transition
from groupy_check.checker.proof.models.gms3 import ENDED, HEIR, PARSER, SLAVE, TAKEN, gms3_fixed

AXIOMS = {
    "a welcome is for the youngest": "greets(c, a) & names(c, q) -> ~(a < q)",
    "a view that names somebody has a head": "names(c, q) -> exists a. head(c, a)",
}

# --- transitions ---------------------------------------------------------------------------------------------------------

AS_IN_GMS3_FIXED = ("crash", "multicast", "multicast cut", "admit", "admit cut", "enter", "follow")


def _take(head: str, guard: list[str], others: str, after: list[str]) -> Iterator[Transition]:
    """Two transitions: `head`, in which a slave i relays to `others` and then takes a number, and a crash during the relay."""
    name, _, parameters = head.strip(")").partition("(")
    relay = f"+ sent(q, j, x, c) where age(i) = q & admitted(j) & j != i & {others}"
    yield PARSER.transition(head, [*SLAVE, *guard], [relay, *TAKEN, *after])
    yield PARSER.transition(f"{name} cut({parameters}, u)", [*SLAVE, *guard], [f"{relay} & upto(age(j), u)", "- up(i)"])


def _takes() -> Iterator[Transition]:
    """Transitions in which a slave takes the number that it expects: a multicast, or a view, whose leader it then follows."""
    yield from _take("take message(i, t, r, x, c, m)", ["plain(c)"], "list(i, age(j))", [])
    yield from _take(
        "take view(i, t, r, a, x, c, m)",
        ["head(c, a)"],
        "names(c, age(j)) & age(j) != a",
        ["- led(i, q)", "+ led(i, a)", "- list(i, q)", "+ list(i, q) where names(c, q) & q != a"],
    )


def _take_overs() -> Iterator[Transition]:
    """Transitions in which i takes over: its leader s has ended, i has read all that it can take from s, and i is next."""
    guard = [*ENDED, "all e. ~sent(r, i, n(i), e)", *HEIR, "age(i) = b", "n(i) = x"]
    view = "all q. (head(c, q) <-> q = b) & (names(c, q) <-> list(i, q)) & ~greets(c, q)"
    chief = ["- led(i, r)", "+ led(i, b)", "- list(i, b)", "+ lost(q) where used(q) & b < q & ~list(i, q)"]
    announce = "+ sent(b, j, x, c) where admitted(j) & list(i, age(j)) & j != i"
    yield PARSER.transition("take over(i, s, r, b, x, c, m)", [*guard, view, "next(x, m)"], [announce, *TAKEN, *chief])
    yield PARSER.transition(
        "take over cut(i, s, r, b, x, c, a)",
        [*guard, view, "list(i, a)", "a != b"],
        [f"{announce} & upto(age(j), a)", "- up(i)", *chief],
    )


# --- the inductive invariant ---------------------------------------------------------------------------------------------

KEPT = (
    "ages differ",
    "ages are used",
    "one leader each",
    "only members take messages",
    "one content per number in queues",
    "a leader sends below n",
    "elders are sent to first",
    "the lost were admitted",
    "members were admitted",
    "a list begins after the leader",
    "listed processes were admitted",
    "only members have lists",
    "a list has all elders after the leader",
    "a leader lists all after it",
    "no lost process is listed",
    "the elders of a leader are dead",
    "nothing is sent to a lost process",
    "processes named in queues were admitted",
    "no lost process is named in a queue",
    "everything from a leader's elders is read",
    "a joiner is sent nothing before its welcome",
    "a welcome in a queue has its number",
    "a joiner is listed with its welcome",
    "a joiner is named in queues from its welcome on",
    "views in queues skip nobody",
    "a view names everybody it is sent to",
    "elders list, or will list, everybody whom younger ones list",
    "views in queues name the listed",
    "members named in a queued view have taken it",
    "younger ones named in a taken view are listed",
)
NEW = {
    "one content per number taken": "log(i, x, c) & log(j, x, d) -> c = d",
    "taken numbers are below n": "log(i, x, c) -> x < n(i)",
    "no number below n is skipped": "log(i, x, c) & x < y & y < n(i) -> exists d. log(i, y, d)",
    "taken contents are those in queues": "log(i, x, c) & sent(u, j, x, d) & up(j) -> c = d",
    "senders and receivers were admitted": "sent(r, i, x, c) -> valid(r) & admitted(i)",
    "only members send": "sent(age(t), j, x, c) & admitted(t) -> member(t)",
    "a list skips nobody": "up(i) & list(i, b) & age(i) < q & q < b & valid(q) -> list(i, q)",
    "no member is lost": "member(p) -> ~lost(age(p))",
    "a member has taken the number before n": """admitted(h) & member(k) & age(h) < age(k) & next(y, n(k))
        -> exists c. log(k, y, c)""",
    "a sender that is not listed is a member": """sent(r, i, x, c) & here(h) & age(h) < r & ~list(h, r)
        -> exists p. member(p) & age(p) = r""",
    "later views in a queue name everybody whom earlier ones name": """sent(r, i, x, c) & sent(u, i, y, d) & up(i) & x < y
        & ~(x < n(i)) & names(c, q) & ~lost(q) & names(d, a) & a < q -> names(d, q)""",
    "a process that is behind has been sent the rest": """here(i) & admitted(j) & ~(y < n(i)) & y < n(j)
        -> exists r, c. r < age(i) & sent(r, i, y, c)""",
    "nothing is sent early": "sent(age(t), j, x, c) & admitted(t) -> ~(n(t) < x)",
    "an elder has taken everything since the younger one came": """member(h) & here(k) & age(h) < age(k) & ~(y < n(k))
        & y < n(h) -> exists c. log(h, y, c)""",
    "whatever is taken was sent to the younger": """log(h, x, c) & here(i) & age(h) < age(i) & ~(x < n(i))
        -> sent(age(h), i, x, c)""",
    "whatever is sent was sent to the elders": """sent(r, j, x, c) & here(i) & age(i) < r & ~(x < n(i))
        -> exists q, d. q < age(i) & sent(q, i, x, d)""",
    "the younger are listed": """up(h) & member(h) & (here(k) | member(k)) & age(h) < age(k) & ~(n(h) < n(k))
        & (member(k) | n(k) != n(h)) -> list(h, age(k))""",
    "a view names every process that takes it": "log(i, x, c) & names(c, a) -> names(c, age(i))",
    "a head comes after its elders": """sent(r, i, x, c) & up(i) & ~(x < n(i)) & head(c, a) & u < a & sent(u, i, y, d)
        -> y < x""",
    "the first content that a process takes names it": """admitted(h) & age(h) < age(k) & log(k, y, c)
        & ~names(c, age(k)) & next(z, y) -> exists d. log(k, z, d)""",
    "a process that is not listed has taken a view that names it": """up(h) & member(h) & age(h) < age(k)
        & ~list(h, age(k)) & log(k, n(h), c) -> names(c, age(k))""",
    "joiners come in order": "here(h) & ~member(h) & admitted(k) & age(h) < age(k) -> n(h) < n(k)",
}

SAFETY = {
    "uniform prefix-order: one content per number": "log(i, x, c) & log(j, x, d) -> c = d",
    "uniform prefix-order: no number skipped": "log(i, x, c) & x < y & y < n(i) -> exists d. log(i, y, d)",
    "uniform agreement: every process up has taken it or been sent it": """log(j, x, c) & here(i) & ~(x < n(i))
        -> exists r. sent(r, i, x, c)""",
}


# A group of several has a view, which it took under the number before the first one that it expects.
BEGUN = "next(y, x) | (all p. member(p) -> p = s)"


def gms3_relay() -> Model:
    """The model of gms3-relay: formed groups of any size; any number of joins, crashes and multicasts."""
    fixed = gms3_fixed()
    return Model(
        "gms3-relay",
        "of two members, up or crashed, one has delivered a prefix of what the other has, since both were members",
        fixed.covered,
        fixed.assumed,
        PARSER.vocabulary,
        (*fixed.axioms, *PARSER.clauses(AXIOMS)),
        replace(fixed.init, guard=(*fixed.init.guard, *PARSER.transition("begin(s, x, y)", [BEGUN], []).guard)),
        (*(fixed.transition(name) for name in AS_IN_GMS3_FIXED), *_takes(), *_take_overs()),
        (*(clause for clause in fixed.invariants if clause.name in KEPT), *PARSER.clauses(NEW)),
        PARSER.clauses(SAFETY),
    )
