"""Fixes: each one, typed anew, really fits; the cheapest come first; nothing is ranked in vain."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurograph.chip.check import check
from neurograph.chip.place import place
from neurograph.chip.profiles import load_profile
from neurograph.ir import QLIF
from neurograph.models.dysign.config import DySignConfig
from neurograph.models.registry import config_class
from neurograph.models.settings import TrainSettings
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.testing.builders import integer_chain
from neurograph.testing.chips import with_limits
from neurograph.workflow.fixes import (
    CHIP,
    EXPORT,
    PLACE,
    RETRAIN,
    SHOWN,
    SMALLER,
    Candidate,
    Fix,
    suggest,
)
from neurograph.workflow.fixes.changes import _largest

LOIHI1, LOIHI2 = load_profile("loihi1"), load_profile("loihi2")
limited = partial(with_limits, name="mine")
SIZES = {"features": 12, "classes": 3, "steps": 4, "hidden": (32, 6), "fanouts": (3, 2)}
SMALL = SpikeNetConfig(**SIZES)


def retyped(plan: Candidate, fix: Fix) -> Candidate:
    """The candidate that somebody has who types the options of a fix."""
    words = fix.options.split()
    typed = dict(zip(words[::2], words[1::2], strict=True))
    design, profile, replicas = plan.config, plan.profile, plan.replicas
    for option, value in typed.items():
        match option:
            case "--hidden" | "--fanouts":
                sizes = tuple(map(int, value.split(",")))
                design = replace(design, **{option.removeprefix("--"): sizes})
            case "--model":  # another model knows nothing of the settings of this one
                shape = ("features", "classes", "steps", "hidden", "fanouts", "threshold")
                design = config_class(value)(**{name: getattr(design, name) for name in shape})
            case "--neuron":
                design = replace(design, neuron=value)
            case "--tau":
                design = replace(design, tau=float(value))
            case "--replicas":
                replicas = int(value)
            case "--profile":
                profile = plan.profile if value == plan.profile.name else load_profile(value)
            case "--readout":
                assert value == "host"
            case _:
                raise AssertionError(option)
    return Candidate(config=design, profile=profile, replicas=replicas)


def assert_sound(plan: Candidate) -> tuple[Fix, ...]:
    found = suggest(plan).fixes
    assert len(found) <= SHOWN
    assert [f.cost for f in found] == sorted(f.cost for f in found)
    for fix in found:
        after = retyped(plan, fix)
        assert check(after.network, after.profile) == ()
        placed = place(after.network, after.profile, method="sequential")
        assert fix.cores_per_replica == placed.cores_per_replica
        assert fix.replicas_per_chip == placed.replicas_per_chip
        if after.replicas:
            assert after.chips(placed) <= after.profile.limit("chips_per_system")
        assert fix.cost == max(change.cost for change in fix.changes)
    options = [{c.option for c in f.changes} for f in found]
    assert not any(a > b for a in options for b in options), "one contains another"
    return found


def test_a_model_too_large_for_the_chip_is_made_narrower_or_samples_less() -> None:
    plan = Candidate(
        config=SMALL,
        profile=limited(LOIHI2, cores_per_chip=1, chips_per_system=1, neurons_per_core=100),
    )
    assert plan.violations()
    fixes = assert_sound(plan)
    assert {fix.cost for fix in fixes} <= {SMALLER, CHIP}
    (narrower,) = [f for f in fixes if f.options.startswith("--hidden")]
    (width, _) = map(int, narrower.options.split()[1].split(","))
    wider = replace(SMALL, hidden=(width + 8, 6))
    assert Candidate(config=wider, profile=plan.profile).violations(), "the widest that fits"
    removed = [fix.removed for fix in fixes if fix.cost == SMALLER]
    assert removed == sorted(removed)
    assert min(removed) > 0


def test_a_missing_neuron_program_is_a_training_of_the_same_size() -> None:
    plan = Candidate(config=SMALL, profile=replace(LOIHI2, name="mine", neurons=("LIF",)))
    first, *_ = assert_sound(plan)
    assert (first.options, first.cost, first.removed) == ("--neuron lif --tau 2", RETRAIN, 0.0)


def test_a_dysign_without_its_program_becomes_a_plain_spikenet() -> None:
    design = DySignConfig(**SIZES, latency=3)
    plan = Candidate(config=design, profile=replace(LOIHI2, name="mine", neurons=("LIF",)))
    first, *_ = assert_sound(plan)
    assert first.options == "--model spikenet --neuron lif --tau 2"
    assert first.cost == RETRAIN
    assert 0 < first.removed < 1  # feedback and compensation


def test_several_causes_need_several_changes() -> None:
    tight = limited(LOIHI2, cores_per_chip=1, chips_per_system=1, neurons_per_core=100)
    plan = Candidate(config=SMALL, profile=replace(tight, neurons=("LIF",)))
    first, *_ = assert_sound(plan)
    assert len(first.changes) >= 2
    assert "--neuron lif" in first.options


def test_too_many_copies_are_made_fewer() -> None:
    profile = limited(LOIHI2, chips_per_system=2)
    replicas = 2 * place(SMALL.network(), profile).replicas_per_chip
    assert Candidate(config=SMALL, profile=profile, replicas=replicas).violations() == ()
    plan = Candidate(config=SMALL, profile=profile, replicas=replicas + 1)
    (broken,) = plan.violations()
    assert (broken.needed, broken.limit, broken.unit) == (3, 2, "chips")
    first, *_ = assert_sound(plan)
    assert (first.options, first.cost) == (f"--replicas {replicas}", PLACE)


def test_integers_of_another_chip_are_exported_again() -> None:
    """Weights of 8 bits for a chip of 4: the model is fine, its integers are not."""
    integers = integer_chain(
        ("x", 1, 2),
        ("h", 1, 1),
        neuron=QLIF(voltage_decay=1000, threshold=9),
        weight=[[201, 101]],
        bits=8,
        steps=4,
    )
    plan = Candidate(config=SMALL, profile=limited(LOIHI2, weight_bits=4), quantized=integers)
    assert [v.what for v in plan.violations()] == ["a weight"]
    first, *_ = assert_sound(plan)
    assert (first.options, first.cost) == ("--profile mine --readout host", EXPORT)


def test_where_only_another_chip_helps_that_is_said() -> None:
    plan = Candidate(config=replace(SMALL, hidden=(512, 10)), profile=LOIHI1)
    found = suggest(plan)
    assert {fix.cost for fix in assert_sound(plan)} == {CHIP}
    assert "--profile loihi2" in [fix.options for fix in found.fixes]
    assert [(v.where, v.what) for v in found.unmet] == [("x", "a graded input")]


def test_limits_that_no_change_meets_rank_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurograph.workflow.fixes.changes.known_profiles", lambda: ("loihi1",))
    found = suggest(Candidate(config=SMALL, profile=limited(LOIHI2, payload_bits=1)))
    assert found.fixes == ()
    assert [(v.where, v.what) for v in found.unmet] == [("x", "a graded input")]


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    cores=st.integers(1, 6),
    neurons=st.integers(8, 120),
    kilobits=st.integers(2, 60),
    axons=st.sampled_from([40, 120, 4096]),
    programs=st.sampled_from([("LIF",), ("LIF", "AdaptiveLIF")]),
)
def test_every_fix_on_a_random_small_chip_fits(
    cores: int, neurons: int, kilobits: int, axons: int, programs: tuple[str, ...]
) -> None:
    profile = limited(
        LOIHI2,
        cores_per_chip=cores,
        chips_per_system=1,
        neurons_per_core=neurons,
        synapse_bits_per_core=1000 * kilobits,
        axons_in_per_core=axons,
        axons_out_per_core=axons,
    )
    plan = Candidate(config=SMALL, profile=replace(profile, neurons=programs))
    if plan.violations():
        assert_sound(plan)


def test_the_cost_classes_are_in_order() -> None:
    assert PLACE < EXPORT < RETRAIN < SMALLER < CHIP


def test_a_tree_of_a_hundred_thousand_rows_gets_fixes_that_were_tried() -> None:
    settings = TrainSettings(hidden=(64,), fanouts=(100_000,))
    config = settings.config(features=128, classes=10, steps=27)
    found = suggest(Candidate(config=config, profile=load_profile("loihi2"), replicas=None))
    tried = [fix.options for fix in found.fixes]
    assert any(option.startswith("--fanouts") for option in tried)
    for fix in found.fixes:
        assert fix.cores_per_replica > 0


def test_the_largest_that_fits_is_found_without_making_what_is_far_too_large() -> None:
    for most, limit in ((0, 5), (1, 0), (1, 5), (10, 10), (1000, 7), (1000, 999), (1000, 5000)):
        made = list[int]()

        def fits(n: int, made: list[int] = made, limit: int = limit) -> bool:
            made.append(n)
            return n <= limit

        assert _largest(most, fits) == min(most, limit)
        assert max(made, default=0) <= max(1, 2 * limit)
