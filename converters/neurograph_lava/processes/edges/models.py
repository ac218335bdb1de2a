"""Process models of `EdgeSynapses`: nodes hear each other by a sparse product, then weigh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from neurograph.core.arrays import Array, exact_dtype
from neurograph_lava.processes.delayed import Delayed
from neurograph_lava.processes.edges.process import EdgeSynapses
from neurograph_lava.processes.exact import Shifted
from neurograph_lava.ranges import need_integers
from neurograph_lava.snapshots import Snapshots
from neurograph_lava.windows import Arrivals


class AbstractEdgeModel(Delayed, PyLoihiProcessModel):  # type: ignore[misc]
    """Sums along the edges of the snapshot in which they arrive."""

    s_in: PyInPort
    a_out: PyOutPort
    weights: Array
    a_out_dtype: type[np.generic]

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        self.snapshots = Snapshots(proc_params["mix"])
        names = ("windows", "latency", "delay")
        self.arrivals = Arrivals(**{name: proc_params[name] for name in names})

    def prepare(self) -> Array:
        # each channel as it is, to as many
        self.alike = np.array_equal(self.weights, np.eye(len(self.weights)))
        self.silent = np.zeros(self.a_out.shape, self.a_out_dtype)
        return self.silent

    def sums(self, arrived: Array) -> Array:
        step = self.arrivals.snapshot(self.time_step)
        if step is None or not arrived.any():
            return self.silent
        dtype = self.dtype(step, arrived)
        sent = arrived.reshape(-1, self.weights.shape[1]).astype(dtype, copy=False)
        heard = self.snapshots.at(step, dtype) @ sent
        products = heard if self.alike else heard @ self.weights.T.astype(dtype)
        return self.scaled(products).reshape(-1)

    def dtype(self, step: int, arrived: Array) -> type[np.generic]:
        """In which the sums of a snapshot are computed."""
        raise NotImplementedError

    def scaled(self, products: Array) -> Array:
        """Products of a new array, as they are sent."""
        raise NotImplementedError


@implements(proc=EdgeSynapses, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyEdgeModelFloat(AbstractEdgeModel):
    """In double precision; as in Lava's Sparse, `weight_exp` is for fixed point alone."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    weights: Array = LavaPyType(np.ndarray, float)
    weight_exp: int = LavaPyType(int, int)
    a_out_dtype = np.float64

    def dtype(self, step: int, arrived: Array) -> type[np.generic]:  # noqa: ARG002
        return np.float64

    def scaled(self, products: Array) -> Array:
        return products


@implements(proc=EdgeSynapses, protocol=LoihiProtocol)
@requires(CPU)
@tag("bit_accurate_loihi", "fixed_pt")
class PyEdgeModelBitAcc(Shifted, AbstractEdgeModel):
    """Exact integers, added as floats that a bound on what arrives keeps exact."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    weights: Array = LavaPyType(np.ndarray, np.int32, precision=9)
    weight_exp: int = LavaPyType(int, int, precision=4)
    a_out_dtype = np.int32

    def __init__(self, proc_params: Mapping[str, Any]) -> None:
        super().__init__(proc_params)
        need_integers("EdgeSynapses", proc_params["floats"])

    def dtype(self, step: int, arrived: Array) -> type[np.generic]:
        largest = max(int(arrived.max()), -int(arrived.min()))
        weight = int(np.abs(self.weights.astype(np.int64)).sum(1).max())
        # of every partial sum, too: entries are not negative
        bound = self.snapshots.row_total(step) * largest * max(weight, 1)
        return exact_dtype(bound)
