"""What must come true eventually, by force: every set of states in which a fair run may go round for ever is tried.

Written from what ARCHITECTURE says of fairness. A run that never rests visits some set of states again and again. It may take
all owed steps between these, since more steps between the same states only make it fairer.
"""

from itertools import combinations

from groupy_check.groupy_model import events as ev
from groupy_check.groupy_model import observations as ob
from groupy_check.groupy_model.effects import CancelTimer, SetTimer
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.scenario import Fairness
from tests.semantics.referee import handlers
from tests.semantics.sentences import EVENTUALLY, correct, now, of
from tests.semantics.traffic import TooLargeError, Traffic, mail, reached
from tests.semantics.world import ask, handle, happening, is_up, state_key

FEW = 10  # states of which all sets are tried
MANY = 1_000  # states that are followed behind one of the system, where the application asks for more
HELD = "held"  # by the bound on timeouts: what comes eventually cannot be told


class Forever:
    """Where the runs of `space` end, if they end, and where they go round for ever."""

    def __init__(self, protocol, scenario, space):
        self.protocol, self.scenario, self.space = protocol, scenario, space
        self.traffic = Traffic(protocol, scenario, None)
        self.known = {}  # whether a process is stuck, by state and process
        self.rests = [place for place, ways in enumerate(space.owed) if not ways]
        self.rounds = list(self.fair_sets(space.worlds, space.owed))

    def verdicts(self, names):
        """For each name: the length of the shortest run that comes to rest and violates it, "cycle", None, or HELD."""
        held = any(map(self.is_held, self.rests)) or any(map(self.goes_round_held, self.rounds))
        return {name: self.verdict(name, HELD if held else None) for name in names}

    def verdict(self, name, otherwise):
        """The same of one."""
        lengths = [self.space.runs[place][0] for place in self.rests if not self.is_held(place) and self.breaks(name, [place])]
        if lengths:
            return min(lengths)
        violated = any(self.breaks(name, some) for some in self.rounds if not self.goes_round_held(some))
        return "cycle" if violated else otherwise

    def breaks(self, name, places):
        """Whether a run that is in these states for ever violates what is called `name`."""
        found = self.space.runs[places[0]][1]
        if name != "progress":
            return EVENTUALLY[name](found)
        members = [life["node"] for life in correct(found) if of(now(life), "installed") and life["status"] is Status.UP]
        return any(all(self.is_stuck(self.space.worlds[place], me) for place in places) for me in members)

    # --- the bound on timeouts --------------------------------------------------------------------------------------------

    def armed(self, world):
        """The timers that would fire here but for the bound."""
        if world.left["timeouts"] != 0:
            return []
        timers = [(me, timer) for me, proc in world.procs.items() for timer in proc["timers"] if is_up(world, me)]
        return [(me, timer) for me, timer in timers if ask(self.protocol, world, me, ev.Timeout(timer))]

    def is_held(self, place):
        """Whether nothing moves because of the bound."""
        return bool(self.armed(self.space.worlds[place]))

    def goes_round_held(self, places):
        """Whether in some state a timer would fire beside what goes round."""
        worlds = [self.space.worlds[place] for place in places]
        return any(self.traffic.outlasts(world, *timer) for world in worlds for timer in self.armed(world))

    # --- fair runs --------------------------------------------------------------------------------------------------------

    def fair_sets(self, worlds, owed):
        """Every set of places that a fair run can visit again and again, and nothing else; None leads out of `worlds`."""
        ahead = {place: {found for _, found in ways} - {None} for place, ways in enumerate(owed)}
        behind = {place: reached(place, ahead) for place in ahead}
        parts = {frozenset(one for one in behind[place] if place in behind[one]) for place in ahead}
        rounds = [part for part in parts if any(ahead[place] & part for place in part)]
        for part in rounds:
            if len(part) > FEW:
                raise TooLargeError
            steps = [
                (place, found, claims(worlds[place], job), meets(worlds[place], job))
                for place in part
                for job, found in owed[place]
                if found in part
            ]
            demands = {place: {claim for job, _ in owed[place] for claim in claims(worlds[place], job)} for place in part}
            for size in range(1, len(part) + 1):
                for some in combinations(sorted(part), size):
                    if self.is_fair(set(some), steps, demands):
                        yield some

    def is_fair(self, some, steps, demands):
        """Whether a run may stay in `some`, taking all steps between them."""
        inside = [step for step in steps if step[0] in some and step[1] in some]
        ahead = {place: {found for source, found, *_ in inside if source == place} for place in some}
        back = {place: {source for source, found, *_ in inside if found == place} for place in some}
        start = min(some)
        if not (ahead[start] and reached(start, ahead) == some == reached(start, back)):
            return False
        met = {claim for *_, meeting in inside for claim in meeting}
        asked = set().union(*(demands[place] for place in some))
        if self.scenario.fairness is Fairness.WEAK:
            always = set.intersection(*(demands[place] for place in some))
            asked = {claim for claim in asked if claim[0] == "timer" or claim in always}
        return asked <= met

    # --- progress ---------------------------------------------------------------------------------------------------------

    def is_stuck(self, world, me):
        """Whether what `me` multicasts next, without faults and other requests from now on, may never be delivered to it."""
        left = {**dict.fromkeys(world.left, 0), "messages": 1, "timeouts": None}
        world = self.silent(world)._replace(left=left)
        name = state_key(world, self.scenario), me
        if name not in self.known:
            jobs = ask(self.protocol, world, me, ev.Multicast(Change(me, world.procs[me]["asked"] + 1)), "messages")
            self.known[name] = not jobs or any(self.never_delivers(world, job) for job in jobs)
        return self.known[name]

    def silent(self, world):
        """`world` without its logs."""
        return world._replace(procs={me: {**proc, "log": ()} for me, proc in world.procs.items()})

    def never_delivers(self, world, asking):
        """Whether some fair run behind the job `asking` does not deliver at the same process what was asked for."""
        wanted, traffic = ob.Delivered(asking.event.payload), Traffic(self.protocol, self.scenario, MANY)

        def after(here, job):
            found = handle(here, {ob.Delivered}, job)
            return None if wanted in found.procs[asking.me]["log"] else self.silent(found)

        worlds, ways = [after(world, asking)], []
        if worlds == [None]:
            return False
        places = {state_key(worlds[0], self.scenario): 0}
        for here in worlds:  # grows while it is walked
            if len(worlds) > MANY:
                raise TooLargeError
            owed = handlers(self.protocol, self.scenario, here, traffic)[0]
            if not owed:
                return True
            found = [(job, after(here, job)) for job in owed]
            for _, one in found:
                if one is not None and places.setdefault(state_key(one, self.scenario), len(worlds)) == len(worlds):
                    worlds.append(one)
            ways.append([(job, None if one is None else places[state_key(one, self.scenario)]) for job, one in found])
        return any(True for _ in self.fair_sets(worlds, ways))


def claims(world, job):
    """What is asked of a fair run in which `job` can be done again and again."""
    if isinstance(job.event, ev.Timeout):
        return [("timer", job.me, job.event.timer)]
    return [("mail", *mail(world, job)), ("channel", job.me, job.take[0])]


def meets(world, job):
    """What is not asked any more when `job` is done."""
    timers = [effect.timer for effect in happening(job.step) if isinstance(effect, SetTimer | CancelTimer)]
    return [*claims(world, job), *(("timer", job.me, timer) for timer in timers)]
