"""What runs the integers of an inference, and the reference beside it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork
from neurograph.runtime.backends import Backend, Options
from neurograph.runtime.record import RunRecord
from neurograph.runtime.reference.backend import ReferenceBackend


@dataclass(frozen=True, kw_only=True)
class Running:
    """A backend under the name that its records get, and the options it runs with.

    Attributes:
        reference: what runs beside it.
    """

    name: str
    backend: Backend
    options: Options
    reference: Backend = field(default_factory=ReferenceBackend)


def run_whole(
    backend: Backend, network: QNetwork, payloads: Mapping[str, Array], nodes: Array
) -> RunRecord:
    """The one record of these nodes."""

    def feed(part: slice) -> Mapping[str, Array]:
        return {name: x[part] for name, x in payloads.items()}

    with closing(backend.run(network, feed, nodes, None, chunk=len(nodes))) as records:
        (record,) = records
    return record
