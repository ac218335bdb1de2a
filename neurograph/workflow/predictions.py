"""What a model says of nodes, and how sure it is of each: by the ids that their source has."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.table_file import TableFile
from neurograph.cost.estimate import EnergyEstimate
from neurograph.tasks.temperature import Temperature
from neurograph.workflow.per_node import PerNode


@dataclass(frozen=True, eq=False, kw_only=True)
class Predictions(PerNode):
    """An answer for each of some nodes.

    Attributes:
        outputs: float64 ``(nodes, outputs)``, the mean over the draws: logits, where the answers
            are classes.
        classes: name of the predicted class of each node, text ``(nodes,)``; None where the
            answers are no classes.
        class_names: of the columns of `probabilities`.
        probabilities: float64 ``(nodes, classes)``, calibrated on validation nodes; None where the
            answers are no classes.
        temperature: that calibrates them.
        energy: of one inference on the chip; a prediction takes one per draw. None where it has
            no price: of floats, or before an export.
    """

    outputs: Array
    classes: Array | None = None
    class_names: tuple[str, ...] = ()
    probabilities: Array | None = None
    temperature: Temperature | None = None
    energy: EnergyEstimate | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """JSON values about all of them."""
        return {
            **super().facts,
            "temperature": self.temperature and self.temperature.to_dict(),
            "joules_per_inference": self.energy and asdict(self.energy.joules),
        }

    def table(self) -> TableFile:
        """As it is written: a row per node; in an .npz, arrays."""
        if self.classes is None or self.probabilities is None:
            many = self.outputs.shape[1]
            names = ["output"] if many == 1 else [f"output_{n}" for n in range(many)]
            columns = dict(zip(names, self.outputs.T, strict=True))
            arrays = {"outputs": self.outputs}
        else:
            names = [f"p_{name}" for name in self.class_names]
            likely = dict(zip(names, self.probabilities.T, strict=True))
            columns = {"class": self.classes, **likely}
            arrays = {
                "class": self.classes,
                "class_names": np.array(self.class_names),
                "probabilities": self.probabilities,
                "outputs": self.outputs,
            }
        made_by = np.full(len(self.nodes), self.made_by)
        return TableFile(
            columns={**self.who, **columns, "made_by": made_by},
            arrays={**self.who, **arrays},
            facts={"kind": "neurograph predictions", **self.facts},
        )
