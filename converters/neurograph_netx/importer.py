"""The importer "netx": `neurograph import net.net`."""

from __future__ import annotations

from pathlib import Path

from neurograph.ir import QNetwork
from neurograph.runtime.exporters import Exporter
from neurograph_netx.layers import read_file
from neurograph_netx.network import to_network

STEPS = 16  # of a run, where neither the file nor the user says how many


class Netx(Exporter):
    """Chains of layers of CUBA neurons, as SLAYER writes them; nothing is written."""

    title = "lava-dl's netx: what SLAYER's export_hdf5 writes"
    suffixes = (".net",)

    def read(self, path: Path) -> QNetwork:
        found = read_file(path)
        return to_network(found.layers, found.steps or STEPS)
