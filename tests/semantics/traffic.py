"""Traffic that goes round for ever, for the referee: whether a timer fires beside it. Written from the documents alone."""

from groupy_check.groupy_model import effects as fx
from tests.semantics.world import handle, happening, key, receptions, state_key


def mail(world, job):
    """What `job` receives."""
    source, index = job.take
    return job.me, source, key(world.channels[source, job.me][index])


def touches(job, me, timer):
    """Whether `job` sets or cancels `timer` of `me`."""
    effects = happening(job.step) if job.me == me else ()
    return any(isinstance(effect, fx.SetTimer | fx.CancelTimer) and effect.timer == timer for effect in effects)


class TooLargeError(Exception):
    """There are more states than were asked for."""


class Traffic:
    """What goes on by receptions alone, logs, budgets and what is stored aside; states have names here.

    Every name is one of at least one state that can be reached, so that more than `limit` of them raise TooLargeError.
    """

    def __init__(self, protocol, scenario, limit):
        self.protocol, self.scenario, self.limit = protocol, scenario, limit
        self.onward = {}  # by name: [(what is received, the job, where it leads, its name)]
        self.answers = {}

    def name(self, world):
        """The same for states that differ in nothing but logs, budgets and what is stored."""
        procs = {me: {**proc, "log": (), "stored": None} for me, proc in world.procs.items()}
        return state_key(world._replace(procs=procs, left={}), self.scenario)

    def follow(self, name, world):
        """What can be received in `world`."""
        if name not in self.onward:
            after = [(job, handle(world, (), job)) for job in receptions(self.protocol, self.scenario, world)]
            self.onward[name] = [(mail(world, job), job, found, self.name(found)) for job, found in after]
            if self.limit is not None and len(self.onward) > self.limit:
                raise TooLargeError
        return self.onward[name]

    def outlasts(self, world, me, timer):
        """Whether `world` lies on a cycle of receptions that goes on beside `timer` of `me`, and starves nothing."""
        start = self.name(world)
        if (start, me, timer) not in self.answers:
            self.answers[start, me, timer] = self._outlasts(start, world, me, timer)
        return self.answers[start, me, timer]

    def _outlasts(self, start, world, me, timer):
        waiting, steps, todo = {}, {}, [(start, world)]  # by name: what can be received; [(what is received, where it leads)]
        while todo:
            name, state = todo.pop()
            if name in steps:
                continue
            after = self.follow(name, state)
            waiting[name] = {what for what, *_ in after}
            kept = [(what, found, called) for what, job, found, called in after if not touches(job, me, timer)]
            steps[name] = [(what, called) for what, _, called in kept]
            todo += [(called, found) for _, found, called in kept]
        kept = set(steps)
        while True:
            kept = round_trips(start, kept, steps)
            taken = {what for name in kept for what, found in steps[name] if found in kept}
            left = {name for name in kept if waiting[name] <= taken}
            if start not in left or left == kept:
                return start in left
            kept = left


def round_trips(start, kept, steps):
    """Which of `kept` lie on a way through `kept` that begins and ends in `start`."""
    back = {name: set() for name in kept}
    for name in kept:
        for _, found in steps[name]:
            if found in kept:
                back[found].add(name)
    ahead = {name: {found for _, found in steps[name] if found in kept} for name in kept}
    return reached(start, ahead) & reached(start, back)


def reached(start, ways):
    """What `ways` lead to from `start`, and `start`."""
    found, todo = {start}, [start]
    while todo:
        more = ways[todo.pop()] - found
        found |= more
        todo += more
    return found
