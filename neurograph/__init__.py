"""NeuroGraph: spiking graph networks from PyTorch to a neuromorphic chip.

A public name is imported when it is first asked for, so that `import neurograph` costs nothing.
"""

from typing import TYPE_CHECKING

from neurograph.core.lazy import lazy

if TYPE_CHECKING:
    from neurograph.chip.check import check
    from neurograph.chip.deployment import Deployment
    from neurograph.chip.place import place
    from neurograph.chip.placement import Placement
    from neurograph.chip.profile import HardwareProfile
    from neurograph.chip.profiles import known_profiles, load_profile
    from neurograph.core.errors import DoesNotFitError, NeuroGraphError, Violation
    from neurograph.cost.energy import energy as estimate_energy
    from neurograph.cost.estimate import EnergyEstimate
    from neurograph.graphs.convert import (
        from_networkx,
        from_pandas,
        from_pyg,
        to_networkx,
        to_pandas,
    )
    from neurograph.graphs.embed import load_features, make_features
    from neurograph.graphs.features import FeatureStore
    from neurograph.graphs.graph import TemporalGraph
    from neurograph.graphs.io import import_edges, load_graph, save_graph
    from neurograph.graphs.sampling import TreeSpec
    from neurograph.graphs.sets import synth
    from neurograph.ir import Network, QNetwork, Scheme
    from neurograph.ir.rounding import round_network
    from neurograph.models.pyg import to_pyg
    from neurograph.quantization import choose_scheme, quantize
    from neurograph.quantization.report import quantisation_report
    from neurograph.runtime.backends import find_backend, known_backends, run
    from neurograph.runtime.record import RunRecord
    from neurograph.runtime.reference import count_events, run_float
    from neurograph.runtime.reference import run as run_reference
    from neurograph.verify import compare
    from neurograph.workflow.embed import embed
    from neurograph.workflow.embeddings import Embeddings
    from neurograph.workflow.predict import predict
    from neurograph.workflow.predictions import Predictions

__version__ = "0.1.0"

__all__ = [
    "Deployment",
    "DoesNotFitError",
    "Embeddings",
    "EnergyEstimate",
    "FeatureStore",
    "HardwareProfile",
    "Network",
    "NeuroGraphError",
    "Placement",
    "Predictions",
    "QNetwork",
    "RunRecord",
    "Scheme",
    "TemporalGraph",
    "TreeSpec",
    "Violation",
    "__version__",
    "check",
    "choose_scheme",
    "compare",
    "count_events",
    "embed",
    "estimate_energy",
    "find_backend",
    "from_networkx",
    "from_pandas",
    "from_pyg",
    "import_edges",
    "known_backends",
    "known_profiles",
    "load_features",
    "load_graph",
    "load_profile",
    "make_features",
    "place",
    "predict",
    "quantisation_report",
    "quantize",
    "round_network",
    "run",
    "run_float",
    "run_reference",
    "save_graph",
    "synth",
    "to_networkx",
    "to_pandas",
    "to_pyg",
]

_HOMES = {
    "Deployment": "chip.deployment.Deployment",
    "DoesNotFitError": "core.errors.DoesNotFitError",
    "Embeddings": "workflow.embeddings.Embeddings",
    "EnergyEstimate": "cost.estimate.EnergyEstimate",
    "FeatureStore": "graphs.features.FeatureStore",
    "HardwareProfile": "chip.profile.HardwareProfile",
    "Network": "ir.Network",
    "NeuroGraphError": "core.errors.NeuroGraphError",
    "Placement": "chip.placement.Placement",
    "Predictions": "workflow.predictions.Predictions",
    "QNetwork": "ir.QNetwork",
    "RunRecord": "runtime.record.RunRecord",
    "Scheme": "ir.Scheme",
    "TemporalGraph": "graphs.graph.TemporalGraph",
    "TreeSpec": "graphs.sampling.TreeSpec",
    "Violation": "core.errors.Violation",
    "check": "chip.check.check",
    "choose_scheme": "quantization.choose_scheme",
    "compare": "verify.compare",
    "count_events": "runtime.reference.count_events",
    "embed": "workflow.embed.embed",
    "find_backend": "runtime.backends.find_backend",
    "estimate_energy": "cost.energy.energy",
    "from_networkx": "graphs.convert.from_networkx",
    "from_pandas": "graphs.convert.from_pandas",
    "from_pyg": "graphs.convert.from_pyg",
    "import_edges": "workflow.import_edges.import_edges",
    "known_backends": "runtime.backends.known_backends",
    "known_profiles": "chip.profiles.known_profiles",
    "load_features": "graphs.embed.load_features",
    "load_graph": "graphs.io.load_graph",
    "load_profile": "chip.profiles.load_profile",
    "make_features": "graphs.embed.make_features",
    "place": "chip.place.place",
    "predict": "workflow.predict.predict",
    "quantisation_report": "quantization.report.quantisation_report",
    "quantize": "quantization.quantize",
    "round_network": "ir.rounding.round_network",
    "run": "runtime.backends.run",
    "run_float": "runtime.reference.run_float",
    "run_reference": "runtime.reference.run",
    "save_graph": "graphs.io.save_graph",
    "synth": "graphs.sets.synth",
    "to_networkx": "graphs.convert.to_networkx",
    "to_pandas": "graphs.convert.to_pandas",
    "to_pyg": "models.pyg.to_pyg",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
