"""The whole road in Python: a graph, a trained SpikeNet, integers, Lava, energy.

Run it anywhere: python examples/from_graph_to_joules.py [loihi-sim | reference]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import neurograph as ng
from neurograph import models as snn
from neurograph.graphs.splits import stratified_split
from neurograph.runtime import host


def main(target: str = "loihi-sim") -> None:
    """Train on a generated graph and run 100 of its test nodes on `target`."""
    profile = ng.load_profile("loihi2")
    graph = ng.synth(nodes=600, seed=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        features = ng.make_features(graph, folder, dim=32)
        settings = snn.TrainSettings(hidden=(32, 8), epochs=15, batch=64, schedule="cosine")
        result = snn.train(graph, features, settings, folder)
        print(f"validation micro-F1 {result.scores['micro_f1']:.3f} at epoch {result.best_epoch}")

        checkpoint = snn.load_checkpoint(result.checkpoint)
        network = snn.capture(checkpoint)  # floats, hardware-neutral, for one target node
        split, tree = stratified_split(graph), checkpoint.config.tree
        calibration = host.inputs(graph, features, tree, split.train[:128], seed=1)
        integers = ng.quantize(network, profile, {"x": calibration})
        placement = ng.place(integers, profile)
        print(f"{placement.replicas} replicas on {placement.cores} cores, one chip")

        nodes = split.test[:100]
        payload = host.payloads(graph, features, tree, nodes, integers.streams, seed=1)

    reference = ng.run_reference(integers, payload, nodes)
    ran = ng.run(integers, payload, nodes, backend=target, chunk=50)
    agreement = ng.compare(reference, ran)
    print(f"{target} identical to the reference: {agreement.identical}")
    print(f"micro-F1 {(ran.predictions == graph.labels[nodes]).mean():.3f}")

    counts = ng.count_events(integers, payload, ran)
    estimate = ng.estimate_energy(integers, placement, profile, counts)
    joules = estimate.total("chip, dynamic")
    print(f"dynamic energy per inference {joules.low:.2e} to {joules.high:.2e} J: {estimate.label}")


if __name__ == "__main__":
    main(*sys.argv[1:])
