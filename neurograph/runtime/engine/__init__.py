"""How a network runs over many nodes at once; the arithmetic, float or integer, is a part."""

from neurograph.runtime.engine.arithmetic import (
    Arithmetic,
    FloatArithmetic,
    IntegerArithmetic,
    State,
)
from neurograph.runtime.engine.edges import EdgeSynapses
from neurograph.runtime.engine.inputs import check_inputs
from neurograph.runtime.engine.simulation import Begun, Chunk, Simulation, chunks, groups, simulate
from neurograph.runtime.engine.trace import Trace, trace

__all__ = [
    "Arithmetic",
    "Begun",
    "Chunk",
    "EdgeSynapses",
    "FloatArithmetic",
    "IntegerArithmetic",
    "Simulation",
    "State",
    "Trace",
    "check_inputs",
    "chunks",
    "groups",
    "simulate",
    "trace",
]
