"""The intermediate representation: one kind of connection, in floating point and in integers."""

from neurograph.ir.network import (
    LIF,
    AdaptiveLIF,
    Network,
    Neuron,
    Population,
    Projection,
    Readout,
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
from neurograph.ir.topology import Wiring

__all__ = [
    "LIF",
    "QLIF",
    "AdaptiveLIF",
    "Loss",
    "Network",
    "Neuron",
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
