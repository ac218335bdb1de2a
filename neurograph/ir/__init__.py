"""The intermediate representation: one kind of connection, in floating point and in integers."""

from neurograph.ir.network import (
    LIF,
    AdaptiveLIF,
    Network,
    Neuron,
    Population,
    Projection,
    SoftResetLIF,
    Stream,
)
from neurograph.ir.quantized import (
    QLIF,
    Loss,
    QAdaptiveLIF,
    QNetwork,
    QNeuron,
    QPopulation,
    QProjection,
    QSoftResetLIF,
    QStream,
)
from neurograph.ir.readout import OnChipReadout, Readout
from neurograph.ir.topology import Wiring

__all__ = [
    "LIF",
    "QLIF",
    "AdaptiveLIF",
    "Loss",
    "Network",
    "Neuron",
    "OnChipReadout",
    "Population",
    "Projection",
    "QAdaptiveLIF",
    "QNetwork",
    "QNeuron",
    "QPopulation",
    "QProjection",
    "QSoftResetLIF",
    "QStream",
    "Readout",
    "SoftResetLIF",
    "Stream",
    "Wiring",
]
