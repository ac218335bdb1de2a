"""Neurons: one file per kind, which says all that the rest of the project asks of it.

A kind is two dataclasses, its form in floats and its form in integers, with their equation, field
ranges and rounding. Engine, reference, quantiser, chip check, files and converters read from them;
none of them knows a kind by name. To add one whose update is that of `runtime.engine.scan`:

1. ``ir/neurons/NAME.py``: both forms (`lif` is the shortest example);
2. ``ir/neurons/kinds.py``: a line in its table; 3. this file: its two names;
4. ``models/layers/neurons/NAME.py``: its PyTorch layer; 5. ``models/neurons.py``: a line for it;
6. ``hw_profiles/*.toml``: its name where a chip runs it; 7. ``hw_profiles/profile.schema.json``:
   ``neurograph profiles schema`` writes it;
8. ``testing/corners.py``: a corner case.

A package of one's own needs none of these: it names a `NeuronKind` as an entry point of the group
``neurograph.neurons``; ``tests/plugins`` has such a package.
"""

from neurograph.ir.neurons.adaptive import AdaptiveLIF, QAdaptiveLIF
from neurograph.ir.neurons.base import Neuron, QNeuron
from neurograph.ir.neurons.kinds import NeuronKind, Trainable, neuron_kind, neuron_kinds
from neurograph.ir.neurons.lif import LIF, QLIF
from neurograph.ir.neurons.refractory import QRefractoryLIF, RefractoryLIF
from neurograph.ir.neurons.relay import QRelay, Relay
from neurograph.ir.neurons.soft_reset import QSoftResetLIF, SoftResetLIF

__all__ = [
    "LIF",
    "QLIF",
    "AdaptiveLIF",
    "Neuron",
    "NeuronKind",
    "QAdaptiveLIF",
    "QNeuron",
    "QRefractoryLIF",
    "QRelay",
    "QSoftResetLIF",
    "RefractoryLIF",
    "Relay",
    "SoftResetLIF",
    "Trainable",
    "neuron_kind",
    "neuron_kinds",
]
