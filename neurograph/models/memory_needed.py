"""What a training takes at the least, so that one that cannot fit does not begin."""

from __future__ import annotations

from itertools import pairwise

from neurograph.core.memory import check_memory
from neurograph.models.config import RESIDENT, ModelConfig

NUMBER, DOUBLE = 4, 8  # bytes
LAID_OUT = 3  # copies of every weight where a network is laid out on a chip
COPIES = 4  # of every weight: itself, its gradient, and two moments of the optimiser


def check_training(config: ModelConfig, nodes: int) -> None:
    """Raise MachineError where weights, or the rows of a node, are more than the memory holds.

    Args:
        config: with the sizes of the data.
        nodes: of the graph.
    """
    weights = weights_of(config)
    shape = ", ".join(f"{size:,}" for size in config.hidden)
    check_memory(
        f"a model of {weights:,} weights (hidden {shape}; {config.features:,} features)",
        weights * COPIES * NUMBER,
        "use smaller layers (--hidden) or fewer features",
    )
    rows = nodes if config.mapping == RESIDENT else config.tree.slots
    what = "the graph" if config.mapping == RESIDENT else "the tree of one node"
    width = config.features + config.hidden[0]
    check_memory(
        f"{what}, {rows:,} rows of {width:,} numbers,",
        rows * width * NUMBER,
        "use smaller fan-outs (--fanouts) or layers (--hidden)",
    )


def check_shape(config: ModelConfig) -> None:
    """Raise MachineError where the network of a model, trained or not, cannot be laid out."""
    weights = weights_of(config)
    check_memory(
        f"a network of {weights:,} weights",
        weights * LAID_OUT * DOUBLE,
        "use smaller layers (--hidden)",
    )


def weights_of(config: ModelConfig) -> int:
    """Weights of the layers and of the readout, at the least."""
    sizes = (config.features, *config.hidden)
    layers = sum(2 * before * size for before, size in pairwise(sizes))  # its own, its neighbours'
    return layers + sizes[-1] * max(config.classes, 1)
