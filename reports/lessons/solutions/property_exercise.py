"""Solution: compare sequences, not sets, of every process that had a view; the dead may only have stopped earlier."""

from groupy_check import Kind, Requirement, Status, Witness


class SameForAll(Requirement):
    """in the end all have delivered the same sequence, the dead a beginning of it, nobody gave up, and nothing came twice"""

    kind = Kind.LIVENESS

    def judge(self, history):
        alive = [life for life in history.lives if life.status is not Status.CRASHED]
        for life in alive:
            if life.status is Status.HALTED:
                return Witness(f"{life.node} ended itself", (life.node,))
            if len(set(life.delivered)) < len(life.delivered):
                return Witness(f"{life.node} delivered something twice", (life.node,))
        for one in alive:
            for other in history.lives:
                theirs = other.delivered
                wanted = one.delivered[: len(theirs)] if other.status is Status.CRASHED else one.delivered
                if theirs != wanted:
                    text = f"{one.node} and {other.node} have not delivered the same sequence"
                    return Witness(text, (one.node, other.node), (*one.delivered, *theirs))
        return None
