"""Exercise 17: a member that keeps its promises in mind, and nowhere else.

`promise` is called when `state`, a member, hears the first proposal for the next view, from `source`. You may use:

state.record    the view in force, and the view that this member has promised itself to: replace(state.record, promised=view)
Store(record)   the effect that writes `record` to stable storage, in place of what was there

The rest is there already: a member that comes back goes on from the record that it had stored last.
"""

from dataclasses import replace

from groupy_check import GmpPromise, Send, Step, gmp_promise


class Exercise(GmpPromise):
    """gmp-promise whose members write down their views, but not what they have promised to others."""

    def promise(self, state, source, view):
        record = replace(state.record, promised=view)
        return Step(replace(state, record=record), (Send(source, gmp_promise.Promise(view)),))
