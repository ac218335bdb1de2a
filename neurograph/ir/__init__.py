"""The intermediate representation: one kind of connection, in floating point and in integers."""

from neurograph.ir.network import STREAM, Network, Population, Projection, Stream
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
from neurograph.ir.quantisation import Cause, Choice, QuantisationError
from neurograph.ir.quantized import QNetwork, QPopulation, QProjection
from neurograph.ir.readout import OnChipReadout, Readout
from neurograph.ir.scheme import NeuronScale, Scheme, WeightGrid
from neurograph.ir.topology import Wiring

__all__ = [
    "LIF",
    "QLIF",
    "STREAM",
    "AdaptiveLIF",
    "Cause",
    "Choice",
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
    "QuantisationError",
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
