"""Loihi 2 as measured and as its profile predicts it: what `neurograph validate` holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from table import Row, row

from neurograph.chip.measured import load_measured
from neurograph.chip.profiles import load_profile
from neurograph.cost.validation import Measurement
from neurograph.workflow.silicon.validate import validate

LOIHI2 = load_profile("loihi2")
OPERATION_BAR = 1.0


def rows(data_dir: Path) -> list[Row]:
    """Everything that `make bench-silicon` prints before recorded runs and speeds."""
    found = validate(LOIHI2, load_measured("loihi2"), data=data_dir)
    numbers = [each for one in found.measurements for each in _numbers(one)]
    left_out = [row(f"not held: {line}", "", "") for line in found.left_out]
    highest = (LOIHI2.time["loihi2-measured"]["synaptic_op"].high or 0.0) * 1e9
    told = row("an operation on the busiest core, high", highest, "ns", OPERATION_BAR)
    return [*numbers, *left_out, told]


def _numbers(one: Measurement) -> Iterator[Row]:
    yield row(f"{one.of}, {one.what}, measured", one.measured, one.unit)
    yield row("... predicted", one.predicted.typical, one.unit)
    if one.within is not None:
        yield row("... off", 100 * abs(one.off), "%", 100 * one.within)
    if not one.counted:
        low, high = one.predicted.low, one.predicted.high
        inside = f"{low:.4g} to {high:.4g}: {'inside' if one.inside else 'OUTSIDE'}"
        yield row("... low to high", inside, "")
        yield row("... outside its interval", int(not one.inside), "", 0, "=")
