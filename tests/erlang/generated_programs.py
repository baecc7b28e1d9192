"""Functions in Erlang, made at random: what students use, nested, mostly with values that fit, sometimes with others.

A variable's first letter says what its value should be: I an integer, L a list, B a boolean, V anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

LITERALS: dict[str, tuple[str, ...]] = {
    "I": ("0", "1", "2", "3", "7", "-1"),
    "L": ("[]", "[1, 2, 3]", "[3, 1]", "[2 | []]", "[b, a]", "[{a, 1}, {b, 2}]", '"ab"'),
    "B": ("true", "false"),
    "V": (
        "0", "1", "2", "1.0", "2.5", "a", "b", "undefined", "{}", "{a, 1}", "{b, 2}", "#{a => 1}",
        "#{1 => b, 1.0 => c}", '"ab"',
        "{a, {b, 1}}", "[]", "true",
    ),
}  # fmt: skip
# What is put into the places: a capital letter says of which kind it is.
FORMS: dict[str, tuple[str, ...]] = {
    "I": (
        "({I} + {I})", "({I} - {I})", "({I} * {I})", "({I} div {I})", "({I} rem {I})", "length({L})", "abs({I})",
        "max({I}, {I})",
        "lists:sum(lists:seq(1, {I}))", "hd({L})", "lists:nth({I}, {L})", "element({I}, {V})", "count({L})", "({V} + {I})",
        "maps:get(a, #{{a => {I}, b => {V}}})", "(#r{{x = {I}}})#r.x", "tuple_size({V})",
    ),
    "L": (
        "({L} ++ {L})", "({L} -- {L})", "[{V}, {I} | {L}]", "[{V}]", "tl({L})", "lists:reverse({L})", "lists:seq(1, {I})",
        "lists:sort({L})", "lists:usort({L})", "lists:delete({V}, {L})", "lists:keydelete({V}, 1, {L})",
        "lists:append({L}, {L})",
        "tuple_to_list({V})", "lists:zip({L}, {L})", "maps:to_list(#{{{V} => {V}, a => {I}}})", "({L} ++ {V})",
        "own({L}, {V})",
        'lists:flatten(io_lib:format("~p and ~w", [{V}, {L}]))', "integer_to_list({I})", "lists:sublist({L}, {I})",
    ),
    "B": (
        "({V} == {V})", "({V} =:= {V})", "({I} < {I})", "({I} >= {V})", "({V} =/= {V})", "lists:member({V}, {L})",
        "is_list({V})",
        "(not {B})", "({B} and {B})", "({B} or {V})", "({B} andalso {B})", "({B} orelse {V})", "is_tuple({V})",
        "({L} =< {L})",
    ),
    "V": (
        "{{{V}, {V}}}", "{{a, {I}}}", "#{{{V} => {V}, a => {I}}}", "({V})#{{a => {V}}}", "(#{{a => {V}}})#{{a := {V}}}",
        "#r{{x = {I}, y = {V}}}", "({V})#r.y", "lists:keyfind({V}, 1, {L})", "own({V}, {V})", "t:own({I}, {L})",
        "(fun own/2)({L}, {V})",
        "setelement(1, {V}, {V})", "lists:last({L})", "error({V})", "exit({V})", "throw({V})", "{I}", "{L}", "{B}",
        "{{{I}, {L}}}",
        "maps:get({V}, {V})", "list_to_atom({L})", "erlang:error({{own, {V}}})",
    ),
}  # fmt: skip
TESTS = (
    "is_atom({V})", "is_integer({V})", "is_list({L})", "is_tuple({V})", "is_map({V})", "{V} == {V}", "{V} =:= {I}",
    "{I} > {V}",
    "{I} < {I}", "hd({L}) == {V}", "length({L}) > 1", "element(1, {V}) =:= a", "{I} + 1 > {V}", "is_function({V}, 1)",
    "not {B}",
    "{B} andalso {B}", "{V} orelse {B}", "map_size({V}) > 0", "is_map_key(a, {V})", "true", "{B}", "lists",
    "tuple_size({V}) == 2",
)  # fmt: skip
Bound = tuple[str, ...]


class Maker:
    """Makes expressions; the names in `bound` are those that an expression may use."""

    def __init__(self, seed: int) -> None:
        self.chance, self.names = Random(seed), 0  # noqa: S311 - no secret

    def name(self, kind: str) -> str:
        """A variable that there is not yet."""
        self.names += 1
        return f"{kind}{self.names}"

    def pick(self, choices: Sequence[str]) -> str:
        return self.chance.choice(choices)

    def leaf(self, kind: str, bound: Bound) -> str:
        fitting = [name for name in bound if kind in (name[0], "V")]
        return self.pick(fitting) if fitting and self.chance.random() < 0.6 else self.pick(LITERALS[kind])

    def expression(self, depth: int, kind: str, bound: Bound) -> str:
        """One in twelve is not of the kind that is asked for."""
        kind = self.pick("ILBV") if self.chance.random() < 1 / 12 else kind
        if depth <= 0 or self.chance.random() < 0.08:
            return self.leaf(kind, bound)
        plain = (self.form,) * 5
        ways: tuple[Callable[[int, str, Bound], str], ...] = (
            *plain, self.case, self.case, self.choice, self.sequence, self.application, self.attempt, self.mail,
        )  # fmt: skip
        of_lists = (self.comprehension, self.comprehension, self.callback, self.callback) if kind == "L" else (self.folding,)
        make: Callable[[int, str, Bound], str] = self.chance.choice((*ways, *of_lists))
        return make(depth - 1, kind, bound)

    def form(self, depth: int, kind: str, bound: Bound) -> str:
        return self.filled(self.pick(FORMS[kind]), depth, bound)

    def filled(self, form: str, depth: int, bound: Bound) -> str:
        """The form with an expression in each of its places."""
        parts = form.replace("{{", "\0").replace("}}", "\1").split("{")
        texts = [parts[0], *(self.expression(depth, part[0], bound) + part[2:] for part in parts[1:])]
        return "".join(texts).replace("\0", "{").replace("\1", "}")

    def pattern(self, depth: int, bound: Bound) -> tuple[str, Bound]:
        """A pattern, and the variables that it binds; some are of variables that are bound already."""
        if depth == 0 or self.chance.random() < 0.3:
            chosen = self.chance.random()
            if chosen < 0.15 and bound:
                return self.pick(bound), ()
            if chosen < 0.7:
                name = self.name("V")
                return name, (name,)
            return ("_", ()) if chosen < 0.8 else (self.pick(LITERALS["V"][:9]), ())
        (one, more), (two, others) = self.pattern(depth - 1, bound), self.pattern(depth - 1, bound)
        whole = self.name("V")
        return self.chance.choice((
            (f"{{{one}, {two}}}", (*more, *others)), (f"[{one} | {two}]", (*more, *others)), (f"[{one}, {two}]",
            (*more, *others)),
            (f"#{{a := {one}}}", more), (f"{{a, {one}}} = {whole}", (*more, whole)), (f"#r{{y = {one}}}", more),
            (f'"a" ++ {one}', more),
        ))  # fmt: skip

    def tests(self, bound: Bound) -> str:
        tests = [self.filled(self.pick(TESTS), 0, bound) for _ in range(self.chance.choice((1, 1, 2)))]
        return self.pick((", ", "; ")).join(tests)

    def guard(self, bound: Bound) -> str:
        return f" when {self.tests(bound)}" if self.chance.random() < 0.4 else ""

    def clause(self, depth: int, kind: str, bound: Bound) -> str:
        pattern, names = self.pattern(2, bound)
        known = (*bound, *names)
        return f"{pattern}{self.guard(known)} -> {self.expression(depth, kind, known)}"

    def clauses(self, depth: int, kind: str, bound: Bound) -> str:
        found = [self.clause(depth, kind, bound) for _ in range(self.chance.choice((1, 2, 3)))]
        if self.chance.random() < 0.8:
            found.append(f"_ -> {self.expression(depth, kind, bound)}")
        return "; ".join(found)

    def case(self, depth: int, kind: str, bound: Bound) -> str:
        return f"case {self.expression(depth, 'V', bound)} of {self.clauses(depth, kind, bound)} end"

    def choice(self, depth: int, kind: str, bound: Bound) -> str:
        last = self.pick(("true", "true", self.tests(bound)))
        tests = (self.tests(bound), self.tests(bound), last)
        return f"if {'; '.join(f'{test} -> {self.expression(depth, kind, bound)}' for test in tests)} end"

    def sequence(self, depth: int, kind: str, bound: Bound) -> str:
        of = self.pick("ILBV")
        name = self.name(of)
        return f"begin {name} = {self.expression(depth, of, bound)}, {self.expression(depth, kind, (*bound, name))} end"

    def fun(self, depth: int, kind: str, bound: Bound, parameters: str) -> str:
        names = tuple(map(self.name, parameters))
        return f"fun({', '.join(names)}) -> {self.expression(depth, kind, (*bound, *names))} end"

    def application(self, depth: int, kind: str, bound: Bound) -> str:
        parameters = self.pick(("", "I", "V", "LV"))
        arguments = ", ".join(self.expression(depth, one, bound) for one in parameters)
        name = self.name("F")
        return f"begin {name} = {self.fun(depth, kind, bound, parameters)}, {name}({arguments}) end"

    def comprehension(self, depth: int, _: str, bound: Bound) -> str:
        pattern, names = self.pattern(1, ())
        known = (*bound, *names)
        test = self.pick(("", "", f", {self.expression(depth, 'B', known)}"))
        return f"[{self.expression(depth, 'V', known)} || {pattern} <- {self.expression(depth, 'L', bound)}{test}]"

    def callback(self, depth: int, _: str, bound: Bound) -> str:
        items = self.expression(depth, "L", bound)
        return self.pick((
            f"lists:map({self.fun(depth, 'V', bound, 'V')}, {items})",
            f"lists:filter({self.fun(depth, 'B', bound, 'V')}, {items})",
            f"lists:foldr({self.fun(depth, 'L', bound, 'VL')}, [], {items})",
            f"lists:sort(fun(X, Y) -> X >= Y end, {items})",
            f"lists:takewhile({self.fun(depth, 'B', bound, 'V')}, {items})",
        ))  # fmt: skip

    def folding(self, depth: int, kind: str, bound: Bound) -> str:
        fun = self.fun(depth, kind, bound, f"V{kind}")
        return f"lists:foldl({fun}, {self.leaf(kind, bound)}, {self.expression(depth, 'L', bound)})"

    def attempt(self, depth: int, kind: str, bound: Bound) -> str:
        raised, name = self.pick(("error:", "exit:", "throw:", "_:", "")), self.name("V")
        clauses = f" of {self.clauses(depth, kind, bound)}" if self.chance.random() < 0.3 else ""
        after = f" after {self.expression(0, 'V', bound)}" if self.chance.random() < 0.2 else ""
        handler = self.expression(depth, kind, (*bound, name))
        return f"try {self.expression(depth, kind, bound)}{clauses} catch {raised}{name} -> {handler}{after} end"

    def mail(self, depth: int, kind: str, bound: Bound) -> str:
        """Messages to itself; what stays in the mailbox, a later receive may take."""
        one, two = self.expression(depth, "V", bound), self.expression(depth, "V", bound)
        taken = f"receive {self.clauses(depth, kind, bound)} after 0 -> {self.leaf(kind, bound)} end"
        return f"begin self() ! {one}, self() ! {two}, {taken} end"


HEAD = """-module(t).
-compile(export_all).
-record(r, {x = 1, y}).

own(X, X) -> [X];
own([X | Rest], Y) when X > Y; is_atom(Y) -> own(Rest, X);
own({_, X}, Y) -> [X, Y];
own(X, Y) when is_integer(X), X > 0, X < 9 -> own(X - 1, [X | Y]);
own([], Y) -> Y.

count([_ | Rest]) -> 1 + count(Rest);
count([]) -> 0.
"""
FUNCTION = """
f{}() ->
    try {} of
        Value -> {{value, Value}}
    catch
        Kind:Why -> {{Kind, Why}}
    end.
"""


def program(seed: int, functions: int) -> str:
    """A module t with so many functions f0, f1, ..., which take no arguments and say what became of an expression."""
    maker = Maker(seed)
    bodies = [maker.expression(maker.chance.choice((2, 3, 3, 4)), maker.pick("ILBV"), ()) for _ in range(functions)]
    return HEAD + "".join(FUNCTION.format(number, body) for number, body in enumerate(bodies))
