"""fbcast's flush as a relational model: virtual synchrony, for any number of processes, messages and views.

The state covers all views at once, whatever their members; a message belongs to the view in which it was multicast.
- A view is a view that was reported. Views are ordered: first by the age of their reporter, oldest first, then by number. So
  each process flushes for later and later views, though not for all of them.
- The model has neither crashes nor losses: whoever is sent a message may read it or not. It uses the order of channels in one
  place only: a process that reads a FLUSH has read the copies sent before it.
- A view may have any members and any reporter, even a mistaken one. But nobody flushes for a view that readmits a process that
  was in an earlier view and missing in a later one that it has flushed for (see `awaits` in
  groupy_check.groupy_model.protocols.multicast.fbcast).
- `has` are the copies that have arrived, whether they are delivered or wait for the view to be installed: the copies that a
  process has when it leaves a view are those that it has delivered there, as the link checks.
- `path(p, v, u)`: p says that u followed v, because it went from v to u, or learned so with the state when it joined.

What carries the proof is `held(w, m)`: a process that has flushed for w has m. Then some member of w has sent m ahead of its
FLUSH, or has yet to flush. So a process with FLUSH from all members of w has everything held, and can get nothing else.

One thing is assumed instead of proved, and the link checks it in each state. A process may go from v to u on the word of a
joiner that was never in v, if everybody who went that way is dead or has yet to be heard; then the process must lack no message
of v. That takes an accurate detector, which the model does not have: whoever excludes a dead member has read all that it sent.

The proof is about sets of messages, not about their order, and not about the state from which a joiner starts.

Why it is decidable: the only "exists" in a clause leads from View and Message to Process, and `of` from Message to View.

Source: groupy_model.protocols.multicast.fbcast.
"""

from __future__ import annotations

from groupy_check.checker.proof.language import Vocabulary
from groupy_check.checker.proof.model import Model, ModelParser

MEANINGS = (
    "member(p, v): p is a member of view v",
    "of(m): the view in which m was multicast",
    "has(p, m): a copy of m has arrived at p",
    "sent(p, q, m): p has sent a copy of m to q",
    "knows(p, q, m): p has read a copy of m from q, so it knows that q has m",
    "flushed(p, v): view v was reported to p, which has sent FLUSH for it",
    "had(p, v, m): p had m when it sent FLUSH for v",
    "held(v, m): somebody who has flushed for v has m",
    "heard(p, q, v): p has read q's FLUSH for v",
    "gone(p, v): p has left view v for a later one",
    "went(p, v, u): p went on from view v to view u",
    "path(p, v, u): p says that u followed v: it went that way, or learned so when it joined",
    "told(p, w, v, u): p's FLUSH for w says that u followed v",
)


def _vocabulary() -> Vocabulary:
    words = Vocabulary({"Process": "j p q r", "View": "u v w", "Message": "m"})
    words.order("View")
    words.declare("member(Process, View)", "of(Message): View", rigid=True)
    words.declare("has(Process, Message)", "sent(Process, Process, Message)", "knows(Process, Process, Message)")
    words.declare("flushed(Process, View)", "had(Process, View, Message)", "held(View, Message)")
    words.declare("heard(Process, Process, View)", "gone(Process, View)", "went(Process, View, View)")
    words.declare("path(Process, View, View)", "told(Process, View, View, View)")
    words.means(*MEANINGS)
    words.define(
        "latest(p, w) := flushed(p, w) & all u. flushed(p, u) -> ~(w < u)",
        "complete(p, w) := latest(p, w) & all q. member(q, w) & q != p -> heard(p, q, w)",
        "stays(p, v) := flushed(p, v) & ~gone(p, v)",
    )
    return words


PARSER = ModelParser(_vocabulary())

# The view v is in force at all its members, and nothing was multicast yet.
INIT = PARSER.transition(
    "begin(v)",
    [
        "all p, w. flushed(p, w) <-> member(p, w) & w = v",
        "all p, m. ~has(p, m)",
        "all p, q, m. ~sent(p, q, m) & ~knows(p, q, m)",
        "all p, w, m. ~had(p, w, m)",
        "all w, m. ~held(w, m)",
        "all p, q, w. ~heard(p, q, w)",
        "all p, w. ~gone(p, w)",
        "all p, u, w. ~went(p, u, w) & ~path(p, u, w)",
        "all p, u, w, u1. ~told(p, w, u, u1)",
    ],
    [],
)

# --- transitions ---------------------------------------------------------------------------------------------------------

GO_ON = ["+ gone(p, v)", "+ went(p, v, u)", "+ path(p, v, u)"]
ACTIONS = (
    # p multicasts m in view v.
    PARSER.transition(
        "multicast(p, m, v)",
        ["of(m) = v", "latest(p, v)", "~gone(p, v)", "all q. ~has(q, m)"],
        ["+ has(p, m)", "+ sent(p, q, m) where member(q, v) & q != p"],
    ),
    # p reads a copy from q, which it has not cut. Once p has left the view of m, it only learns that q has m.
    PARSER.transition(
        "receive(p, q, m, v)",
        ["sent(q, p, m)", "of(m) = v", "flushed(p, v)", "all w. flushed(p, w) & ~(w < v) -> member(q, w)"],
        ["+ knows(p, q, m)", "+ has(p, m) where ~gone(p, v)", "+ held(w, m) where ~gone(p, v) & flushed(p, w) & v < w"],
    ),
    # w is reported to p, which echoes the copies that others may lack, and then sends FLUSH.
    PARSER.transition(
        "flush(p, w)",
        [
            "member(p, w)",
            "all u. flushed(p, u) -> u < w",
            "all q, u, v. flushed(p, u) & flushed(p, v) & u < v & member(q, u) & ~member(q, v) -> ~member(q, w)",
        ],
        [
            "+ sent(p, q, m) where has(p, m) & member(q, w) & member(q, of(m)) & q != p & ~knows(p, q, m)",
            "+ flushed(p, w)",
            "+ had(p, w, m) where has(p, m)",
            "+ held(w, m) where has(p, m)",
            "+ told(p, w, v, u) where path(p, v, u)",
        ],
    ),
    # p reads the FLUSH of q for w.
    PARSER.transition(
        "hear(p, q, w)",
        [
            "latest(p, w)",
            "member(q, w)",
            "flushed(q, w)",
            "all m. had(q, w, m) & sent(q, p, m) -> has(p, m) | gone(p, of(m))",
        ],
        ["+ heard(p, q, w)"],
    ),
    # p goes on from v to u, because nobody tells of another view that followed v.
    PARSER.transition(
        "install(p, v, u)",
        ["complete(p, u)", "stays(p, v)", "v < u", "all q, w. member(q, u) -> ~told(q, u, v, w)"],
        GO_ON,
    ),
    # p goes on from v to u, because q tells that it has done so.
    PARSER.transition(
        "follow(p, q, v, u, w)",
        ["complete(p, w)", "stays(p, v)", "member(q, w)", "member(q, v)", "told(q, w, v, u)"],
        GO_ON,
    ),
    # The same, but q was not in v. The last condition of the guard is the assumption explained above.
    PARSER.transition(
        "follow a joiner(p, q, v, u, w)",
        [
            "complete(p, w)", "stays(p, v)", "member(q, w)", "~member(q, v)", "told(q, w, v, u)",
            "flushed(p, u)", "v < u", "all m. of(m) = v & held(u, m) -> has(p, m)",
        ],
        GO_ON,
    ),
    # A joiner p gets the state from q, and with it the path.
    PARSER.transition("adopt(p, q)", [], ["+ path(p, v, u) where path(q, v, u) & ~member(p, v)"]),
)  # fmt: skip

# --- the inductive invariant ---------------------------------------------------------------------------------------------

INVARIANTS = {
    "members flush": "flushed(p, w) -> member(p, w)",
    "senders have what they send": "sent(p, q, m) -> has(p, m)",
    "processes known to have a message have it": "knows(p, q, m) -> has(q, m)",
    "copies at a flush are kept": "had(p, w, m) -> has(p, m)",
    "processes that are cut stay out": """flushed(p, u) & flushed(p, v) & flushed(p, w) & u < v & v < w & member(q, u)
        & ~member(q, v) -> ~member(q, w)""",
    "copies are sent ahead of FLUSH": """had(p, w, m) & member(q, w) & member(q, of(m)) & p != q
        -> sent(p, q, m) | has(q, m)""",
    "processes that are heard have flushed": "heard(p, q, w) -> flushed(q, w)",
    "whoever has read FLUSH has read the copies ahead of it": """heard(p, q, w) & had(q, w, m) & member(p, of(m))
        -> has(p, m) | gone(p, of(m))""",
    "whatever a process has after its flush is held": "flushed(p, w) & has(p, m) & of(m) < w -> held(w, m)",
    "whatever is held is sent ahead of some FLUSH": """held(w, m)
        -> exists q. member(q, w) & has(q, m) & (had(q, w, m) | ~flushed(q, w))""",
    "processes go on to later views": "went(p, v, u) -> v < u",
    "a process that went on has flushed for both views": "went(p, v, u) -> flushed(p, v) & flushed(p, u)",
    "a process that went on has everything held": "went(p, v, u) & of(m) = v & held(u, m) -> has(p, m)",
    "a path leads to where all have flushed": "path(p, v, u) & member(q, u) -> flushed(q, u)",
    "a path skips nothing that was told": "path(p, v, u) & member(q, u) -> ~told(q, u, v, w)",
    "a process that went on says so": "went(p, v, u) -> path(p, v, u)",
    "members went the way they say": "path(p, v, u) & member(p, v) -> went(p, v, u)",
    "every view told of is on a path": "told(q, w, v, u) -> path(q, v, u)",
    "a process flushes for a view before it tells of it": "told(q, w, v, u) & member(q, v) -> u < w",
}

SAFETY = {
    "virtual synchrony": "went(p, v, u) & went(q, v, u) & of(m) = v & has(p, m) -> has(q, m)",
    "no view is skipped that a member of the next one has told of": "went(p, v, u) & member(q, u) -> ~told(q, u, v, w)",
}


def fbcast() -> Model:
    """The model of fbcast: any number of processes, messages and views, and of joins and removals at once."""
    return Model(
        "fbcast",
        "two processes that go on from one view to the same next view have delivered the same messages in it",
        ("multicasts", "crashes", "joins and removals, also mistaken ones", "duplicated messages"),
        (
            "a process that goes on by a joiner's word alone lacks no message, which takes an accurate detector",
            "whoever reads a FLUSH has read the copies that were sent ahead of it: none is lost or overtaken",
            "nobody flushes for a view that readmits a process which it has flushed without",
            "when a run begins, one view is in force at all its members, and nothing was multicast yet",
            "a process ends only by crashing, and for good",
            "a handler is atomic, but for a crash between two of its sends",
        ),
        PARSER.vocabulary,
        (),
        INIT,
        ACTIONS,
        PARSER.clauses(INVARIANTS),
        PARSER.clauses(SAFETY),
    )
