"""NeuroGraph: spiking graph networks from PyTorch to a neuromorphic chip."""

from typing import TYPE_CHECKING

fault: Exception | None = None  # why the names below cannot be had

try:
    from neurograph.check import check
    from neurograph.data import import_edges, load_graph, save_graph, synth
    from neurograph.deployment import Deployment
    from neurograph.energy import energy as estimate_energy
    from neurograph.errors import DoesNotFitError, NeuroGraphError, Violation
    from neurograph.estimate import EnergyEstimate
    from neurograph.evidence import evidence
    from neurograph.feature_store import FeatureStore
    from neurograph.features import load_features, make_features
    from neurograph.graph import TemporalGraph
    from neurograph.ir import Network, QNetwork, Scheme
    from neurograph.place import place
    from neurograph.placement import Placement
    from neurograph.profile import HardwareProfile
    from neurograph.profile_files import known_profiles, load_profile
    from neurograph.quantize import choose_scheme, quantize
    from neurograph.record import RunRecord
    from neurograph.reference import count_events, run_float
    from neurograph.reference import run as run_reference
    from neurograph.rounding import round_network
    from neurograph.targets import known_targets, runner
    from neurograph.tree import TreeSpec
    from neurograph.verify import compare
except Exception as error:  # a package is missing or broken: `neurograph doctor` must still start
    fault = error

__version__ = "0.1.0"

__all__ = [
    "Deployment",
    "DoesNotFitError",
    "EnergyEstimate",
    "FeatureStore",
    "HardwareProfile",
    "Network",
    "NeuroGraphError",
    "Placement",
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
    "estimate_energy",
    "evidence",
    "import_edges",
    "known_profiles",
    "known_targets",
    "load_features",
    "load_graph",
    "load_profile",
    "make_features",
    "place",
    "quantize",
    "round_network",
    "run_float",
    "run_reference",
    "runner",
    "save_graph",
    "synth",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Only where the imports above failed."""
        if name in __all__ and fault is not None:
            raise ImportError(
                f"neurograph.{name} cannot be imported ({type(fault).__name__}: {fault}); "
                "`python -m neurograph doctor` says what to do"
            ) from fault
        raise AttributeError(f"module 'neurograph' has no attribute '{name}'")
