"""The intermediate representation: one kind of connection, in floating point and in integers."""

from neurograph.ir.network import LABEL_STREAM, STREAM, Network, Population, Projection, Stream
from neurograph.ir.neurons import (
    LIF,
    QLIF,
    AdaptiveLIF,
    Neuron,
    NeuronKind,
    QAdaptiveLIF,
    QNeuron,
    QRefractoryLIF,
    QRelay,
    QSoftResetLIF,
    RefractoryLIF,
    Relay,
    SoftResetLIF,
    neuron_kind,
    neuron_kinds,
)
from neurograph.ir.payloads import QStream, encode
from neurograph.ir.quantisation import Cause, Choice, QuantisationError
from neurograph.ir.quantized import QNetwork, QPopulation, QProjection
from neurograph.ir.readout import OnChipReadout, Readout
from neurograph.ir.reset import PeriodicReset
from neurograph.ir.schedule import Meetings, Mix, Schedule
from neurograph.ir.scheme import NeuronScale, Scheme, WeightGrid
from neurograph.ir.topology import Wiring

__all__ = [
    "LABEL_STREAM",
    "LIF",
    "QLIF",
    "STREAM",
    "AdaptiveLIF",
    "Cause",
    "Choice",
    "Meetings",
    "Mix",
    "Network",
    "Neuron",
    "NeuronKind",
    "NeuronScale",
    "OnChipReadout",
    "PeriodicReset",
    "Population",
    "Projection",
    "QAdaptiveLIF",
    "QNetwork",
    "QNeuron",
    "QPopulation",
    "QProjection",
    "QRefractoryLIF",
    "QRelay",
    "QSoftResetLIF",
    "QStream",
    "QuantisationError",
    "Readout",
    "RefractoryLIF",
    "Relay",
    "Schedule",
    "Scheme",
    "SoftResetLIF",
    "Stream",
    "WeightGrid",
    "Wiring",
    "encode",
    "neuron_kind",
    "neuron_kinds",
]
