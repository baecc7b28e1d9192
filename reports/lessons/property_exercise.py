"""Exercise: write the property. It holds on gms3 and has to catch the mutants; so far it catches only some."""

from groupy_check import Kind, Requirement, Status, Witness, show


class SameForAll(Requirement):
    """in the end every process that is up has delivered the same"""

    kind = Kind.LIVENESS  # judged when nothing more happens on its own

    def judge(self, history):
        alive = [life for life in history.lives if life.status is Status.UP]
        for one in alive:
            for other in alive:
                for payload in one.delivered:
                    # What about payloads delivered twice, or in another order? And what about processes that died?
                    if payload not in other.delivered:
                        text = f"{other.node} never delivered {show(payload)}, which {one.node} delivered"
                        return Witness(text, (one.node, other.node), (payload,))
        return None
