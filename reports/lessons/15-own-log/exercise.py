"""Lesson 15: a chat of three writes its log, and one rule is wrong."""

import json
import sys
from pathlib import Path

from groupy_check import judge


class Member:
    """One member of the group. `log` are its lines, `sequencer` the queue of what is to be sent to everybody."""

    def __init__(self, name, log, sequencer):
        self.name, self.log, self.sequencer = name, log, sequencer

    def note(self, event, **more):
        self.log.append(json.dumps({"process": self.name, "event": event, **more}))

    def multicast(self, text):
        self.note("multicast", payload=text)
        self.note("deliver", payload=text)
        self.sequencer.append((self.name, text))

    def receive(self, sender, text):
        if sender != self.name:
            self.note("deliver", payload=text)


def chat():
    """The log of a short chat."""
    log, sequencer = [], []
    ann, bob, eve = members = [Member(name, log, sequencer) for name in ("ann", "bob", "eve")]
    bob.multicast("hi")
    ann.multicast("hello")
    eve.multicast("who is there?")
    for sender, text in sequencer:
        for member in members:
            member.receive(sender, text)
    return log


if __name__ == "__main__":
    Path("chat.jsonl").write_text("\n".join(chat()) + "\n", encoding="utf-8")
    result = judge("chat.jsonl", claims="atomic", silent="correct", at_rest=True)
    print(result)
    sys.exit(any(finding.witness for finding in result.decisive))
