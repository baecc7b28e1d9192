"""gmp2 and gmp3 as relational models: view-agreement, for any number of processes, views, and changes at once.

In the terms of Paxos, a ballot is seniority in the view in force, and a promise is to have cut the older members. `has` and
`before` say which members a view has, and in which order. All else is who has asked, accepted, answered or decided what:
- The model has neither crashes nor losses: to a process, a message that is lost is one that it has not read yet, so whoever is
  asked may accept or not. Hence the proof covers crashes, false suspicions, loss, duplication, reordering and partitions.
- Any process may cut any other, at any time and forever.
- An answer reports everything accepted, in the protocol only what the youngest proposer proposed; the choice is the same.
- A view counts as soon as somebody has decided on it, whether or not anybody survives to install it.

Why it is decidable: every quantifier alternation "for all ... exists" goes from Version over Value, Age and Quorum to Process,
and never back. So a proposer is an Age and an acceptor a Process, though both are members; `is` says which age belongs to whom.

Source: Ricciardi, Birman, "Using process groups to implement failure detection in asynchronous environments" (PODC 1991); the
way to a decidable model is that of Padon and others, "Paxos made EPR: decidable reasoning about distributed protocols" (2017).
"""

from __future__ import annotations

from dataclasses import replace

from groupy_check.checker.proof.language import Vocabulary
from groupy_check.checker.proof.model import Model, ModelParser, Transition

MEANINGS = (
    "next(x, y): view number y comes right after number x",
    "start(x): x is the number of the view in force when the run begins",
    "is(p, a): a is the age of process p",
    "has(v, a): view v has the process of age a among its members",
    "before(v, a, b): in view v the member of age a is senior to the one of age b",
    "of(m, p): process p belongs to the set m",
    "major(m, v): the set m is a majority of view v",
    "cur(p, x, v): p is in view v, its number x, now",
    "installed(p, x, v): p has installed v as view number x",
    "cut(p, a): p suspects the process of age a, and reads nothing from it any more",
    "decided(x, v): somebody has decided that v is view number x",
    "reached(x): some view was decided for number x",
    "proposed(a, x): the process of age a has proposed a view for number x",
    "prop(a, x, v): the process of age a has proposed v as view number x",
    "asked(a, p, x, v): the process of age a has asked p to accept v as view number x",
    "acc(p, a, x, v): p has accepted v as view number x from the process of age a",
    "cand(p, x): p, in view number x, has inquired what the others have accepted",
    "inq(a, p, x): the process of age a, in view number x, has asked p what it has accepted",
    "heard(p, a, x): p has answered that inquiry of the process of age a",
    "ans(p, a, x, b): in that answer p reports that it has accepted a proposal of the process of age b",
)


def _vocabulary() -> Vocabulary:
    words = Vocabulary({
        "Version": "x y z",
        "Value": "u v w",
        "Age": "a b d",
        "Quorum": "k m",
        "Process": "c p q",
    })  # fmt: skip
    words.order("Version")
    words.declare("next(Version, Version)", "start(Version)", "is(Process, Age)", rigid=True)
    words.declare("has(Value, Age)", "before(Value, Age, Age)", "of(Quorum, Process)", "major(Quorum, Value)", rigid=True)
    words.declare("cur(Process, Version, Value)", "installed(Process, Version, Value)", "cut(Process, Age)")
    words.declare("decided(Version, Value)", "reached(Version)")
    words.declare("proposed(Age, Version)", "prop(Age, Version, Value)")
    words.declare("asked(Age, Process, Version, Value)", "acc(Process, Age, Version, Value)")
    words.declare("cand(Process, Version)", "inq(Age, Process, Version)")
    words.declare("heard(Process, Age, Version)", "ans(Process, Age, Version, Age)")
    words.means(*MEANINGS)
    return words


PARSER = ModelParser(_vocabulary())

AXIOMS = {
    "majorities meet": "major(k, v) & major(m, v) -> exists p. of(k, p) & of(m, p)",
    "next": "next(x, y) -> x < y & ~(x < z & z < y)",
    "there is a start": "exists x. start(x)",
    "an age is one process's": "is(p, a) & is(q, a) -> p = q",
    "a process has one age": "is(p, a) & is(p, b) -> a = b",
    "nobody is before itself": "~before(v, a, a)",
    "before before": "before(v, a, b) & before(v, b, d) -> before(v, a, d)",
    "members are in order": "has(v, a) & has(v, b) -> a = b | before(v, a, b) | before(v, b, a)",
    "only members are in order": "before(v, a, b) -> has(v, a) & has(v, b)",
}

# Some members of view x, which is v, have installed it; the others have not heard of it yet.
INIT = PARSER.transition(
    "begin(x, v)",
    [
        "all y. start(y) <-> y = x",
        "all p, y, w. cur(p, y, w) -> y = x & w = v & all a. is(p, a) -> has(v, a)",
        "all p, y, w. installed(p, y, w) <-> cur(p, y, w)",
        "all y, w. decided(y, w) <-> y = x & w = v",
        "all y. reached(y) <-> y = x",
        "all p, a. ~cut(p, a)",
        "all a, y, w. ~prop(a, y, w) & ~proposed(a, y)",
        "all p, a, y, w. ~asked(a, p, y, w) & ~acc(p, a, y, w)",
        "all p, y. ~cand(p, y)",
        "all p, a, y. ~inq(a, p, y) & ~heard(p, a, y)",
        "all p, a, y, b. ~ans(p, a, y, b)",
    ],
    [],
)

# --- transitions ---------------------------------------------------------------------------------------------------------

# c, whose age is a, is in view x, which is v; it has proposed nothing for y, and has cut the members of v that it leaves out.
MEMBER = ["is(c, a)", "cur(c, x, v)", "has(v, a)", "next(x, y)", "~proposed(a, y)"]
LEADER = "all b. before(v, b, a) -> cut(c, b)"
DROPS = "all b. has(v, b) & ~has(w, b) -> cut(c, b)"
REACHED = "all b. is(p, b) -> has(v, b) & b != a & ~cut(c, b)"
PROPOSAL = ["+ proposed(a, y)", "+ prop(a, y, w)", "+ acc(c, a, y, w)", f"+ asked(a, p, y, w) where {REACHED}"]
ANSWERED = [*MEMBER, LEADER, DROPS, "cand(c, x)", "major(m, v)", "all p. of(m, p) -> heard(p, a, x)"]
# A process that answers or accepts has cut everybody older than the process that asks.
PROMISE = "all b. before(v, b, a) -> cut(p, b)"


def _two_phases() -> tuple[Transition, ...]:
    """The transitions of gmp2."""
    return (
        PARSER.transition("suspect(p, a)", ["~is(p, a)"], ["+ cut(p, a)"]),
        PARSER.transition("propose(c, a, x, y, v, w)", [*MEMBER, "all b. ~before(v, b, a)", DROPS], PROPOSAL),
        PARSER.transition(
            "accept(p, a1, a, x, y, v, w)",
            ["is(p, a1)", "asked(a, p, y, w)", "cur(p, x, v)", "next(x, y)", "~cut(p, a)", PROMISE],
            ["+ acc(p, a, y, w)"],
        ),
        PARSER.transition(
            "commit(c, a, x, y, v, w, m)",
            ["is(c, a)", "cur(c, x, v)", "next(x, y)", "prop(a, y, w)", "major(m, v)", "all p. of(m, p) -> acc(p, a, y, w)"],
            ["+ decided(y, w)", "+ reached(y)"],
        ),
        PARSER.transition(
            "install(p, a, x, y, v, w)",
            ["is(p, a)", "cur(p, x, v)", "next(x, y)", "decided(y, w)", "has(w, a)"],
            ["+ installed(p, y, w)", "- cur(p, x, v)", "+ cur(p, y, w)"],
        ),
        PARSER.transition(
            "enter(p, a, y, w)",
            ["is(p, a)", "all x, v. ~cur(p, x, v)", "decided(y, w)", "has(w, a)"],
            ["+ installed(p, y, w)", "+ cur(p, y, w)"],
        ),
    )


def _third_phase() -> tuple[Transition, ...]:
    """The rest of gmp3: a member that has cut all older ones inquires, and repeats the proposal of the youngest proposer."""
    told = "+ ans({0}, a, x, b) where exists w. acc({0}, b, y, w)"
    return (
        PARSER.transition(
            "inquire(c, a, x, y, v)",
            [*MEMBER, LEADER, "~cand(c, x)"],
            ["+ cand(c, x)", f"+ inq(a, p, x) where {REACHED}", "+ heard(c, a, x)", told.format("c")],
        ),
        PARSER.transition(
            "answer(p, a, x, y, v)",
            ["inq(a, p, x)", "cur(p, x, v)", "next(x, y)", "~cut(p, a)", PROMISE],
            ["+ heard(p, a, x)", told.format("p")],
        ),
        PARSER.transition(
            "propose freely(c, a, x, y, v, w, m)", [*ANSWERED, "all p, b. of(m, p) -> ~ans(p, a, x, b)"], PROPOSAL
        ),
        PARSER.transition(
            "propose again(c, a, c1, a1, x, y, v, w, m)",
            [*ANSWERED, "of(m, c1)", "ans(c1, a, x, a1)", "prop(a1, y, w)",
             "all q, d. of(m, q) & ans(q, a, x, d) -> ~before(v, a1, d)"],
            PROPOSAL,
        ),
    )  # fmt: skip


# --- the inductive invariant ---------------------------------------------------------------------------------------------

AFTER = "next(x, y) & decided(x, v)"
INVARIANTS = {
    "a view in force was decided": "cur(p, x, v) -> decided(x, v)",
    "an installed view was decided": "installed(p, x, v) -> decided(x, v)",
    "a process installs only views that include it": "installed(p, x, v) & is(p, a) -> has(v, a)",
    "one decision per number": "decided(x, v) & decided(x, w) -> v = w",
    "reached numbers were decided": "reached(x) -> exists v. decided(x, v)",
    "decided numbers are reached": "decided(x, v) -> reached(x)",
    "no number before the start": "reached(y) & start(x) -> ~(y < x)",
    "no number since the start is skipped": "reached(y) & next(x, y) & start(z) & ~(x < z) -> reached(x)",
    "one proposal each per number": "prop(a, y, u) & prop(a, y, w) -> u = w",
    "every proposal counts as proposed": "prop(a, y, w) -> proposed(a, y)",
    "every request is for a proposal": "asked(a, p, y, w) -> prop(a, y, w)",
    "whatever is accepted was proposed": "acc(p, a, y, w) -> prop(a, y, w)",
    "proposals are for the next number": "proposed(a, y) & next(x, y) -> reached(x)",
    "proposers are members": f"proposed(a, y) & {AFTER} -> has(v, a)",
    "answers are about a view that was decided": "heard(p, a, x) -> reached(x)",
    "a process that answers has cut the older ones": "heard(p, a, x) & decided(x, v) & before(v, b, a) -> cut(p, b)",
    "answers hide nothing older": f"heard(p, a, x) & {AFTER} & acc(p, b, y, u) & before(v, b, a) -> ans(p, a, x, b)",
    "nobody cuts itself": "cut(p, a) -> ~is(p, a)",
    "no older proposal of something else gets a majority": f"""prop(b, y, w) & {AFTER} & before(v, a, b) & u != w & major(m, v)
        -> exists p. of(m, p) & cut(p, a) & ~acc(p, a, y, u)""",
    "a majority accepted what was decided": f"""decided(y, w) & {AFTER}
        -> exists m, a. major(m, v) & prop(a, y, w) & all p. of(m, p) -> acc(p, a, y, w)""",
}

SAFETY = {
    "view-agreement": "installed(p, x, v) & installed(q, x, w) -> v = w",
    "self-inclusion": "installed(p, x, v) & is(p, a) -> has(v, a)",
}


def gmp3() -> Model:
    """The model of gmp3: any number of processes, and any number of joins and removals at once."""
    return Model(
        "gmp3",
        "two processes that install views of one number install the same view, themselves included",
        (
            "crashes",
            "joins",
            "false suspicions",
            "lost, duplicated and reordered messages",
            "partitions",
        ),
        (
            "a process that goes on does as the protocol says, and remembers what it has accepted and cut",
            "a handler is atomic, but for a crash between two of its sends",
            "any two majorities of a view have a member in common",
            "when a run begins, one view is in force, and nothing was proposed or cut yet",
            "nobody leaves",
        ),
        PARSER.vocabulary,
        PARSER.clauses(AXIOMS),
        INIT,
        (*_two_phases(), *_third_phase()),
        PARSER.clauses(INVARIANTS),
        PARSER.clauses(SAFETY),
    )


def gmp2() -> Model:
    """The model of gmp2: nobody replaces the oldest member, so nobody inquires."""
    idle = ("heard(", "acc(", "asked(")
    needed = {name: text for name, text in INVARIANTS.items() if not text.startswith(idle)}
    return replace(gmp3(), name="gmp2", transitions=_two_phases(), invariants=PARSER.clauses(needed))
