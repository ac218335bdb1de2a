"""Lowers a network onto Lava processes: one per stream, bundle of projections and population.

Two lowerings, equal to the bit. "fused": projections are `Kronecker`, several at once `Taps`, or
`EdgeSynapses` along the edges of a graph; neurons run in few passes. "stock": projections are
Lava's own Sparse and DelaySparse with every synapse written out, neurons run on Lava's own
membrane, and relays are its GradedVec. Import after `neurograph_lava.compat.patch_lava`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.process import AbstractProcess

from neurograph.ir import (
    QLIF,
    QAdaptiveLIF,
    QNetwork,
    QPopulation,
    QRelay,
    QSoftResetLIF,
    QStream,
)
from neurograph.ir import Schedule as Edges
from neurograph.ir.values import PerChannel
from neurograph_lava.bundles import Bundle, bundles, heard, name_of
from neurograph_lava.job import Job
from neurograph_lava.lower_stock import relay, sparse
from neurograph_lava.processes.edges.process import EdgeSynapses
from neurograph_lava.processes.kronecker.process import Kronecker
from neurograph_lava.processes.lif.process import AdaptiveLIF, SoftResetLIF, WindowedLIF
from neurograph_lava.processes.programmed.process import ProgrammedLIF
from neurograph_lava.processes.relay.process import Relay
from neurograph_lava.processes.streams.sink import Heartbeat, Recorder
from neurograph_lava.processes.streams.source import ByteSource, Source
from neurograph_lava.processes.taps.process import Taps
from neurograph_lava.windows import Arrivals, BatchFiles, Begun, Biases, Windows
