"""Solution 17: first to disk, then to the proposer."""

from dataclasses import replace

from groupy_check import GmpPromise, Send, Step, Store, gmp_promise


class Exercise(GmpPromise):
    """gmp-promise: a member answers only when its promise can no longer be forgotten."""

    def promise(self, state, source, view):
        record = replace(state.record, promised=view)
        return Step(replace(state, record=record), (Store(record), Send(source, gmp_promise.Promise(view))))
