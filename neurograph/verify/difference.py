"""The first difference of two runs, as a noun that is also a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from neurograph.core.arrays import Array
from neurograph.core.words import NODES, Words


@dataclass(frozen=True, kw_only=True)
class Place:
    """One neuron of the network of one node; everything counts from 0.

    Attributes:
        population: its name.
        index: of the node in its record.
        node: its id.
        row: of the population.
        channel: of the population.
        slot: what the row stands for, e.g. "neighbour 3"; None where that is not known.
        name: the source's id of the node; None where it numbers nodes as we do.
        words: what the node is called; not a number of a file.
    """

    population: str
    index: int
    node: int
    row: int
    channel: int
    slot: str | None = None
    name: str | None = None
    words: Words = NODES

    def __str__(self) -> str:
        slot = f" ({self.slot})" if self.slot else ""
        who = f"{self.words.one} {self.name or self.node}"
        return f"{who}, row {self.row}{slot}, channel {self.channel}"


@dataclass(frozen=True, kw_only=True)
class Membrane:
    """A membrane and the threshold beside it.

    Attributes:
        v: in the unit of the float network.
        theta: in the same unit.
        raw_v: the chip's integer; None for floats.
        raw_theta: the chip's integer; None for floats.
        fires: whether this membrane makes a spike; None for a membrane after its update.
    """

    v: float
    theta: float
    raw_v: int | None = None
    raw_theta: int | None = None
    fires: bool | None = None

    def __str__(self) -> str:
        near = f"v {self.v:.6g} against threshold {self.theta:.6g} ({self.v - self.theta:+.3g}"
        raw = "" if self.raw_v is None else f"; integers {self.raw_v:,} and {self.raw_theta:,}"
        return f"{near}{raw})"


@dataclass(frozen=True, kw_only=True)
class Rerun:
    """What came of running the second side again, on this one node and up to this update.

    Attributes:
        reproduced: whether the spike differs again; None where it could not be run.
        first: membrane of the first side after the update, where it differs again.
        second: that of the second side.
        failure: why it could not be run.
    """

    reproduced: bool | None
    first: Membrane | None = None
    second: Membrane | None = None
    failure: str | None = None


@dataclass(frozen=True, kw_only=True)
class SpikeDifference:
    """One neuron fires in one run and not in the other.

    Attributes:
        first: what ran first.
        second: what is held against it.
        place: the neuron.
        update: counts from 0 on the population's own clock.
        steps: snapshots of the network.
        latency: updates within a snapshot.
        first_fires: whether it does in the first run; in the second it is the other way round.
        spikes: how many spikes differ in all.
        first_membrane: in the first run before any reset, where it was looked up.
        second_membrane: that of the second run.
        rerun: of the second side, where it was run again.
    """

    kind: ClassVar[str] = "spike"

    first: str
    second: str
    place: Place
    update: int
    steps: int
    latency: int
    first_fires: bool
    spikes: int
    first_membrane: Membrane | None = None
    second_membrane: Membrane | None = None
    rerun: Rerun | None = None

    @property
    def when(self) -> str:
        """The snapshot, and the update within it where there are several; both count from 1."""
        step, within = divmod(self.update, self.latency)
        finer = f", latency step {within + 1} of {self.latency}" if self.latency > 1 else ""
        return f"{self.place.words.step} {step + 1} of {self.steps}{finer}"

    def __str__(self) -> str:
        first = _side(self.first, self.first_fires, self.first_membrane)
        second = _side(self.second, not self.first_fires, self.second_membrane)
        many = f"{self.spikes:,} {'spike differs' if self.spikes == 1 else 'spikes differ'}"
        return (
            f"{self.place.population}: {self.when}, {self.place}: {first}; {second}"
            f"{self._run_again()} ({many})"
        )

    def _run_again(self) -> str:
        again, one = self.rerun, self.place.words.one
        if again is None:
            return ""
        if again.reproduced is None:
            return f"; {self.second} could not be run again on this {one}: {again.failure}"
        if not again.reproduced:
            does = _word(self.first_fires)
            return (
                f"; run again on this {one}, {self.second} {does}, as {self.first} does: "
                "the difference does not reproduce"
            )
        return (
            f"; run again on this {one}, it is the same, and after the update "
            f"{self.first} has {again.first}, {self.second} {again.second}"
        )


@dataclass(frozen=True, kw_only=True)
class StateDifference:
    """Every spike is the same, and a state after the last update is not.

    Attributes:
        first: what ran first.
        second: what is held against it.
        place: the neuron.
        state: "u", "v", "theta" or "refractory".
        first_value: the chip's integer in the first run.
        second_value: the chip's integer in the second run.
        states: how many of this state and population differ.
    """

    kind: ClassVar[str] = "state"

    first: str
    second: str
    place: Place
    state: str
    first_value: int
    second_value: int
    states: int

    def __str__(self) -> str:
        return (
            f"{self.place.population}: final {self.state}, {self.place}: {self.first} "
            f"{self.first_value:,}, {self.second} {self.second_value:,} ({self.states:,} differ)"
        )


@dataclass(frozen=True, kw_only=True)
class PredictionDifference:
    """Every spike is the same, and a predicted class is not."""

    kind: ClassVar[str] = "prediction"

    first: str
    second: str
    node: int
    first_class: int
    second_class: int
    name: str | None = None
    words: Words = NODES

    def __str__(self) -> str:
        return (
            f"same spikes, but {self.words.one} {self.name or self.node}: {self.first} predicts "
            f"class {self.first_class}, {self.second} {self.second_class}"
        )


Difference = SpikeDifference | StateDifference | PredictionDifference


def named(difference: Difference, ids: Array) -> Difference:
    """With the source's id of its node.

    Args:
        ids: of every node of the graph.
    """
    if isinstance(difference, PredictionDifference):
        return replace(difference, name=str(ids[difference.node]))
    place = replace(difference.place, name=str(ids[difference.place.node]))
    return replace(difference, place=place)


def as_numbers(difference: Difference) -> dict[str, Any]:
    """Its kind and fields as JSON values, without what only its sentence needs."""

    def without_words(fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: without_words(value) if isinstance(value, Mapping) else value
            for name, value in fields.items()
            if name != "words"
        }

    return {"kind": difference.kind, **without_words(asdict(difference))}


def _side(name: str, fires: bool, membrane: Membrane | None) -> str:
    if membrane is None:
        return f"{name} {_word(fires)}"
    if membrane.fires not in (None, fires):
        return f"{name} {_word(fires)} by its record, not by its membrane, {membrane}"
    return f"{name} {_word(fires)}, {membrane}"


def _word(fires: bool) -> str:
    return "fires" if fires else "is silent"
