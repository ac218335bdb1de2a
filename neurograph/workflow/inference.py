"""What an inference runs, and over which rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from neurograph.core.arrays import Array
from neurograph.ir import Network, QNetwork
from neurograph.runtime.record import FLOAT, REFERENCE
from neurograph.workflow.layout import Layout


@dataclass(frozen=True, eq=False, kw_only=True)
class Inference:
    """Networks, and the rows of inputs that they are given.

    Attributes:
        integers: what every backend runs.
        floats: what they were made of; None: integers that were imported.
        layout: the rows.
    """

    integers: QNetwork
    layout: Layout
    floats: Network | None = None

    def of(self, nodes: Array) -> Inference:
        """The same for these nodes alone."""
        return replace(self, layout=replace(self.layout, nodes=nodes))

    def given(self) -> dict[str, tuple[Network | QNetwork, Mapping[str, Array]]]:
        """Each network with what all rows of it are given: floats features, integers payloads."""
        features = self.layout.inputs(slice(0, len(self.layout)))
        payloads = self.layout.payloads(features, self.integers)
        integers: dict[str, tuple[Network | QNetwork, Mapping[str, Array]]]
        integers = {REFERENCE: (self.integers, payloads)}
        return integers if self.floats is None else {FLOAT: (self.floats, features), **integers}
