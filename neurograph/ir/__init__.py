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
from neurograph.ir.payloads import QStream, encode
from neurograph.ir.quantized import (
    QLIF,
    Choice,
    Loss,
    QAdaptiveLIF,
    QNetwork,
    QNeuron,
    QPopulation,
    QProjection,
    QSoftResetLIF,
)
from neurograph.ir.readout import OnChipReadout, Readout
from neurograph.ir.scheme import NeuronScale, Scheme, WeightGrid
from neurograph.ir.topology import Wiring

__all__ = [
    "LIF",
    "QLIF",
    "AdaptiveLIF",
    "Choice",
    "Loss",
    "Network",
    "Neuron",
    "NeuronScale",
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
    "Scheme",
    "SoftResetLIF",
    "Stream",
    "WeightGrid",
    "Wiring",
    "encode",
]
