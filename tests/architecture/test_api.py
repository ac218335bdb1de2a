"""The core stands alone: no torch, no Lava; the public names are a list."""

from __future__ import annotations

import subprocess
import sys

import neurograph


def test_core_imports_neither_torch_nor_lava() -> None:
    code = (
        "import sys, neurograph, neurograph.workflow.infer, neurograph.cli, neurograph_lava; "
        "print(sorted({'torch', 'lava', 'gensim', 'safetensors'} & set(sys.modules)))"
    )
    printed = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert printed.strip() == "[]"


def test_public_names_exist_and_are_exactly_these() -> None:
    assert sorted(neurograph.__all__) == [
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
    assert all(hasattr(neurograph, name) for name in neurograph.__all__)
