"""Networks for equivalence tests: corner cases of the integer semantics, and random ones.

Shared by the tests of the core and of every converter; a plug-in of your own can use them too.
"""

from neurograph.testing.corners import corner_networks
from neurograph.testing.parts import NEURON_KINDS, Case, NeuronKind
from neurograph.testing.random_networks import random_network

__all__ = ["NEURON_KINDS", "Case", "NeuronKind", "corner_networks", "random_network"]
