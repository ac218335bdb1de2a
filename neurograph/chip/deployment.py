"""A deployment: everything that is needed to run a network that lies on a chip, and its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.core.counted import counted
from neurograph.core.errors import NetworkError
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Network, QNetwork, Scheme


@dataclass(frozen=True, eq=False, kw_only=True)
class Deployment:
    """A network in floats and in integers, placed on a chip.

    Attributes:
        network: the trained one; None: the integers came in a file, and nothing else is known.
        tree: how the host samples neighbours; None: all nodes of the graph run at once, and hear
            each other along its edges, or there is no graph.
        sample_seed: of the draw used for inference.
        runs_where: where each part runs: name -> "on-chip", "host" or "approximate".
        provenance: JSON values: graph (name, sha256, path, generated), features (sha256, path,
            method), checkpoint (sha256, model, metrics), split, versions, seed, command.
        scheme: by which the network was rounded; None in files of earlier versions.
    """

    network: Network | None
    quantized: QNetwork
    placement: Placement
    profile: HardwareProfile
    tree: TreeSpec | None
    sample_seed: int
    runs_where: Mapping[str, str]
    provenance: Mapping[str, Any]
    scheme: Scheme | None = None

    @property
    def floats(self) -> Network:
        """The trained network.

        Raises:
            NetworkError: it is not known.
        """
        if self.network is None:
            raise NetworkError("integers that came in a file, without the floats of a training")
        return self.network

    def __repr__(self) -> str:
        """One line, as a notebook shows it."""
        name = self.provenance.get("checkpoint", {}).get("model", "network")
        model = self.network or self.quantized
        neurons = sum(population.rows * population.channels for population in model.populations)
        sizes = [counted(neurons, "neuron"), counted(model.steps, "step")]
        placed = f"{counted(self.placement.cores, 'core')} of {self.profile.name}"
        return f"Deployment({name!r}, {', '.join(sizes)}, {placed})"
