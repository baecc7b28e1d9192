"""Functions with effects: they send, spawn, monitor, link, register, set timers, print, or use the process dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from groupy_check.checker.erlang.machine.chance import CHANCE
from groupy_check.checker.erlang.machine.processes import NodeSignal
from groupy_check.checker.erlang.machine.program import Key
from groupy_check.checker.erlang.machine.site import exit_of
from groupy_check.checker.erlang.terms.raising import Raised, RaiseKind, Unsupported, badarg, error
from groupy_check.checker.erlang.terms.values import OK, TRUE, UNDEFINED, Atom, Pid, Ref, RemoteFun, Term, Tuple, boolean

if TYPE_CHECKING:
    from groupy_check.checker.erlang.machine.running import Run

Effect = Callable[..., Term | None]


def send(run: Run, to: Term, message: Term) -> Term:
    """`To ! Message`."""
    run.site.send(to, message)
    return message


def _send_ok(run: Run, to: Term, message: Term, _options: Term) -> Term:
    run.site.send(to, message)
    return OK


def _function(function: Term) -> Term:
    if not hasattr(function, "arity"):
        raise badarg()
    return function


def _spawn(run: Run, function: Term) -> Term:
    return run.site.spawn(_function(function), ())


def _spawn_monitored(run: Run, function: Term) -> Term:
    """It takes only a fun of no arguments; those that do not monitor take any, and the process ends with badarity."""
    if getattr(_function(function), "arity", None) != 0:
        raise badarg()
    return _monitored(run, run.site.spawn(function, ()))


def _spawn_mfa(run: Run, module: Term, name: Term, arguments: Term) -> Term:
    return run.site.spawn(*_mfa(module, name, arguments))


def _mfa(module: Term, name: Term, arguments: Term) -> tuple[Term, tuple[Term, ...]]:
    if not (isinstance(module, Atom) and isinstance(name, Atom) and isinstance(arguments, tuple)):
        raise badarg()
    return RemoteFun(module.name, name.name, len(arguments)), arguments


def _linked(run: Run, pid: Pid) -> Term:
    run.site.link(run.me.number, pid)
    return pid


def _monitored(run: Run, pid: Pid) -> Term:
    return Tuple((pid, run.site.watch(run.me.number, pid, pid)))


def _monitor(run: Run, kind: Term, target: Term) -> Term:
    if kind != Atom("process"):
        raise badarg()
    match target:
        case Pid():
            return run.site.watch(run.me.number, target, target)
        case Atom(name):
            return _monitor(run, kind, Tuple((target, run.site.called(run.me.node))))
        case Tuple((Atom(name), Atom() as node)):
            if node != run.site.called(run.me.node):
                run.refuse("a process of another node cannot be monitored by its name here; use its pid")
            return run.site.watch(run.me.number, Pid(run.me.node, run.site.names.get(name, 0) or -1), target)
    raise badarg()


def _demonitor(run: Run, ref: Term, options: Term = ()) -> Term:
    if not isinstance(ref, Ref) or not isinstance(options, tuple):
        raise badarg()
    flush = Atom("flush") in options
    found = run.site.unwatch(run.me.number, ref) if flush else run.site.leave(run.me.number, ref)
    if flush:
        proc = run.site.procs[run.me.number]
        kept = tuple(message for message in proc.mailbox if not _is_down(message, ref))
        run.site.procs[run.me.number] = replace(proc, mailbox=kept)
    return boolean(found) if Atom("info") in options else TRUE


def _is_down(message: Term, ref: Ref) -> bool:
    return isinstance(message, Tuple) and message.items[:2] == (Atom("DOWN"), ref)


def _pid(pid: Term) -> Pid:
    if not isinstance(pid, Pid):
        raise badarg()
    return pid


def _link(run: Run, pid: Term) -> Term:
    other = _pid(pid)
    if other.node != run.me.node or run.site.alive(other):
        run.site.link(run.me.number, other)
    elif run.site.procs[run.me.number].trapping:
        run.site.post(run.me, exit_of(other, Atom("noproc")))
    else:
        raise error("noproc")
    return TRUE


def _unlink(run: Run, pid: Term) -> Term:
    other = _pid(pid)
    known = other in run.site.procs[run.me.number].links
    run.site.unlink(run.me.number, other)
    if known and other.node != run.me.node:
        run.site.tell(other, NodeSignal("unlink", run.me))
        run.site.forget((), other)
    return TRUE


def _exit_other(run: Run, pid: Term, reason: Term) -> Term:
    other = _pid(pid)
    if other.node != run.me.node:
        run.site.tell(other, NodeSignal("exit", run.me, reason))
        return TRUE
    run.site.signal(other.number, run.me, reason, linked=False)
    if run.me.number not in run.site.procs:
        run.stop()
    return TRUE


def _node_of(run: Run, term: Term) -> Term:
    if not isinstance(term, Pid | Ref):
        raise badarg()
    return run.site.called(term.node)


def _on(spawn: Effect) -> Effect:
    """`spawn` with a node before its other arguments."""

    def effect(run: Run, node: Term, *arguments: Term) -> Term | None:
        if not isinstance(node, Atom):
            raise badarg()
        if node != run.site.called(run.me.node):
            run.refuse("no process can be started on another node here: each process of the group is on its own")
        return spawn(run, *arguments)

    return effect


def _process_flag(run: Run, flag: Term, value: Term) -> Term:
    proc = run.site.procs[run.me.number]
    if flag != Atom("trap_exit"):
        run.refuse("of process_flag, only trap_exit can be run here")
    if value not in {TRUE, Atom("false")}:
        raise badarg()
    run.site.procs[run.me.number] = replace(proc, trapping=value == TRUE)
    return boolean(proc.trapping)


def _register(run: Run, name: Term, pid: Term) -> Term:
    site = run.site
    if not isinstance(name, Atom) or name == UNDEFINED or not isinstance(pid, Pid) or name.name in site.names:
        raise badarg()
    if pid.node != run.me.node or not site.alive(pid) or pid.number in site.names.values():
        raise badarg()
    site.names[name.name] = pid.number
    return TRUE


def _unregister(run: Run, name: Term) -> Term:
    if not isinstance(name, Atom) or name.name not in run.site.names:
        raise badarg()
    del run.site.names[name.name]
    return TRUE


def _whereis(run: Run, name: Term) -> Term:
    if not isinstance(name, Atom):
        raise badarg()
    number = run.site.names.get(name.name)
    return UNDEFINED if number is None else Pid(run.me.node, number)


def _is_process_alive(run: Run, pid: Term) -> Term:
    if not isinstance(pid, Pid) or pid.node != run.me.node:
        raise badarg()
    return boolean(run.site.alive(pid))


def _function_exported(run: Run, module: Term, name: Term, arity: Term) -> Term:
    if not isinstance(module, Atom) or not isinstance(name, Atom) or not isinstance(arity, int):
        raise badarg()
    return boolean(run.program.exported(module.name, name.name, arity) is not None)


def _put(run: Run, key: Term, value: Term) -> Term:
    held = run.dictionary.get(key, UNDEFINED)
    run.dictionary[key] = value
    return held


def _erase(run: Run, key: Term) -> Term:
    return run.dictionary.pop(key, UNDEFINED)


def _raise(kind: RaiseKind) -> Effect:
    def effect(_run: Run, reason: Term, *_: Term) -> Term:
        raise Raised(kind, reason)

    return effect


def _raise_again(_run: Run, kind: Term, reason: Term, _stack: Term) -> Term:
    if isinstance(kind, Atom) and kind.name in {"error", "exit", "throw"}:
        raise Raised(RaiseKind(kind.name), reason)
    return Atom("badarg")


def _send_after(run: Run, time: Term, to: Term, message: Term) -> Term:
    if not isinstance(time, int) or time < 0 or not isinstance(to, Pid | Atom):
        raise badarg()
    return run.site.alarm(to, message)


def _start_timer(run: Run, time: Term, to: Term, message: Term) -> Term:
    ref = _send_after(run, time, to, message)
    assert isinstance(ref, Ref)
    sent = Tuple((Atom("timeout"), ref, message))
    run.site.alarms[-1] = replace(run.site.alarms[-1], message=sent)
    return ref


def _cancel_timer(run: Run, ref: Term, _options: Term = ()) -> Term:
    if not isinstance(ref, Ref):
        raise badarg()
    found = [alarm for alarm in run.site.alarms if alarm.ref == ref]
    run.site.alarms = [alarm for alarm in run.site.alarms if alarm.ref != ref]
    return 1 if found else Atom("false")  # how many milliseconds were left; time does not pass here


def _timer_send(run: Run, time: Term, message: Term) -> Term:
    return _timer_send_to(run, time, run.me, message)


def _timer_send_to(run: Run, time: Term, to: Term, message: Term) -> Term:
    return Tuple((OK, Tuple((Atom("send_local"), _send_after(run, time, to, message)))))


def _printed(run: Run, text: Term, arguments: Term = ()) -> Term | None:
    """The text is not shown; but a wrong format raises its error, which ends the process."""
    try:
        run.remote("io_lib", "format", (text, arguments))
    except Raised:
        raise badarg("the format does not fit its arguments") from None
    except Unsupported:
        pass
    return OK


def _printed_to(run: Run, _device: Term, text: Term, arguments: Term) -> Term | None:
    return _printed(run, text, arguments)


def _quiet(_run: Run, *_: Term) -> Term:
    return OK


def _apply(run: Run, module: Term, name: Term, arguments: Term) -> Term | None:
    function, given = _mfa(module, name, arguments)
    return run.apply(function, given)


def _apply_fun(run: Run, function: Term, arguments: Term) -> Term | None:
    if not isinstance(arguments, tuple):
        raise badarg()
    return run.apply(function, arguments)


def _then(first: Effect, then: Callable[[Run, Pid], Term]) -> Effect:
    def effect(run: Run, *arguments: Term) -> Term:
        pid = first(run, *arguments)
        assert isinstance(pid, Pid)
        return then(run, pid)

    return effect


def _of_erlang(table: Mapping[tuple[str, int], Effect]) -> Mapping[Key, Effect]:
    return {("erlang", name, arity): effect for (name, arity), effect in table.items()}


EFFECTS: Mapping[Key, Effect] = {
    **_of_erlang({
        ("self", 0): lambda run: run.me,
        ("node", 0): lambda run: run.site.called(run.me.node), ("node", 1): _node_of,
        ("send", 2): send, ("send", 3): _send_ok,
        ("spawn", 1): _spawn, ("spawn", 3): _spawn_mfa, ("spawn", 2): _on(_spawn), ("spawn", 4): _on(_spawn_mfa),
        ("spawn_link", 1): _then(_spawn, _linked), ("spawn_link", 3): _then(_spawn_mfa, _linked),
        ("spawn_link", 2): _on(_then(_spawn, _linked)), ("spawn_link", 4): _on(_then(_spawn_mfa, _linked)),
        ("spawn_monitor", 1): _spawn_monitored, ("spawn_monitor", 3): _then(_spawn_mfa, _monitored),
        ("monitor", 2): _monitor, ("demonitor", 1): _demonitor, ("demonitor", 2): _demonitor,
        ("link", 1): _link, ("unlink", 1): _unlink,
        ("exit", 2): _exit_other, ("process_flag", 2): _process_flag,
        ("register", 2): _register, ("unregister", 1): _unregister, ("whereis", 1): _whereis,
        ("is_process_alive", 1): _is_process_alive, ("function_exported", 3): _function_exported,
        ("make_ref", 0): lambda run: run.site.new_ref(),
        ("put", 2): _put, ("get", 1): lambda run, key: run.dictionary.get(key, UNDEFINED), ("erase", 1): _erase,
        ("error", 1): _raise(RaiseKind.ERROR), ("error", 2): _raise(RaiseKind.ERROR), ("error", 3): _raise(RaiseKind.ERROR),
        ("exit", 1): _raise(RaiseKind.EXIT), ("throw", 1): _raise(RaiseKind.THROW), ("raise", 3): _raise_again,
        ("send_after", 3): _send_after, ("start_timer", 3): _start_timer,
        ("cancel_timer", 1): _cancel_timer, ("cancel_timer", 2): _cancel_timer,
        ("apply", 2): _apply_fun, ("apply", 3): _apply,
        ("display", 1): lambda _run, _term: TRUE, ("garbage_collect", 0): lambda _: TRUE, ("yield", 0): lambda _: TRUE,
    }),
    ("timer", "send_after", 2): _timer_send, ("timer", "send_after", 3): _timer_send_to,
    ("io", "format", 1): _printed, ("io", "format", 2): _printed, ("io", "format", 3): _printed_to,
    ("io", "fwrite", 1): _printed, ("io", "fwrite", 2): _printed, ("io", "fwrite", 3): _printed_to,
    ("io", "nl", 0): _quiet, ("io", "nl", 1): _quiet, ("io", "write", 1): _quiet, ("io", "put_chars", 1): _quiet,
    **CHANCE,
}  # fmt: skip
