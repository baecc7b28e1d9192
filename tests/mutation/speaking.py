"""Which tests speak of which file: those that have to notice a mutant of it."""

from __future__ import annotations

from fnmatch import fnmatchcase

DEFINITIONS = (
    "tests/specs/test_histories.py",
    "tests/specs/test_specs.py",
    "tests/specs/test_pairs.py",
    "tests/specs/test_partitionable.py",
)
JUDGED = "tests/history/test_judgement.py"
STEPS = (
    "tests/semantics/test_steps_by_hand.py",
    "tests/semantics/test_referee_by_hand.py",
    "tests/semantics/test_forming.py",
    "tests/semantics/test_held_by_the_bound.py",
    "tests/semantics/test_halting.py",
    "tests/semantics/test_permits.py",
)
ENDLESS = (
    "tests/judging/test_fair_graphs.py",
    "tests/judging/test_monitor.py",
    "tests/judging/test_observer.py",
    "tests/judging/test_fair_cycles_by_force.py",
    "tests/judging/test_liveness.py",
    "tests/judging/test_colours_on_cycles.py",
    "tests/judging/test_network_seen.py",
    "tests/judging/test_fairness_assumed.py",
    "tests/judging/test_selection.py",
)
OF_USERS = (
    "tests/semantics/test_step_cache.py",
    "tests/semantics/test_hidden_state.py",
    "tests/semantics/test_outside.py",
    "tests/semantics/test_plain.py",
    "tests/semantics/test_canonical.py",
    "tests/inputs/test_slips.py",
)
TABLES = (
    "tests/native/test_conformance.py::test_any_protocol_has_the_same_states_and_verdicts",
    "tests/native/test_conformance.py::test_whole_spaces_of_the_famous_ones",
    "tests/native/test_conformance.py::test_runs_that_never_end_are_the_same",
    "tests/native/test_sleeping.py::test_each_exception_is_needed",
    "tests/native/test_sleeping.py::test_most_steps_sleep_that_lead_nowhere_new",
    "tests/native/test_sleeping.py::test_groups_without_a_bit_never_sleep",
    "tests/native/test_bags.py",
)
WHY = ("tests/semantics/test_conditions.py", "tests/semantics/test_refusal.py", "tests/semantics/test_refusal_places.py")
RECORDING = (
    "tests/runs/test_linear_extension.py",
    "tests/semantics/test_refusal_places.py",
    "tests/runs/test_recorder.py",
    "tests/runs/test_copies.py",
    "tests/counterexamples/test_minimise.py",
)
SPEAKING: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("specs/manifest.py", ("tests/comparing/test_matrix.py",)),
    ("specs/near_linear/*.py", ("tests/specs/test_partitionable.py", "tests/specs/test_near_linear.py", JUDGED)),
    ("specs/*.py", DEFINITIONS),
    ("checker/semantics/enabled.py", STEPS),
    ("checker/semantics/transitions.py", STEPS),
    ("checker/semantics/channel_order.py", STEPS),
    ("checker/semantics/partitions.py", ("tests/semantics/test_kinds_of_partitions.py",)),
    ("checker/semantics/traffic.py", ("tests/judging/test_endless_timers.py", "tests/judging/test_fairness_assumed.py")),
    ("checker/semantics/source_lines/conditions.py", WHY),
    ("checker/semantics/source_lines/refusal.py", WHY),
    ("checker/semantics/source_lines/source_text.py", WHY),
    ("checker/semantics/*.py", OF_USERS),
    ("checker/judging/*.py", ENDLESS),
    ("checker/runs/*.py", RECORDING),
    ("checker/native/*.py", TABLES),
)


def speaking(path: str) -> tuple[str, ...]:
    """The tests that speak of the file `path`. Raises KeyError when none is known."""
    for pattern, tests in SPEAKING:
        if fnmatchcase(path, pattern):
            return tests
    raise KeyError(path)
