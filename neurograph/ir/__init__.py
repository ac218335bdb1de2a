"""The intermediate representation: one kind of connection, in floating point and in integers."""

from neurograph.ir.network import Network, Population, Projection, Stream
from neurograph.ir.neurons import (
    LIF,
    QLIF,
    AdaptiveLIF,
    Neuron,
    NeuronKind,
    QAdaptiveLIF,
    QNeuron,
    QSoftResetLIF,
    SoftResetLIF,
    neuron_kind,
    neuron_kinds,
)
from neurograph.ir.payloads import QStream, encode
from neurograph.ir.quantized import Choice, Loss, QNetwork, QPopulation, QProjection
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
    "NeuronKind",
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
    "neuron_kind",
    "neuron_kinds",
]
