"""From the text of a module to compiled code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from groupy_check.checker.erlang.machine.compiling.checks import check_forms, parts
from groupy_check.checker.erlang.machine.compiling.compiler import ErlangCompiler
from groupy_check.checker.erlang.machine.compiling.matching import literal
from groupy_check.checker.erlang.machine.compiling.records import RecordTypes
from groupy_check.checker.erlang.machine.library_calls import Library
from groupy_check.checker.erlang.machine.processes import CannotRun, located
from groupy_check.checker.erlang.machine.program import ModuleCode
from groupy_check.checker.erlang.syntax import tree
from groupy_check.checker.erlang.terms.values import Float


def loaded(library: Library, forms: tuple[tree.Form, ...], name: str, file: str) -> ModuleCode:
    """The module with these forms, which is called `name` if it does not say how, compiled and added to the program.

    Raises CannotRun, as Erlang's compiler would refuse it, when there are variables or functions that it does not define.
    """
    check_forms(forms, file)
    module = ModuleCode(_name(forms) or name, file)
    library.program.modules[module.name] = module
    functions = {(form.name, form.arity): form for form in forms if isinstance(form, tree.Function)}
    module.tagged = frozenset(_tagged(forms))
    module.broken.update(_broken(forms, file))
    module.imported.update(_listed(forms, "import"))
    exported = {key for key, _ in _listed(forms, "export")}
    module.exported.update(functions if _exports_all(forms) else exported)
    module.absent = () if module.broken else tuple(_absent(forms, functions, file))
    compiler = ErlangCompiler(library, module, RecordTypes(file, _records(forms)), frozenset(functions))
    for key, function in functions.items():
        module.functions[key] = compiler.function(function)
    if compiler.undefined:
        raise CannotRun(compiler.undefined[0])
    for key, index in compiler.references.items():
        module.funs[index] = replace(module.functions[key], index=index)
    return module


def _tagged(found: object) -> Iterator[tuple[str, int]]:
    match found:
        case tree.TupleOf(_, (tree.Literal(_, "atom", str(tag)), *_) as items):
            yield tag, len(items)
        case tree.BinaryOp(_, "!", _, tree.Literal(_, "atom", str(tag))):
            yield tag, 1
    for part in parts(found):
        yield from _tagged(part)


def _name(forms: Iterable[tree.Form]) -> str:
    for form in forms:
        match form:
            case tree.Attribute(_, "module", (tree.Literal(_, "atom", str(name)), *_)):
                return name
    return ""


def _records(forms: Iterable[tree.Form]) -> list[tree.Record]:
    return [form for form in forms if isinstance(form, tree.Record)]


def _broken(forms: Iterable[tree.Form], file: str) -> dict[str, str]:
    """By the name of the function, what is wrong with a form."""
    found = [form for form in forms if isinstance(form, tree.Broken)]
    return {form.function: str(located(file, form.at, form.text)) for form in found}


def _absent(forms: Iterable[tree.Form], functions: Collection[tuple[str, int]], file: str) -> Iterator[str]:
    """What is said of each function that is exported and not defined."""
    for form in forms:
        for key, _ in _listed((form,), "export"):
            if key not in functions:
                yield f"{form.at.inside(file)}: {key[0]}/{key[1]} is exported, but there is no such function"


def _exports_all(forms: Iterable[tree.Form]) -> bool:
    return any(
        "export_all" in _atoms(form.values) for form in forms if isinstance(form, tree.Attribute) and form.name == "compile"
    )


def _listed(forms: Iterable[tree.Form], attribute: str) -> list[tuple[tuple[str, int], str]]:
    """The functions in the lists of -export and -import, each with the module before the list, or ""."""
    found = list[tuple[tuple[str, int], str]]()
    for form in forms:
        if isinstance(form, tree.Attribute) and form.name == attribute and form.values:
            module = next(iter(_atoms(form.values[:-1])), "")
            found += [(key, module) for key in _functions(form.values[-1])]
    return found


def _functions(expr: tree.Expr) -> list[tuple[str, int]]:
    found = list[tuple[str, int]]()
    while isinstance(expr, tree.Cons):
        match expr.head:
            case tree.BinaryOp(_, "/", tree.Literal(_, "atom", str(name)), tree.Literal(_, "integer", int(arity))):
                found.append((name, arity))
        expr = expr.tail
    return found


def _atoms(values: Iterable[tree.Expr]) -> list[str]:
    found = list[str]()
    for value in values:
        if isinstance(value, tree.Literal) and value.kind == "atom":
            found.append(str(value.value))
        elif isinstance(value, tree.Cons):
            found += _atoms((value.head, value.tail))
    return found


def numbers_in(found: object) -> list[float]:
    """The numbers that are written in a part of the syntax."""
    if isinstance(found, tree.Literal):
        term = literal(found)
        return [term.value if isinstance(term, Float) else float(term)] if found.kind in {"integer", "float"} else []  # type: ignore[arg-type]
    return [number for part in parts(found) for number in numbers_in(part)]
