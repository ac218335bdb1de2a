"""`alif`: a `lif` whose threshold decays in every step and jumps where it fires.

::

    v     = (1 - 1/tau) v + u;   s = 1[v > theta];   v = (1 - s) v
    theta = (1 - threshold_decay) theta + gamma s

Source: SpikeNet (Li et al., AAAI 2023).
"""

from __future__ import annotations

from neurograph.models.layers.neurons.lif import Lif


class Alif(Lif):
    """A `lif` in all but its threshold, which its `Cell` moves."""
