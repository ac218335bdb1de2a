"""Will it fit, and what will it cost: examples worked by hand, DBLP's figures, placers, twins."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from bench_dblp import BUILD, SEEDS, graph_folder, run_folder
from bench_dblp import train as train_model
from energy_by_hand import by_hand
from table import Row, row, seconds
from trained import Trained, trained

from neurograph import features, host, pipeline, reference, snn
from neurograph.energy import energy
from neurograph.handover import load_deployment, open_source
from neurograph.place import place
from neurograph.profile import HardwareProfile
from neurograph.profile_files import load_profile
from neurograph.record import EventCounts
from neurograph.runfolder import RunFolder
from neurograph.testing.large_networks import layered, resident_graph

NODES, COPIES = 1000, 16
HOP_BAR, LARGE_BAR_S, CHECK_BAR_S = -20.0, 10.0, 2.0
UJ = 1e6


def rows(data_dir: Path) -> list[Row]:
    """Everything that `make bench-energy` prints."""
    model = trained(data_dir)
    return [
        *by_hand(),
        *_derived(model),
        *_packing(model),
        *_placers(data_dir),
        *_large(),
    ]
