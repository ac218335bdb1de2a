"""Dy-SIGN in Python: gradients at an equilibrium, then the same recurrent network on Lava.

Run it anywhere: python examples/settle_at_equilibrium.py [loihi-sim | reference]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch
from torch import Tensor

import neurograph as ng
from neurograph import models as snn
from neurograph.graphs.splits import stratified_split
from neurograph.models.layers.implicit import Solver, equilibrium
from neurograph.runtime import host


def gradient_of_a_fixed_point() -> float:
    """Implicit differentiation knows nothing of spikes: z = tanh(w z + x), and dz/dw."""
    w = torch.tensor([[0.5]], dtype=torch.float64, requires_grad=True)
    x = torch.tensor([[0.3]], dtype=torch.float64)

    def f(z: Tensor) -> Tensor:
        return torch.tanh(z @ w + x)

    z = x
    with torch.no_grad():
        for _ in range(200):  # any way to find it will do: nothing of this is differentiated
            z = f(z)
    equilibrium(z, f, Solver(tolerance=1e-12)).backward()
    assert w.grad is not None
    slope = 1 - z**2  # of tanh there; by hand, dz/dw = slope z / (1 - slope w)
    return float((w.grad - slope * z / (1 - slope * w.detach())).abs())


def main(target: str = "loihi-sim") -> None:
    """Train a Dy-SIGN on a generated graph, and run 40 of its test nodes on `target`."""
    print(f"implicit gradient minus the one by hand: {gradient_of_a_fixed_point():.1e}")
    graph = ng.synth(nodes=600, seed=1)
    with tempfile.TemporaryDirectory() as name:
        features = ng.make_features(graph, Path(name), dim=32)
        settings = snn.TrainSettings(
            model="dysign", hidden=(32, 8), latency=4, epochs=15, batch=64, schedule="cosine"
        )
        result = snn.train(graph, features, settings, Path(name))
        print(f"validation micro-F1 {result.scores['micro_f1']:.3f} at epoch {result.best_epoch}")

        checkpoint = snn.load_checkpoint(result.checkpoint)
        network, tree = snn.capture(checkpoint), checkpoint.config.tree
        split = stratified_split(graph)
        calibration = host.inputs(graph, features, tree, split.train[:128], seed=1)
        integers = ng.quantize(network, ng.load_profile("loihi2"), {"x": calibration})
        nodes = split.test[:40]
        payload = host.payloads(graph, features, tree, nodes, integers.streams, seed=1)

    for projection in integers.projections:
        print(f"  {projection.name}: arrives {integers.wiring.lag[projection.name]} updates late")
    reference = ng.run_reference(integers, payload, nodes)
    ran = ng.run(integers, payload, nodes, backend=target, chunk=20)
    print(f"{target} identical to the reference: {ng.compare(reference, ran).identical}")
    print(f"micro-F1 {(ran.predictions == graph.labels[nodes]).mean():.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
