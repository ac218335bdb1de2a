"""The importer "netx": `neurograph import net.net`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from neurograph.core.errors import FormatError
from neurograph.core.setting import setting
from neurograph.ir import PeriodicReset, QNetwork
from neurograph.runtime.exporters import Exporter
from neurograph_netx.layers import Shape, read_file
from neurograph_netx.network import to_network

STEPS = 16  # of a run, where neither the file nor the user says how many


@dataclass(frozen=True, kw_only=True)
class NetxOptions:
    """What a file does not say; what lava-dl's own Network is given besides."""

    reset_interval: int | None = setting(
        None, "all neurons begin anew every so many steps, each layer a step later [default never]"
    )
    reset_offset: int = setting(0, "step before which the first layer begins anew first")
    input_shape: tuple[int, ...] | None = setting(
        None, "channels, height and width of what enters [default what the file says]"
    )

    def __post_init__(self) -> None:
        every, offset = self.reset_interval, self.reset_offset
        if every is None and offset:
            raise FormatError(f"--reset-offset is {offset}, and nothing resets; add an interval")
        if every is not None and not (every >= 1 and 0 <= offset < every):
            raise FormatError(
                f"--reset-interval is {every}, --reset-offset {offset}; needed an interval of at "
                "least 1 and an offset below it"
            )
        shape = self.input_shape
        if shape is not None and (len(shape) not in (1, 3) or min(shape) < 1):
            raise FormatError(
                f"--input-shape is {','.join(map(str, shape))}, needed channels, height and "
                "width: 2,34,34; or channels alone"
            )

    @property
    def reset(self) -> PeriodicReset | None:
        """Of the first layer."""
        if self.reset_interval is None:
            return None
        return PeriodicReset(interval=self.reset_interval, offset=self.reset_offset)

    @property
    def shape(self) -> Shape | None:
        """Of what enters."""
        return None if self.input_shape is None else Shape(*self.input_shape)


class Netx(Exporter):
    """Chains of layers of CUBA and ALIF neurons, as SLAYER writes them; nothing is written."""

    title = "lava-dl's netx: what SLAYER's export_hdf5 writes"
    suffixes = (".net",)
    options = NetxOptions

    def read(self, path: Path, options: NetxOptions | None = None) -> QNetwork:
        chosen, found = options or NetxOptions(), read_file(path)
        steps = found.steps or STEPS
        return to_network(found.layers, steps, shape=chosen.shape, reset=chosen.reset)
