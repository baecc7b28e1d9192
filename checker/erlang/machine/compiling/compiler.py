"""From the forms of a module to code. What cannot be run becomes code that says so when it is reached, and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import partial

from groupy_check.checker.erlang.machine.code import (
    BranchCode,
    ClauseCode,
    Clauses,
    Code,
    Env,
    LazyCode,
    MatchCode,
    Names,
    OperandsCode,
    Pure,
    SequenceCode,
    Spot,
    Test,
    is_boolean,
    note,
)
from groupy_check.checker.erlang.machine.compiling.binaries import binary_parts
from groupy_check.checker.erlang.machine.compiling.comprehensions import as_funs
from groupy_check.checker.erlang.machine.compiling.construction import (
    Maker,
    list_parts,
    map_parts,
    new_record,
    record_field,
    updated_record,
)
from groupy_check.checker.erlang.machine.compiling.matching import Patterns, literal
from groupy_check.checker.erlang.machine.compiling.records import RecordTypes
from groupy_check.checker.erlang.machine.effects import EFFECTS, send
from groupy_check.checker.erlang.machine.library_calls import Library
from groupy_check.checker.erlang.machine.processes import CannotRun, located
from groupy_check.checker.erlang.machine.program import FunctionCode, Key, ModuleCode, check_broken
from groupy_check.checker.erlang.machine.running import Run
from groupy_check.checker.erlang.machine.waiting import CatchCode, ReceiveCode, TryCode
from groupy_check.checker.erlang.syntax import tree
from groupy_check.checker.erlang.syntax.places import Place
from groupy_check.checker.erlang.terms.operators import BINARY, UNARY, append
from groupy_check.checker.erlang.terms.raising import Raised, badarg, error
from groupy_check.checker.erlang.terms.values import FALSE, TRUE, Atom, Fun, RemoteFun, Term, Tuple

Values = tuple[Term, ...]
Finish = Callable[[Run, Values], Term | None]
PURE_EFFECTS = frozenset({("erlang", "self", 0), ("erlang", "node", 0)})


class ErlangCompiler:
    """Compiles the functions of `module`, those `declared`; `undefined` collects calls of functions that nobody has."""

    def __init__(
        self, library: Library, module: ModuleCode, records: RecordTypes, declared: frozenset[tuple[str, int]]
    ) -> None:
        self.library, self.module, self.records, self.declared = library, module, records, declared
        self.program = library.program
        self.patterns = Patterns(module.file, records, self.constant)
        self.undefined = list[str]()
        self.within = ""
        self.references = dict[tuple[str, int], int]()  # `fun name/arity`: the number of the fun

    # --- functions and clauses -------------------------------------------------------------------------------------------

    def function(self, found: tree.Function) -> FunctionCode:
        """A function of the module."""
        self.within = found.name
        return FunctionCode(self.module.name, found.name, found.arity, self.clauses(found.clauses))

    def clauses(self, found: Iterable[tree.ErlangClause]) -> Clauses:
        """Clauses of whatever has clauses. One that cannot be run takes everything, and says so."""
        return tuple(map(self._clause, found))

    def _clause(self, clause: tree.ErlangClause) -> ClauseCode:
        names, heads = names_in(clause), names_in(clause.patterns)
        try:
            patterns = tuple(map(self.patterns.compiled, clause.patterns))
            guard = self._guard(clause.guards)
        except CannotRun as reason:
            anything = tuple((lambda _value, _env, _run: True) for _ in clause.patterns)
            return ClauseCode(anything, heads, names, None, self._refusal(clause.at, str(reason)), clause)
        return ClauseCode(patterns, heads, names, guard, self.body(clause.body), clause)

    def body(self, found: tree.Body) -> Code:
        """Expressions one after the other."""
        if len(found) == 1:
            return self.expr(found[0])
        parts = tuple(map(self.expr, found))
        return self._new(found[0].at, lambda spot: SequenceCode(spot, names_in(found), parts))

    def _guard(self, guards: tree.Guards) -> Test | None:
        if not guards:
            return None
        alternatives = tuple(tuple(map(self.constant, tests)) for tests in guards)
        return lambda env, run: any(all(_holds(test, env, run) for test in tests) for tests in alternatives)

    def constant(self, expr: tree.Expr) -> Pure:
        """An expression of a guard or a pattern."""
        pure = self.expr(expr).pure
        if pure is None:
            raise located(self.module.file, expr.at, "illegal guard: it calls what may not be called in guards")
        return pure

    # --- expressions -----------------------------------------------------------------------------------------------------

    def expr(self, found: tree.Expr) -> Code:
        """Any expression."""
        try:
            return self._compiled(found)
        except CannotRun as reason:
            return self._refusal(found.at, str(reason))

    def _compiled(self, found: tree.Expr) -> Code:  # noqa: C901 - one arm per kind of expression
        match found:
            case tree.Literal():
                term = literal(found)
                return self._pure(found, lambda _env, _run: term)
            case tree.Nil():
                return self._pure(found, lambda _env, _run: ())
            case tree.Variable(at, name):
                return self._pure(found, _variable(name, at.inside(self.module.file)))
            case tree.TupleOf(_, items):
                return self._combined(found, items, Tuple, noted=len(items) > 2)
            case tree.Cons():
                return self._combined(found, *list_parts(found))
            case tree.MapOf():
                return self._combined(found, *map_parts(found), noted=found.base is None)
            case tree.BinaryOf():
                return self._combined(found, *binary_parts(self.module.file, found))
            case tree.RecordOf() | tree.RecordAccess():
                return self._record(found)
            case tree.MatchExpr(at, pattern, value):
                return self._match(found, self.patterns.compiled(pattern), self.expr(value))
            case tree.BinaryOp():
                return self._binary(found)
            case tree.UnaryOp(_, operator, operand):
                return self._combined(found, (operand,), lambda values: UNARY[operator](*values))
            case tree.CallExpr():
                return self._call(found)
            case tree.FunExpr():
                return self._fun(found)
            case tree.FunRef():
                return self._fun_ref(found)
            case tree.Comprehension(at, _, qualifiers, binary):
                if binary or any(isinstance(part, tree.Generator) and part.binary for part in qualifiers):
                    raise located(self.module.file, at, "comprehensions of binaries cannot be run here")
                return self.expr(as_funs(found))
        return self._control(found)

    def _control(self, found: tree.Expr) -> Code:
        names = names_in(found)
        match found:
            case tree.BlockExpr(_, body):
                return self.body(body)
            case tree.IfExpr(at, clauses):
                choices = self.clauses(clauses)
                return self._new(at, lambda spot: BranchCode(spot, names, None, choices))
            case tree.CaseExpr(at, subject, clauses):
                value, choices = self.expr(subject), self.clauses(clauses)
                return self._new(at, lambda spot: BranchCode(spot, names, value, choices))
            case tree.ReceiveExpr(at, clauses, timeout, after):
                choices = self.clauses(clauses)
                time, late = self.expr(timeout) if timeout else None, self.body(after) if timeout else None
                return self._new(at, lambda spot: ReceiveCode(spot, names, choices, time, late, self.within))
            case tree.TryExpr(at, body, clauses, handlers, after):
                value, choices, handled = self.body(body), self.clauses(clauses), self.clauses(handlers)
                last = self.body(after) if after else None
                return self._new(at, lambda spot: TryCode(spot, names, value, choices, handled, last))
            case tree.CatchExpr(at, caught):
                inner = self.expr(caught)
                return self._new(at, lambda spot: CatchCode(spot, names, inner))
        raise located(self.module.file, found.at, "this cannot be run here")

    def _match(self, found: tree.MatchExpr, pattern: Callable[..., bool], value: Code) -> Code:
        names, mentioned = names_in(found), names_in(found.pattern)
        return self._new(found.at, lambda spot: MatchCode(spot, names, pattern, mentioned, value))

    def _record(self, found: tree.RecordOf | tree.RecordAccess) -> Code:
        at, name = found.at, found.name
        size = self.records.size(at, name)
        if isinstance(found, tree.RecordAccess):
            index = self.records.index(at, name, found.field)
            if found.base is None:
                return self._pure(found, lambda _env, _run: index)
            return self._combined(found, (found.base,), record_field(name, size, index))
        if found.base is None:
            return self._combined(found, self.records.values(at, name, found.fields), new_record(name), noted=size > 2)
        named = [(field.name, field.value) for field in found.fields if isinstance(field.name, tree.Literal)]
        indices = [self.records.index(at, name, field) for field, _ in named]
        return self._combined(found, [found.base, *(value for _, value in named)], updated_record(name, size, indices))

    def _binary(self, found: tree.BinaryOp) -> Code:
        match found.operator:
            case "!":
                return self._operands(found, (found.left, found.right), lambda run, values: send(run, *values))
            case "andalso" | "orelse" as operator:
                left, right, going = self.expr(found.left), self.expr(found.right), TRUE if operator == "andalso" else FALSE
                if left.pure is not None and right.pure is not None:
                    return self._pure(found, _lazy(left.pure, right.pure, going))
                return self._new(found.at, lambda spot: LazyCode(spot, names_in(found), left, right, going))
            case "++" if isinstance(found.left, tree.Comprehension):  # Erlang's compiler has the right one evaluated first
                return self._combined(found, (found.right, found.left), lambda values: append(values[1], values[0]))
            case operator:
                on = BINARY[operator]
                return self._combined(found, (found.left, found.right), lambda values: on(*values))

    # --- funs and calls --------------------------------------------------------------------------------------------------

    def _fun(self, found: tree.FunExpr) -> Code:
        index, arity = self._reserved(), len(found.clauses[0].patterns)
        clauses = self.clauses(found.clauses)
        uses = frozenset[str]().union(*(clause.names - clause.heads for clause in clauses)) - {found.name}
        module = self.module.name
        self.module.funs[index] = FunctionCode(module, f"a fun at {found.at}", arity, clauses, index, uses, found.name)

        def made(env: Env, _run: Run) -> Term:
            return Fun(module, index, arity, tuple(sorted((name, env[name]) for name in uses if name in env)))

        return self._pure(found, made)

    def _reserved(self) -> int:
        self.module.funs.append(FunctionCode(self.module.name, "", 0, ()))
        return len(self.module.funs) - 1

    def _fun_ref(self, found: tree.FunRef) -> Code:
        match found:
            case tree.FunRef(_, None, tree.Literal(_, _, name), tree.Literal(_, _, arity)):
                key = str(name), int(arity)
                if key in self.declared:
                    if key not in self.references:
                        self.references[key] = self._reserved()
                    reference = Fun(self.module.name, self.references[key], key[1], ())
                    return self._pure(found, lambda _env, _run: reference)
                remote = RemoteFun(self._owner(found.at, *key), *key)
                return self._pure(found, lambda _env, _run: remote)
            case tree.FunRef(_, module, name_of, arity_of) if module is not None:
                return self._combined(found, (module, name_of, arity_of), _remote_fun)
        raise located(self.module.file, found.at, "this fun cannot be run here")

    def _call(self, found: tree.CallExpr) -> Code:
        arguments, library = found.arguments, self.library
        match found.function:
            case tree.Literal(_, "atom", "is_record") if (sized := self._sized(arguments)) is not None:
                return self._remote_call(replace(found, arguments=sized), ("erlang", "is_record", 3))
            case tree.Literal(_, "atom", str(name)):
                return self._local_call(found, name)
            case tree.RemoteName(_, tree.Literal(_, "atom", str(module)), tree.Literal(_, "atom", str(name))):
                return self._remote_call(found, (module, name, len(arguments)))
            case tree.RemoteName(_, module_of, name_of):
                parts = (module_of, name_of, *arguments)
                return self._operands(found, parts, lambda run, v: library.call_terms(run, v[0], v[1], v[2:]))
        return self._operands(found, (found.function, *arguments), lambda run, v: run.apply(v[0], v[1:]))

    def _sized(self, arguments: tree.Body) -> tree.Body | None:
        """Of a record that is declared, `is_record` asks for the size, too."""
        match arguments:
            case (_, tree.Literal(at, "atom", str(name))) if name in self.records.declared:
                return (*arguments, tree.Literal(at, "integer", self.records.size(at, name)))
        return None

    def _local_call(self, found: tree.CallExpr, name: str) -> Code:
        key = name, len(found.arguments)
        if key not in self.declared:
            return self._remote_call(found, (self._owner(found.at, *key), *key))
        functions = self.module.functions
        return self._operands(found, found.arguments, lambda run, values: run.invoke(functions[key], values, {}))

    def _owner(self, at: Place, name: str, arity: int) -> str:
        """The module of a function that is called without one and is not declared."""
        if (name, arity) in self.module.imported:
            return self.module.imported[name, arity]
        if not self.library.is_own(name, arity):
            check_broken(self.module)
            self.undefined.append(str(located(self.module.file, at, f"there is no function {name}/{arity}")))
        return "erlang"

    def _remote_call(self, found: tree.CallExpr, key: Key) -> Code:
        library = self.library
        if key in PURE_EFFECTS:
            effect = EFFECTS[key]
            return self._pure(found, lambda _env, run: effect(run))  # type: ignore[arg-type, return-value]
        if key in EFFECTS:
            effect = EFFECTS[key]
            return self._operands(found, found.arguments, lambda run, values: effect(run, *values))
        if key in library.functions:
            function = library.functions[key]
            return self._combined(found, found.arguments, lambda values: function(*values))
        return self._operands(found, found.arguments, lambda run, values: library.call(run, key[0], key[1], values))

    # --- how code is made ------------------------------------------------------------------------------------------------

    def _new(self, at: Place, make: Callable[[Spot], Code]) -> Code:
        return self.program.add(make(self.program.new_spot(self.module.file, at)))

    def _pure(self, found: tree.Expr, pure: Pure) -> Code:
        return self._new(found.at, lambda spot: Code(spot, names_in(found), pure))

    def _combined(self, found: tree.Expr, parts: Sequence[tree.Expr], make: Maker, *, noted: bool = False) -> Code:
        """What `make` makes of the values of the parts; pure if they are."""
        codes = tuple(map(self.expr, parts))
        pures = [code.pure for code in codes if code.pure is not None]
        if len(pures) < len(codes):
            return self._finished(found, codes, partial(_made, make, noted=noted))

        def pure(env: Env, run: Run) -> Term:
            term = make(tuple(part(env, run) for part in pures))
            return note(run, term) if noted else term

        return self._new(found.at, lambda spot: Code(spot, names_of_codes(codes), pure))

    def _operands(self, found: tree.Expr, parts: Sequence[tree.Expr], finish: Finish) -> Code:
        return self._finished(found, tuple(map(self.expr, parts)), finish)

    def _finished(self, found: tree.Expr, codes: tuple[Code, ...], finish: Finish) -> Code:
        return self._new(found.at, lambda spot: OperandsCode(spot, names_of_codes(codes), codes, finish))

    def _refusal(self, at: Place, reason: str) -> Code:
        def refuse(_run: Run, _values: Values) -> Term:
            raise CannotRun(reason)

        return self._new(at, lambda spot: OperandsCode(spot, frozenset(), (), refuse))


def names_in(found: object) -> Names:
    """The variables that are mentioned in a part of the syntax."""
    return frozenset(_mentioned(found))


def names_of_codes(codes: Iterable[Code]) -> Names:
    """The variables that are mentioned in any of `codes`."""
    return frozenset[str]().union(*(code.names for code in codes))


def _mentioned(found: object) -> Iterator[str]:
    if isinstance(found, tree.Variable):
        yield found.name
    elif isinstance(found, tuple):
        for part in found:
            yield from _mentioned(part)
    elif is_dataclass(found) and not isinstance(found, Place):
        for field in fields(found):
            yield from _mentioned(getattr(found, field.name))


def _made(make: Maker, run: Run, values: Values, *, noted: bool) -> Term:
    term = make(values)
    return note(run, term) if noted else term


def _variable(name: str, where: str) -> Pure:
    def value(env: Env, _run: Run) -> Term:
        try:
            return env[name]
        except KeyError:
            raise CannotRun(f"{where}: the variable {name} is unbound") from None

    return value


def _holds(test: Pure, env: Env, run: Run) -> bool:
    try:
        return test(env, run) == TRUE
    except Raised:
        return False


def _lazy(left: Pure, right: Pure, going: Term) -> Pure:
    def value(env: Env, run: Run) -> Term:
        found = left(env, run)
        if not is_boolean(found):
            raise error("badarg", found)
        return right(env, run) if found == going else found

    return value


def _remote_fun(values: Values) -> Term:
    module, name, arity = values
    if isinstance(module, Atom) and isinstance(name, Atom) and isinstance(arity, int):
        return RemoteFun(module.name, name.name, arity)
    raise badarg()
