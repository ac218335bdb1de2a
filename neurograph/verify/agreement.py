"""What a comparison of two runs finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from neurograph.verify.difference import Difference, as_numbers
from neurograph.verify.health import Activity, Alarm, alarms


@dataclass(frozen=True, kw_only=True)
class Flips:
    """Nodes of known class whose prediction changed, by what was right."""

    right_to_wrong: int
    wrong_to_right: int
    wrong_to_wrong: int


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Which differing spikes touch a prediction.

    Attributes:
        changed: nodes whose predicted class differs.
        touched: nodes with a differing spike in `layer`, the last of the model.
        touched_and_changed: those of them whose predicted class differs.
        spikes_of_changed: differing spikes, of all layers, that belong to changed nodes.
        flips: the changed nodes of known class; None where no class is known.
    """

    layer: str
    changed: int
    touched: int
    touched_and_changed: int
    spikes_of_changed: int
    flips: Flips | None

    @property
    def touched_share(self) -> float | None:
        """Of the touched nodes, the share whose predicted class differs; None of none."""
        return self.touched_and_changed / self.touched if self.touched else None


@dataclass(frozen=True, kw_only=True)
class Layer:
    """How one population differs between two runs.

    Attributes:
        growth: per snapshot, the share of neuron updates that differ.
        emd: earth mover's distance (Wasserstein-1) between the firing rates of the neurons, in
            spikes per update. A neuron is one row of one channel; its rate is the share of its
            updates in which it fires, over all nodes.
        first: rates and health in the first run.
        second: rates and health in the second run.
    """

    channels: int
    growth: tuple[float, ...]
    emd: float
    first: Activity
    second: Activity

    @property
    def mean(self) -> float:
        """Share of all neuron updates that differ; every snapshot has as many."""
        return sum(self.growth) / len(self.growth)

    @property
    def worst(self) -> int:
        """The snapshot, from 0, in which the largest share differs; the first one if several."""
        return max(range(len(self.growth)), key=self.growth.__getitem__)


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How much two runs over the same nodes agree.

    Attributes:
        first: what ran first.
        second: what is held against it.
        nodes: how many were compared.
        predictions: share of nodes of the same predicted class.
        predictions_interval: its 95 % Wilson score interval, from low to high.
        spikes: share of (node, update, neuron) of the same value, over the compared populations.
        spikes_by_population: the same per population.
        differing_spikes: how many differ.
        compared_spikes: of how many.
        final_states: whether all final states are equal; None where one run is in floats.
        difference: the earliest one, None if there is none.
        labels: which differences touch a prediction.
        layers: how every population differs, by name.
    """

    first: str
    second: str
    nodes: int
    predictions: float
    predictions_interval: tuple[float, float]
    spikes: float
    spikes_by_population: Mapping[str, float]
    differing_spikes: int
    compared_spikes: int
    final_states: bool | None
    difference: Difference | None
    labels: Labels
    layers: Mapping[str, Layer]

    @property
    def identical(self) -> bool:
        """Every spike and, between integer runs, every final state and prediction is the same."""
        return self.difference is None

    @property
    def first_difference(self) -> str | None:
        """A sentence on the earliest difference, None if there is none."""
        return None if self.difference is None else str(self.difference)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Channels that are dead, saturated or copies in the second run and not in the first."""
        return tuple(
            alarm
            for name, layer in self.layers.items()
            for alarm in alarms(
                name, layer.channels, (self.first, layer.first), (self.second, layer.second)
            )
        )

    @property
    def pair(self) -> str:
        """Its name: what ran first, and what is held against it."""
        return f"{self.first}->{self.second}"

    def to_dict(self) -> dict[str, Any]:
        """The fields, `identical`, `first_difference` and `alarms`, as JSON values."""
        difference = self.difference
        return {
            **asdict(self),
            "difference": difference and as_numbers(difference),
            "identical": self.identical,
            "first_difference": self.first_difference,
            "alarms": [asdict(alarm) | {"text": str(alarm)} for alarm in self.alarms],
        }
