"""The fast reference against the float model's inference in PyTorch, on the same nodes."""

from __future__ import annotations

import numpy as np
import torch
from table import Row, in_turns, row, seconds
from trained import Trained, parts

from neurograph import models as snn
from neurograph.core.arrays import Array
from neurograph.graphs.sampling import sample
from neurograph.models.layers.batch import AT_ONCE, load_batch
from neurograph.runtime import reference

CHUNK, BAR = 1024, 2.0


def rows(model: Trained, nodes: Array) -> list[Row]:
    """Both without sampling and gathering, where the bar is, and both from node ids to logits."""
    checkpoint = snn.load_checkpoint(model.run.checkpoint)
    net, source, seed = checkpoint.restore(), model.source, model.deployment.sample_seed
    slots = sample(source.graph, nodes, checkpoint.config.tree, seed=seed)
    batches = [load_batch(source.features.values, part) for part in parts(slots, AT_ONCE)]
    gathered = [model.gathered(part) for part in parts(nodes, CHUNK)]

    def forward() -> None:
        with torch.no_grad():
            for batch in batches:
                net(batch)

    def integers() -> None:
        for features in gathered:
            run(model.encoded(features))

    def run(payloads: dict[str, Array]) -> None:
        reference.run(model.network, payloads, np.arange(len(payloads["x"])))

    def predict() -> None:
        snn.predict(checkpoint, source.graph, source.features, nodes, seed=seed)

    def infer() -> None:
        for part in parts(nodes, CHUNK):
            run(model.payloads(part))

    infer()  # compiles
    predict()
    forward_s, integers_s = in_turns(lambda: seconds(forward), lambda: seconds(integers))
    predict_s, infer_s = in_turns(lambda: seconds(predict), lambda: seconds(infer))
    of = f"{len(nodes):,} DBLP test nodes"
    return [
        row(f"float model in PyTorch, {of}, forward on gathered features", forward_s, "s"),
        row(f"fast reference, {of}, encoding and run on gathered features", integers_s, "s"),
        row(
            "fast reference / float model, time, features gathered",
            integers_s / forward_s,
            "x",
            BAR,
        ),
        row(f"float model in PyTorch, {of}, sampling and gathering included", predict_s, "s"),
        row(f"fast reference, {of}, sampling and gathering included", infer_s, "s"),
        row("fast reference / float model, time, all included", infer_s / predict_s, "x"),
    ]
