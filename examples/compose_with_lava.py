"""NeuroGraph's Lava processes among Lava's own, on Lava's own runtime.

Run it anywhere: python examples/compose_with_lava.py
"""

# ruff: noqa: E402
from __future__ import annotations

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph_lava.compat import patch_lava

# before any import of lava: makes lava-nc 0.10.0 importable beside Python 3.11 and newer
patch_lava()

from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF

from neurograph_lava.processes.kronecker.process import Kronecker
from neurograph_lava.processes.lif.process import AdaptiveLIF

STEPS, BATCH, FEATURES, HIDDEN, CLASSES = 24, 2, 4, 5, 3
GRAPH = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]])  # three nodes in a row; each hears itself


def main() -> None:
    """Aggregate over a graph, twice side by side, and classify all nodes together."""
    rng, cells = np.random.default_rng(5), BATCH * len(GRAPH) * HIDDEN
    spikes = (rng.random((BATCH * len(GRAPH) * FEATURES, STEPS)) < 0.3).astype(int)
    weights = 2 * rng.integers(-60, 120, (HIDDEN, FEATURES))  # signs are mixed: even numbers

    source = Source(data=spikes)
    aggregate = Kronecker(weights=weights, mix=GRAPH, batch=BATCH)  # GRAPH x weights, twice
    hidden = AdaptiveLIF(  # its threshold: with guard bits, as v; decays by 1000/4096 per step
        shape=(cells,),
        theta=200 << fx.GUARD_BITS,
        theta_decay=1000,
        theta_step=80 << fx.GUARD_BITS,
        du=4095,
        dv=409,
    )
    readout = Dense(weights=2 * rng.integers(-30, 40, (CLASSES, cells)))
    classes = LIF(shape=(CLASSES,), du=4095, dv=409, vth=90)
    fired, summed, witness = (Sink(shape=(n,), buffer=STEPS) for n in (CLASSES, cells, cells))

    # the same synapses, every one of them written out, in Lava's own Dense
    dense = Dense(weights=np.kron(np.eye(BATCH, dtype=int), np.kron(GRAPH, weights)))

    for out, into in (
        (source.s_out, aggregate.s_in),
        (aggregate.a_out, hidden.a_in),
        (hidden.s_out, readout.s_in),
        (readout.a_out, classes.a_in),
        (classes.s_out, fired.a_in),
        (aggregate.a_out, summed.a_in),
        (source.s_out, dense.s_in),
        (dense.a_out, witness.a_in),
    ):
        out.connect(into)

    classes.run(RunSteps(num_steps=STEPS), Loihi2SimCfg(select_tag="fixed_pt"))
    try:
        for number, row in enumerate(fired.data.get().astype(int)):
            print(f"class {number}  {''.join('.|'[s] for s in row)}")
        theta = hidden.theta.get()[:HIDDEN].astype(int) >> fx.GUARD_BITS
        print(f"thresholds of the first node, in the unit of vth: {theta}")
        same = np.array_equal(summed.data.get(), witness.data.get())
        print(f"Kronecker identical to the written-out Dense: {same}")
    finally:
        classes.stop()


if __name__ == "__main__":
    main()
