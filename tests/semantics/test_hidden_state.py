"""State outside the state: whatever a handler changes besides the state that it returns is noticed, and called by its name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.purity.hidden_state import Watch
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.registry import PROPERTIES

SMALL = Scenario(nodes=2, messages=1, crashes=0)
HEAD = """import abc, collections, contextvars, enum, functools, itertools, logging, os, pathlib, random, re, types, typing
from dataclasses import dataclass, field, replace
from groupy_check import *
"""
# What the leader does when it sends a message, before and around `class Mine`.
MINE = "class Mine(Gms3):\n    {fields}\n    def announce(self, leader, message{defaults}):\n        {does}\n"
REST = "        return super().announce(leader, message)\n"


def written(directory: Path, name: str, before: str = "", fields: str = "", does: str = "pass", defaults: str = "") -> Protocol:
    body = MINE.format(fields=fields or "pass", does=does, defaults=defaults)
    path = directory / f"{name}.py"
    path.write_text(f"{HEAD}{before}\n{body}{REST}", encoding="utf-8")
    return load_protocol(str(path))


def searched(protocol: Protocol) -> None:
    Explorer(protocol, SMALL, [PROPERTIES["integrity"]]).run()


@pytest.fixture(autouse=True)
def _nothing_left_behind(tmp_path: Path) -> Iterator[None]:
    before, path, environment, ours = set(sys.modules), list(sys.path), "GROUPY_TEST_COUNT", set(vars(Gms3))
    yield
    for name in set(vars(Gms3)) - ours:
        delattr(Gms3, name)
    sys.path[:] = path
    pytest.MonkeyPatch().delenv(environment, raising=False)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


CLOSURE = """def counted(function):
    {cell}
    @functools.wraps(function)
    def inner(*words):
        {change}
        return function(*words)
    return inner
class Base:
    @counted
    def note(self): pass
"""
CHANGES = {
    # the protocol object
    "counter": ({"does": "self.n = getattr(self, 'n', 0) + 1"}, "self.n from nothing to 1"),
    "list_in_self": (
        {"fields": "def __init__(self): self.seen = []", "does": "self.seen.append(message.payload)"},
        "self.seen from [] to [a1]",
    ),
    "in_an_effect": (
        {"before": "KEPT = Deliver([])\n", "does": "KEPT.payload.append(message.payload)"},
        "the global KEPT.payload of {file} from [] to [a1]",
    ),
    "counter_object": (
        {"fields": "def __init__(self): self.seen = collections.Counter()", "does": "self.seen[message.payload] += 1"},
        "self.seen from {} to {a1: 1}",
    ),
    "nested": (
        {
            "before": "class Box:\n    def __init__(self): self.items = {'a': [1]}\n",
            "fields": "def __init__(self): self.box = Box()",
            "does": "self.box.items['a'].append(2)",
        },
        "self.box.items[a] from [1] to [1, 2]",
    ),
    "slots": (
        {
            "before": "class Box:\n    __slots__ = ('n',)\n    def __init__(self): self.n = 0\n",
            "fields": "def __init__(self): self.box = Box()",
            "does": "self.box.n += 1",
        },
        "self.box.n from 0 to 1",
    ),
    "namespace": (
        {"fields": "kept = types.SimpleNamespace(n=0)", "does": "self.kept.n += 1"},
        "the class attribute Mine.kept.n from 0 to 1",
    ),
    "toggle": ({"fields": "on = False", "does": "self.on = not self.on"}, "self.on from False to True"),
    "deque": (
        {"fields": "last = collections.deque([0], 1)", "does": "self.last.append(1)"},
        "the class attribute Mine.last from [0] to [1]",
    ),
    "buffer": (
        {"fields": "last = bytearray(2)", "does": "self.last[0] = 1"}, "the class attribute Mine.last from [0, 0] to [1, 0]",
    ),
    "equal_but_not_the_same": ({"fields": "on = 1", "does": "self.on = True"}, "self.on from 1 to True"),
    # classes
    "class_counter": ({"fields": "n = 0", "does": "type(self).n += 1"}, "the class attribute Mine.n from 0 to 1"),
    "class_set": ({"fields": "known = set()", "does": "self.known.add(1)"}, "the class attribute Mine.known from {} to {1}"),
    "base_class": (
        {"before": "class Base: table = {}\n", "does": "Base.table[message.payload] = 1", "fields": "base = Base"},
        "the class attribute Base.table from {} to {a1: 1}",
    ),
    "our_class": ({"does": "Gms3.hits = 1"}, "the class attribute Gms3.hits from nothing to 1"),
    "other_class": ({"before": "class Box: n = 0\n", "does": "Box.n += 1"}, "the class attribute Box.n from 0 to 1"),
    "class_of_an_object": (
        {"before": "def make():\n    class Box: n = 0\n    return Box()\nBOX = make()\n", "does": "type(BOX).n += 1"},
        "the class attribute make.<locals>.Box.n from 0 to 1",
    ),
    "enum_member": (
        {"before": "class Mode(enum.Enum):\n    A = 1\n", "does": "Mode.A.count = 1"},
        "the class attribute Mode.A.count from nothing to 1",
    ),
    "replaced_method": ({"does": "Mine.election = lambda self, slave: None"}, "the class attribute Mine.election"),
    # modules
    "global_counter": (
        {"before": "n = 0\ndef up():\n    global n\n    n += 1\n", "does": "up()"}, "the global n of {file} from 0 to 1",
    ),
    "global_list": ({"before": "seen = []\n", "does": "seen.append(1)"}, "the global seen of {file} from [] to [1]"),
    "list_in_itself": (
        {"before": "seen = []\nseen.append(seen)\n", "does": "seen.append(1)"}, "the global seen of {file};",
    ),
    "large_list": ({"before": "seen = [0] * 30_000\n", "does": "seen.append(1)"}, "the global seen of {file};"),
    "global_deep": (
        {"before": "T = {'a': ({'b': []},)}\n", "does": "T['a'][0]['b'].append(1)"},
        "the global T[a][0][b] of {file} from [] to [1]",
    ),
    "frozen_with_a_list": (
        {
            "before": "@dataclass(frozen=True)\nclass Log:\n"
            "    items: list = field(default_factory=list, compare=False)\nLOG = Log()\n",
            "does": "LOG.items.append(1)",
        },
        "the global LOG.items of {file} from [] to [1]",
    ),
    "environment": ({"does": "os.environ['GROUPY_TEST_COUNT'] = '1'"}, "the environment variable GROUPY_TEST_COUNT"),
    "context": ({"before": "V = contextvars.ContextVar('v')\n", "does": "V.set(1)"}, "the global V of {file}"),
    # functions
    "closure": (
        {"before": CLOSURE.format(cell="n = 0", change="nonlocal n; n += 1"), "does": "Base().note()"},
        "the variable n around Base.note from 0 to 1",
    ),
    "closure_list": (
        {"before": CLOSURE.format(cell="calls = [0]", change="calls[0] += 1"), "does": "Base().note()"},
        "the variable calls around Base.note from [0] to [1]",
    ),
    "default": (
        {"defaults": ", seen=[]", "does": "seen.append(1)"}, "the default argument seen of Mine.announce from [] to [1]",
    ),
    "keyword_default": (
        {"defaults": ", *, seen={}", "does": "seen[1] = 2"},
        "the default argument seen of Mine.announce from {} to {1: 2}",
    ),
    "static_default": (
        {"fields": "@staticmethod\n    def note(seen=[]): seen.append(1)", "does": "self.note()"},
        "the default argument seen of Mine.note from [] to [1]",
    ),
    "default_of_a_special_method": (
        {"fields": "def __len__(self, seen=[]): seen.append(1); return 1", "does": "len(self)"},
        "the default argument seen of Mine.__len__ from [] to [1]",
    ),
    "global_with_two_underscores": (
        {"before": "__seen = []\ndef note(): __seen.append(1)\n", "does": "note()"},
        "the global __seen of {file} from [] to [1]",
    ),
    "attribute_of_a_function": ({"does": "Mine.announce.calls = 1"}, "the attribute Mine.announce.calls from nothing to 1"),
    "attribute_of_a_cache": (
        {"before": "@functools.cache\ndef f(n): return n\nf.calls = 0\n", "does": "f.calls += 1"},
        "the attribute f.calls from 0 to 1",
    ),
    "partial": (
        {"before": "def note(seen): seen.append(1)\nP = functools.partial(note, [])\n", "does": "P()"},
        "the global P[0] of {file} from [] to [1]",
    ),
    "bound_method": ({"before": "NOTE = [].append\n", "does": "NOTE(1)"}, "the global NOTE of {file} from [] to [1]"),
    "what_a_cache_returns": (
        {"before": "@functools.cache\ndef registry(): return []\n", "does": "registry().append(1)"},
        "what registry has cached from [1] to [1, 1]",
    ),
    "what_a_bounded_cache_returns": (
        {"before": "@functools.lru_cache(3)\ndef registry(): return set()\n", "does": "registry().add(message.payload)"},
        "what registry has cached from {a1} to {a1, b1}",
    ),
    # what code is made of
    "class_of_the_protocol": (
        {"before": "def other(kind): return type('Other', (kind,), {})\n", "does": "self.__class__ = other(Mine)"},
        "the class of self from",
    ),
    "bases": (
        {"before": "class A: pass\nclass B: pass\nclass C(A): pass\n", "does": "C.__bases__ = (B,)"}, "the bases of C from",
    ),
    "code": (
        {"before": "def f(): return 0\ndef g(): return 1\n", "does": "f.__code__ = g.__code__"},
        "the code or the default arguments of f;",
    ),
    "number_by_default": (
        {"before": "def f(n=0): return n\n", "does": "f.__defaults__ = (f() + 1,)"},
        "the code or the default arguments of f;",
    ),
    "number_by_keyword": (
        {"before": "def f(*, n=0): return n\n", "does": "f.__kwdefaults__['n'] += 1"},
        "the code or the default arguments of f;",
    ),
    "registered": (
        {"before": "@functools.singledispatch\ndef f(x): return 0\n", "does": "f.register(int, lambda x: 1)"},
        "the registry of f;",
    ),
    # objects of libraries
    "order_alone": (
        {"before": "D = {'a': 1, 'b': 2}\n", "does": "D['a'] = D.pop('a')"}, "the global D of {file};",
    ),
    "namespace_of_arguments": (
        {"before": "import argparse\nN = argparse.Namespace(n=0)\n", "does": "N.n += 1"},
        "the global N.n of {file} from 0 to 1",
    ),
    "graph": ({"before": "import networkx\nG = networkx.DiGraph()\n", "does": "G.add_edge(1, 2)"}, "the global G._"),
    "exception": (
        {"before": "E = ValueError(1)\n", "does": "E.args = (2,); E.add_note('twice')"}, "the global E of {file};",
    ),
    "numbers_of_numpy": (
        {"before": "import numpy\nR = numpy.random.default_rng(1)\n", "does": "R.random()"}, "the global R of {file};",
    ),
    "older_numbers_of_numpy": (
        {"before": "import numpy\nR = numpy.random.RandomState(1)\n", "does": "R.rand()"}, "the global R of {file};",
    ),
    "global_numbers_of_numpy": ({"before": "import numpy as np\n", "does": "np.random.random()"}, "numpy.random;"),
    "text_in_memory": (
        {"before": "import io\nT = io.TextIOWrapper(io.BytesIO())\n", "does": "T.write('x')"}, "the global T of {file};",
    ),
    # what is used up
    "generator": (
        {"before": "def up():\n    k = 0\n    while True: k += 1; yield k\nU = up()\n", "does": "next(U)"},
        "the global U of {file};",
    ),
    "count": (
        {"fields": "ids = itertools.count(1)", "does": "next(self.ids)"},
        "the class attribute Mine.ids from count(1) to count(2)",
    ),
    "iterator": ({"fields": "ids = iter(range(10 ** 6))", "does": "next(self.ids)"}, "the class attribute Mine.ids"),
    "cycle": (
        {"before": "C = itertools.cycle([1, 2, 3])\n", "does": "next(C)"},
        "the global C of {file};",
    ),
    "cycle_in_its_second_round": (
        {"before": "C = itertools.cycle([1, 2, 3]); [next(C) for _ in range(5)]\n", "does": "next(C)"},
        "the global C of {file};",
    ),
    "iterator_of_an_iterator": ({"before": "E = enumerate(zip([1, 2, 3, 4]))\n", "does": "next(E)"}, "the global E of {file};"),
    "member_of_an_enumeration": (
        {"before": "class F(enum.Flag):\n    A = 1\n", "does": "F.A._mine = 1"},
        "the class attribute F.A._mine from nothing to 1",
    ),
    "random_numbers": ({"before": "R = random.Random(1)\n", "does": "R.random()"}, "the global R of {file};"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_handler_changes_is_called_by_its_name(name: str, tmp_path: Path) -> None:
    words, told = CHANGES[name]
    with pytest.raises(ProtocolError) as refused:
        searched(written(tmp_path, f"changes_{name}", **words))
    line = str(refused.value)
    assert f"it changed {told.replace('{file}', f'changes_{name}.py')}" in line
    assert "step(state=leader(p1" in line
    assert "whatever it keeps belongs into the state that it returns" in line
    assert "\n" not in line


def test_a_helper_module_is_looked_at_also_when_it_is_imported_late(tmp_path: Path) -> None:
    (tmp_path / "late_helper.py").write_text("notes = []\ndef note(what): notes.append(what)\n", encoding="utf-8")
    for name, before, does in (
        ("early", "import late_helper\n", "late_helper.note(1)"),
        ("late", "", "import late_helper as helper; helper.note(1)"),
    ):
        with pytest.raises(ProtocolError, match=r"it changed the global notes of late_helper.py from \[.*\] to \[1"):
            searched(written(tmp_path, name, before=before, does=does))


def test_the_initial_state_is_looked_at_too(tmp_path: Path) -> None:
    fields = "members = []\n    def initial(self, me):\n        self.members.append(me)\n        return super().initial(me)"
    with pytest.raises(ProtocolError, match=r"initial\(p1\) changed the class attribute Mine.members from \[\] to \[p1, p1\]"):
        searched(written(tmp_path, "initial", fields=fields))


def test_what_goes_wrong_after_many_calls_is_noticed_at_the_first(tmp_path: Path) -> None:
    """Which of many calls is the first wrong one depends on the search alone: the run that it shows would violate nothing."""
    does = "self.calls = getattr(self, 'calls', 0) + 1\n        if self.calls > 1000: return ()"
    with pytest.raises(ProtocolError, match=r"it changed self.calls from nothing to 1"):
        searched(written(tmp_path, "late_fault", does=does))


def test_a_class_within_a_function_is_looked_at() -> None:
    calls = []

    class Within(Gms3):
        def announce(self, leader, message):
            calls.append(message)
            return super().announce(leader, message)

    with pytest.raises(ProtocolError, match=r"it changed the variable calls around .*Within.announce from"):
        searched(Within())


class ListInState(Protocol):
    """Its state has a list that takes no part in comparisons."""

    def initial(self, me):
        return Logged(me, [])

    def step(self, state, event):
        state.log.append(event)
        return Step(state)


class Logged:
    def __init__(self, me, log):
        self.me, self.log = me, log

    def __eq__(self, other):
        return isinstance(other, Logged) and self.me == other.me

    def __hash__(self):
        return hash(self.me)

    def __repr__(self):
        return f"logged {self.me}"


def test_a_change_of_the_state_that_its_own_equality_does_not_see_is_noticed() -> None:
    with pytest.raises(ProtocolError, match="it changed its input; return a new state instead"):
        Semantics(ListInState(), SMALL).initial()


@pytest.mark.parametrize("value", ["iter((1, 2))", "(k for k in (1, 2))", "map(str, (1, 2))", "itertools.count()", "object()"])
def test_an_iterator_in_a_message_is_refused(value: str, tmp_path: Path) -> None:
    does = f"return (*broadcast(('ids', {value}), leader.slaves), Deliver(message.payload))"
    with pytest.raises(ProtocolError, match=r"equal to nothing but itself|is not equal to its copy|memory address") as refused:
        searched(written(tmp_path, "iterators", does=does))
    assert "use frozen dataclasses and tuples" in str(refused.value)


CALM = {
    "constants": {"before": "T = {'a': [1]}\nL = [1]\n", "fields": "W = {'x': (1,)}", "does": "T['a'][0], self.W, len(L)"},
    "a_cache": {"before": "@functools.cache\ndef quorum(n): return n // 2 + 1\n", "does": "quorum(len(leader.slaves))"},
    "a_bounded_cache": {"before": "@functools.lru_cache(1)\ndef f(n): return [n]\n", "does": "f(1); f(2); f(message.payload)"},
    "a_cached_method": {"fields": "@functools.cache\n    def f(self): return 1", "does": "self.f()"},
    "a_cached_property": {"fields": "@functools.cached_property\n    def t(self): return {1: [2]}", "does": "self.t[1]"},
    "a_value_that_caches": {
        "before": "@dataclass(frozen=True)\nclass K:\n    n: int\n"
        "    @functools.cached_property\n    def d(self): return self.n * 2\n"
        "    def __hash__(self):\n        try: return self._h\n        except AttributeError:\n"
        "            object.__setattr__(self, '_h', hash(self.n)); return self._h\nONE = K(1)\n",
        "does": "ONE.d; hash(ONE)",
    },
    "regular_expressions": {"before": "P = re.compile('a+')\n", "does": "P.match(str(message)); re.match('b', 'c')"},
    "logging": {"before": "log = logging.getLogger(__name__)\n", "does": "log.debug('sent %s', message); log.isEnabledFor(10)"},
    "printing": {"does": "print(message)"},
    "flags": {"before": "class F(enum.Flag):\n    A = 1\n    B = 2\n", "does": "F.A | F.B; F(3)"},
    "flags_inverted": {
        "before": "class F(enum.Flag):\n    A = 1\n    B = 2\nclass G(enum.IntFlag):\n    A = 1\n",
        "does": "F.A & ~F.B; ~F.A; ~(F.A | F.B); ~G.A",
    },
    "a_cycle_in_its_second_round": {"before": "C = itertools.cycle([1, 2, 3]); [next(C) for _ in range(5)]\n"},
    "iterators_at_rest": {
        "before": "C = itertools.cycle([1, 2])\nZ = zip(C, map(str, iter((1, 2))))\n"
        "E = enumerate(itertools.chain([1], iter({2})))\nS = itertools.islice(C, 5)\n"
        "T = itertools.tee([1, 2]); R = reversed([1, 2]); D = iter({1: 2}.items())\n",
    },
    "enumerations": {"before": "class E(enum.Enum):\n    A = 1\n", "does": "E(1).name; E['A'].value; list(E)"},
    "paths": {"before": "P = pathlib.Path('a/b')\n", "does": "hash(P); str(P); P.parts"},
    "late_imports": {"does": "import colorsys, fractions; fractions.Fraction(1, 2)"},
    "dispatch": {
        "before": "@functools.singledispatch\ndef f(x): return 0\n@f.register\ndef _(x: int): return 1\n",
        "does": "f(1); f('a'); f(2.0)",
    },
    "abstract_classes": {"before": "class A(abc.ABC): pass\n", "does": "isinstance(message, A); issubclass(int, A)"},
    "annotations": {"fields": "n: int = 1", "does": "typing.get_type_hints(Mine)"},
    "set_anew_to_the_same": {"fields": "mode = ('a',)", "does": "self.mode = tuple(['a'])"},
    "libraries": {
        "before": "import argparse, networkx, numpy\nG = networkx.path_graph(3)\nA = numpy.arange(3)\n"
        "P = argparse.ArgumentParser()\nE = ValueError(1)\n",
        "does": "networkx.shortest_path(G, 0, 2); G.degree; G.nodes; list(G.edges); A.sum(); numpy.sort(A); str(E)\n"
        "        try: raise E\n        except ValueError: pass",
    },
    "lists_of_its_own": {"does": "own = []; own.append(1); sum(own); collections.Counter('abc'); next(iter(own))"},
    "a_partial": {"before": "f = functools.partial(max, 1)\n", "does": "f(2); sorted('ba', key=self.name.find)"},
}  # fmt: skip


@pytest.mark.parametrize("name", CALM)
def test_what_is_no_state_is_not_refused(name: str, tmp_path: Path) -> None:
    searched(written(tmp_path, f"calm_{name}", **CALM[name]))


def test_a_cache_of_a_function_that_is_not_pure_is_found_out(tmp_path: Path) -> None:
    before = "import time\n@functools.cache\ndef now(): return time.perf_counter_ns()\n"
    with pytest.raises(ProtocolError, match=r"gave different outcomes; it calls time.perf_counter_ns"):
        searched(written(tmp_path, "cached_time", before=before, does="return (SetTimer(str(now())),)"))


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("import time; n = time.time()", "it calls time.time()"),
        ("import random; n = random.random()", "it calls random.random()"),
        ("n = os.urandom(3)", "it calls os.urandom()"),
        ("import datetime; n = datetime.datetime.now().microsecond", "it calls datetime.now()"),
        ("import uuid; n = uuid.uuid4()", "it calls os.urandom()"),
    ],
)
def test_what_two_calls_differ_by_is_named(does: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ProtocolError) as refused:
        searched(written(tmp_path, "differs", does=f"{does}; return (SetTimer(str(n)),)"))
    assert told in str(refused.value)


def test_built_in_protocols_keep_nothing() -> None:
    """They are not watched in a search, so they are here."""
    for kind in PROTOCOLS.values():
        protocol = kind()
        watch = Watch(protocol)
        semantics = Semantics(protocol, SMALL)
        watch.begin()
        with suppress(ProtocolError):  # some planted bugs keep the group from forming
            system = semantics.initial()
            for action in semantics.enabled(system):
                semantics.apply(system, action)
        assert watch.alteration() is None, kind
