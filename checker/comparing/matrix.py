"""`groupy matrix`: every protocol under every fault model, computed by several processes, to be held against the manifest."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import active_children, get_context
from pathlib import Path

from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.counterexamples.output_files import check_directory, errors_about, file_stems
from groupy_check.checker.distributed.address import ClusterAddress
from groupy_check.checker.errors import GroupyError, ProtocolError, UsageError, unknown
from groupy_check.checker.exit_status import FINE, NOTHING_FOUND, UNMET, Report
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.progress_line import Ticker
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.effects import Store
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Finding, Result, Verdict
from groupy_check.reports.atomic_write import write_text
from groupy_check.reports.spacetime.graphviz_source import write_diagram
from groupy_check.reports.tables.matrix import Matrix, matrix_html, matrix_markdown
from groupy_check.specs.manifest import (
    FAULT_MODELS,
    HOLDS,
    LARGEST,
    OPEN,
    SCALES,
    UNTESTED,
    Cell,
    FaultModel,
    ManifestRow,
    manifest_path,
    manifest_text,
    read_manifest,
    surprises,
)
from groupy_check.specs.registry import PROPERTIES

MODELS = {model.name: model for model in FAULT_MODELS}
PICTURES = "matrix"  # the directory of the pictures, beside the page
MUTANT = "~"  # in the name of a protocol with a planted bug


@dataclass(frozen=True, slots=True)
class CellTask:
    """One cell to compute: in the first of `scales` that is not too large. `out`: under it its violations are drawn, in files
    whose names begin with `stem`.
    """

    impl: str
    model: str
    scales: tuple[tuple[int, int], ...] = SCALES
    out: Path | None = None
    stem: str = ""


@dataclass(frozen=True, slots=True)
class Solved:
    """A computed cell, and by property the name of the file with the picture of its violation."""

    task: CellTask
    cell: Cell
    pictures: Mapping[str, str] = field(default_factory=dict)


def names_of(asked: Sequence[str], manifest: Mapping[str, ManifestRow]) -> list[str]:
    """The protocols of the matrix: those asked for, else all of the registry, but mutants only where the manifest has them."""
    return list(dict.fromkeys(asked)) or [name for name in PROTOCOLS if MUTANT not in name or name in manifest]


def models_of(asked: Sequence[str]) -> list[str]:
    """The names of the fault models asked for, else of all. Raises UsageError."""
    for name in asked:
        if name not in MODELS:
            raise UsageError(unknown("fault model", name, MODELS))
    return list(dict.fromkeys(asked)) or list(MODELS)


def tasks_of(
    names: Sequence[str], models: Sequence[str], manifest: Mapping[str, ManifestRow], out: Path | None, *, update: bool
) -> list[CellTask]:
    """What there is to compute: what the manifest knows in groups of the size that it gives, unless it is to be updated."""
    tasks = []
    stems = file_stems(names)
    for name in names:
        known = {} if update or name not in manifest else manifest[name].cells
        stores = any(MODELS[model].stored for model in models) and _stores(name)
        for model in models:
            if MODELS[model].stored and not stores:
                continue
            scales = ((known[model].nodes, known[model].messages),) if model in known else SCALES
            tasks.append(CellTask(name, model, scales, out, stems[name]))
    return tasks


def _stores(impl: str) -> bool:
    """Whether processes of this protocol store something when the group forms."""
    semantics = Semantics(load_protocol(impl), Scenario(crashes=0, messages=0))
    with suppress(ProtocolError):  # it cannot form the group, and its cells say so
        semantics.initial()
    return Store in semantics.handle.effects


@dataclass(frozen=True, slots=True)
class MatrixRequest:
    """Compute these `protocols` under these fault `models` (none: all of them) in `workers` processes, or on a `cluster`.

    `update`: make what is found the expected. `out`: where the matrix is written as well, None for nowhere.
    """

    protocols: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    update: bool = False
    workers: int = 1
    out: Path | None = None
    cluster: str = ""


def compute(request: MatrixRequest, tick: Ticker) -> Report[Matrix]:
    """What `request` asks for: compute, compare with the manifest or update it, write. Raises GroupyError."""
    manifest, models = read_manifest(), models_of(request.models)
    names = names_of(request.protocols, manifest)
    if request.out is not None:
        check_directory(request.out)
    tasks = tasks_of(names, models, manifest, request.out, update=request.update)
    if not tasks:
        raise UsageError(f"{', '.join(models)}: none of {', '.join(names)} stores anything to come back with; try gmp-promise")
    cells: list[Solved] = []
    interrupted = False
    try:
        for one in solved(tasks, request.workers, request.cluster):
            cells.append(one)
            tick(f"{len(cells)} of {len(tasks)} cells; last {one.task.impl}, {one.task.model}")
    except KeyboardInterrupt:
        interrupted = True
    rows = rows_of(names, cells)
    if request.update and not interrupted:
        manifest = updated(manifest, rows)
        _write_manifest(manifest)
    surprising = tuple(_surprises(rows, manifest, everything=not request.protocols))
    free = tuple(name for name in rows if name not in PROTOCOLS)
    matrix = Matrix(rows, models, surprising, _paths(cells), free, len(tasks) - len(cells))
    files = _write(matrix, request.out) if request.out is not None else ()
    return Report(matrix, files, UNMET if matrix.surprises else NOTHING_FOUND if interrupted else FINE)


def _surprises(rows: Mapping[str, ManifestRow], manifest: Mapping[str, ManifestRow], *, everything: bool) -> Iterator[str]:
    """One line for each thing that is not as expected; of users' own protocols nothing is expected."""
    for name, row in rows.items():
        if name in PROTOCOLS:
            yield from surprises(name, manifest.get(name), row)
    if everything:
        yield from (f"{name} is in the manifest, but no longer a protocol" for name in manifest if name not in PROTOCOLS)


def _paths(cells: Sequence[Solved]) -> dict[tuple[str, str, str], str]:
    """Where the pictures are, seen from the page."""
    return {(one.task.impl, one.task.model, name): f"{PICTURES}/{file}" for one in cells for name, file in one.pictures.items()}


def _write_manifest(rows: Mapping[str, ManifestRow]) -> None:
    try:
        write_text(manifest_path(), manifest_text(rows))
    except OSError as error:
        raise GroupyError(f"cannot write {manifest_path()}: {error.strerror or error}; update it in a checkout") from error


def _write(matrix: Matrix, directory: Path) -> tuple[Path, ...]:
    files = directory / "matrix.html", directory / "matrix.md"
    with errors_about(directory):
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in zip(files, (matrix_html(matrix), matrix_markdown(matrix)), strict=True):
            write_text(path, text)
    return files


# --- one cell ----------------------------------------------------------------------------------------------------------


def solve(task: CellTask) -> Solved:
    """Compute one cell, and draw its violations of promises if wanted. Raises GroupyError where the protocol is none at all."""
    protocol = load_protocol(task.impl)
    try:
        result = _searched(protocol, task)
    except ProtocolError as error:
        return Solved(task, Cell(*task.scales[-1], 0, 0, False, {}, str(error)))
    return Solved(task, cell_of(result), _draw(task, result) if task.out else {})


def _searched(protocol: Protocol, task: CellTask) -> Result:
    for nodes, messages in task.scales:
        result = _explored(protocol, task.impl, MODELS[task.model], nodes, messages)
        if result.coverage.extent is Extent.EXHAUSTED:
            break
    return result


def _explored(protocol: Protocol, impl: str, model: FaultModel, nodes: int, messages: int) -> Result:
    scenario = model.scenario(nodes, messages)
    properties, _ = select([], scenario)
    result = SearchRequest(protocol, scenario, properties, Limits(states=LARGEST), impl=impl).run()
    if result.coverage.interrupted:
        raise KeyboardInterrupt
    return result


def cell_of(result: Result) -> Cell:
    """What `result` says, as a cell of the manifest."""
    coverage, scenario = result.coverage, result.scenario
    verdicts = {finding.name: _verdict(finding) for finding in result.findings}
    bounded = coverage.extent is Extent.BOUNDED
    return Cell(scenario.nodes, scenario.messages, coverage.distinct, coverage.depth, bounded, verdicts)


def _verdict(finding: Finding) -> str | int:
    if finding.length is not None:
        return finding.length
    if finding.verdict is Verdict.NOT_FOUND:
        return OPEN
    return HOLDS if finding.exercised else UNTESTED


def _draw(task: CellTask, result: Result) -> dict[str, str]:
    """The pictures of what is violated although it is promised."""
    assert task.out is not None
    (task.out / PICTURES).mkdir(parents=True, exist_ok=True)
    drawn = {}
    for finding in result.findings:
        if finding.claimed and finding.has_run:
            assert finding.trace is not None
            assert finding.witness is not None
            stem = task.out / PICTURES / f"{task.stem}-{task.model}-{finding.name}"
            title = f"{task.impl}: {finding.name} violated"
            (path,) = write_diagram(finding.trace, finding.witness, title, finding.witness.text, stem, ("svg",))
            drawn[finding.name] = path.name
    return drawn


# --- all cells ---------------------------------------------------------------------------------------------------------


def solved(tasks: Sequence[CellTask], workers: int, cluster: str = "") -> Iterator[Solved]:
    """The cells of all `tasks`, in the order in which `workers` processes, or a `cluster`, complete them.

    One worker is this process. Raises as `ClusterAddress.spread`.
    """
    if cluster:
        yield from ClusterAddress.of(cluster).spread(solve, tasks)
        return
    if workers == 1:
        yield from map(solve, tasks)
        return
    pool = ProcessPoolExecutor(min(workers, len(tasks)), mp_context=get_context("spawn"), initializer=_leave_signals_alone)
    try:
        for future in as_completed([pool.submit(solve, task) for task in tasks]):
            yield future.result()
    except BaseException:  # Ctrl-C, or nobody wants more
        for worker in active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_signals_alone() -> None:
    """Ctrl-C is for the first process, which ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def rows_of(names: Sequence[str], cells: Sequence[Solved]) -> dict[str, ManifestRow]:
    """One row for each protocol that has a cell, in the order of `names`; properties in the order of the registry."""
    rows = {}
    for name in names:
        own = {one.task.model: one.cell for one in cells if one.task.impl == name}
        claims = load_protocol(name).claims
        if own:
            promises = tuple(wanted for wanted in PROPERTIES if wanted in claims)
            rows[name] = ManifestRow(promises, {model: own[model] for model in MODELS if model in own})
    return rows


def updated(manifest: Mapping[str, ManifestRow], rows: Mapping[str, ManifestRow]) -> dict[str, ManifestRow]:
    """`manifest` updated with `rows`, without protocols that no longer exist, in the order of the registry."""
    merged = {}
    for name in PROTOCOLS:
        old, new = manifest.get(name), rows.get(name)
        cells = {**(old.cells if old else {}), **(new.cells if new else {})}
        known = new or old
        if known:
            merged[name] = ManifestRow(known.promises, {model: cells[model] for model in MODELS if model in cells})
    return merged
