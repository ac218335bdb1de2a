"""An inference goes on from the parts that are whole; none is lost, taken twice, or mixed up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurograph.core import files as files_module
from neurograph.core.errors import MachineError, RunError
from neurograph.runtime.record import EventCounts, InferredPart, RunRecord
from neurograph.testing.records import run_record
from neurograph.workflow import store
from neurograph.workflow.chunks import Chunks

NODES = np.array([3, 5, 8, 13, 21, 34, 55])
PLAN = {"deployment": "d0", "backend": "loihi-sim", "options": {"batch": 4}}


def part(start: int, stop: int) -> InferredPart:
    """Of the nodes `start` to `stop`; every number in it says of which."""
    nodes = NODES[start:stop]

    def record(target: str, sign: int) -> RunRecord:
        value = (sign * nodes).astype(np.int32)
        return run_record(
            {"h": (nodes[:, None, None, None] >> np.arange(6)[None, :, None, None]) % 2 > 0},
            backend=target,
            nodes=nodes,
            final={"h": {"v": value[:, None, None]}},
            logits=value[:, None] * np.array([1.0, 0.5]),
            network_sha256="ab",
        )

    events = EventCounts(
        network_sha256="ab",
        inferences=len(nodes),
        sent={"h": np.full((6, 1, 1), int(nodes.max()))},
        active={"h": np.full((2, 1, 1), len(nodes))},
        synaptic_ops={"p": int(nodes.sum())},
        host_macs=10 * len(nodes),
        bytes_in=0,
        bytes_out=1,
    )
    return InferredPart(
        records={"reference": record("reference", 1), "loihi-sim": record("loihi-sim", -1)},
        events=events,
        seconds={"reference": 0.5, "loihi-sim": 2.0},
    )


def parts_in(folder: Path, *, resume: bool, nodes: Any = NODES, **changed: Any) -> Chunks:
    return Chunks(folder / ".parts", nodes, {**PLAN, **changed}, resume=resume)


def files(folder: Path) -> list[str]:
    return sorted(p.name for p in (folder / ".parts").iterdir())


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A folder with the parts of the first three nodes, two and one."""
    parts = parts_in(tmp_path, resume=False)
    parts.add(part(0, 2))
    parts.add(part(2, 3))
    assert parts.done == 3
    return tmp_path


def assert_whole(parts: Chunks) -> None:
    assert parts.done == len(NODES)
    for name, sign in (("reference", 1), ("loihi-sim", -1)):
        record = parts.joined().records[name]
        np.testing.assert_array_equal(record.nodes, NODES)
        np.testing.assert_array_equal(record.final["h"]["v"].ravel(), sign * NODES)
        np.testing.assert_array_equal(record.logits[:, 0], sign * NODES)
        binary = record.spikes["h"].reshape(len(NODES), 6) @ (1 << np.arange(6))
        np.testing.assert_array_equal(binary, NODES)
    events = parts.joined().events
    assert events.inferences == len(NODES)
    assert events.synaptic_ops == {"p": int(NODES.sum())}
    assert events.active_updates == {"h": 2 * len(NODES)}
    assert events.host_macs == 10 * len(NODES)


def test_the_parts_are_the_whole(begun: Path) -> None:
    parts = parts_in(begun, resume=True)
    assert parts.done == 3
    parts.add(part(3, 7))
    assert_whole(parts)
    assert parts.joined().seconds == {"reference": 1.5, "loihi-sim": 6.0}
    assert_whole(parts_in(begun, resume=True))
    parts.remove()
    assert list(begun.iterdir()) == []


def test_chunks_may_have_another_size_when_it_goes_on(begun: Path) -> None:
    parts = parts_in(begun, resume=True)
    for start in range(3, 7):
        parts.add(part(start, start + 1))
    assert_whole(parts)


def test_without_resume_everything_begins_anew(begun: Path) -> None:
    parts = parts_in(begun, resume=False)
    assert parts.done == 0
    assert files(begun) == ["plan.json"]


def test_resume_without_anything_begins(tmp_path: Path) -> None:
    parts = parts_in(tmp_path, resume=True)
    assert parts.done == 0
    parts.add(part(0, 7))
    assert_whole(parts)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"deployment": "d1"}, "deployment"),
        ({"backend": "reference", "options": {}}, "backend, options"),
        ({"options": {"batch": 5}}, "options"),
        ({"nodes": NODES[:-1]}, "nodes"),
        ({"nodes": NODES[::-1].copy()}, "nodes"),
    ],
)
def test_another_plan_is_refused(begun: Path, changed: dict[str, Any], named: str) -> None:
    before = files(begun)
    with pytest.raises(RunError) as error:
        parts_in(begun, resume=True, **changed)
    assert str(error.value) == (
        f"{begun}: the interrupted run differs in {named} and cannot be gone on with; run without "
        "--resume, or with the same options"
    )
    assert files(begun) == before, "a refused command removes nothing"


def test_a_truncated_part_is_done_again_and_all_after_it(begun: Path) -> None:
    parts = parts_in(begun, resume=True)
    parts.add(part(3, 5))
    damaged = begun / ".parts" / "000000002.h5"
    damaged.write_bytes(damaged.read_bytes()[:-100])
    parts = parts_in(begun, resume=True)
    assert parts.done == 2
    assert files(begun) == ["000000000.h5", "plan.json"], "no file of the gap's far side stays"
    parts.add(part(2, 4))
    parts.add(part(4, 7))
    assert_whole(parts)


def test_a_part_of_other_nodes_is_done_again(begun: Path) -> None:
    store.save(part(4, 5), begun / ".parts" / "000000002.h5")
    assert parts_in(begun, resume=True).done == 2


def test_a_record_of_other_nodes_is_done_again(begun: Path) -> None:
    good, wrong = part(2, 3), part(4, 5)
    mixed = {**good.records, "loihi-sim": wrong.records["loihi-sim"]}
    store.save(replace(good, records=mixed), begun / ".parts" / "000000002.h5")
    assert parts_in(begun, resume=True).done == 2


def test_what_a_killed_writer_left_goes(begun: Path) -> None:
    (begun / ".parts" / ".000000003.h5.k3x9").write_bytes(b"half")
    (begun / ".parts" / "000000005.h5").write_bytes(b"stray")
    assert parts_in(begun, resume=True).done == 3
    assert files(begun) == ["000000000.h5", "000000002.h5", "plan.json"]


def test_a_part_that_cannot_be_written_changes_nothing(
    begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = parts_in(begun, resume=True)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files_module.os, "fsync", full)
        with pytest.raises(MachineError, match=r"000000003.h5: cannot be written: No space left"):
            parts.add(part(3, 5))
    assert parts.done == 3
    assert files(begun) == ["000000000.h5", "000000002.h5", "plan.json"]
    parts.add(part(3, 7))
    assert_whole(parts)


def test_the_plan_is_read_by_people(begun: Path) -> None:
    plan = json.loads((begun / ".parts" / "plan.json").read_text())
    assert {k: plan[k] for k in PLAN} == PLAN
