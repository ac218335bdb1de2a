"""Settings of a training over a whole graph that suit it, by rule, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from neurograph.core.counted import counted
from neurograph.models.config import ModelConfig

Rule = tuple[tuple[str, ...], tuple[Any, ...], str]  # names, values, reason

EPOCHS, FOLDED_EPOCHS, EPOCH_STEPS = 30, 15, 10
FIRST_LAYER = 128  # channels
PACE = {"learning_rate": 1e-2, "weight_decay": 1e-3, "weight_mean": 0.96}
FEW, DROPOUT, DROPOUT_OF_FEW = 1000, 0.1, 0.5  # training nodes that are soon learnt by heart
HOPS = 3  # two are worth most of what labels say, a third little more
FEATURE_HOPS = 2  # a mean over two edges needs few labels to be read, two layers need many


def whole_rules(
    own: ModelConfig,
    *,
    learning: int,
    steps: int,
    outputs: int,
    classes: bool,
    last: int,
    folds: int,
) -> Iterator[Rule]:
    """Names, values and reason of each rule.

    Args:
        own: the model.
        learning: training nodes.
        steps: snapshots of the graph.
        outputs: of the task, which are classes or not.
        last: channels of the last layer.
        folds: parts of the known nodes that say how long to train; 0: validation nodes do.
    """
    names = ("epochs", "epoch_steps", "schedule", "patience", "folds")
    epochs = FOLDED_EPOCHS if folds else EPOCHS
    whole = f"{epochs * EPOCH_STEPS} steps over the whole graph"
    yield names, (epochs, EPOCH_STEPS, "cosine", 0, folds), whole
    yield tuple(PACE), tuple(PACE.values()), "every node in every step"
    dropped = DROPOUT_OF_FEW if learning < FEW else DROPOUT
    yield ("dropout",), (dropped,), f"{learning:,} training nodes"
    asked = counted(outputs, "class" if classes else "output")
    if own.features and steps == 1 and learning < FEW:
        reason = (
            f"{asked}, {learning:,} training nodes teach one layer what a static graph averages"
        )
        values = (FIRST_LAYER,), own.fanouts[:1], FEATURE_HOPS
        yield ("hidden", "fanouts", "feature_hops"), values, reason
    else:
        yield ("hidden",), ((FIRST_LAYER, last),), asked
    if own.label_input:
        yield ("label_hops",), (HOPS,), "labels are heard further than from neighbours"
        if steps > 1:
            reason = f"{steps} snapshots in which evidence can travel"
            yield ("graph_recurrence",), (True,), reason
