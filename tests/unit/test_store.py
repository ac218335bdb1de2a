"""Every noun survives the trip to a file; a file that is not ours says what it is."""

from __future__ import annotations

import dataclasses
import json
import re
import resource
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.sparse as sp

from neurograph.core import files
from neurograph.core.errors import MachineError, StoreError
from neurograph.ir import QNetwork, Schedule
from neurograph.runtime.record import RunRecord
from neurograph.testing import corner_networks, random_network
from neurograph.testing.records import run_record
from neurograph.testing.resident_corners import resident_corners
from neurograph.workflow import store

NETWORKS = {name: case[0] for name, case in corner_networks().items()}


def record() -> RunRecord:
    rng = np.random.default_rng(1)
    return run_record(
        {"h": rng.random((5, 3, 2, 7)) < 0.3},
        final={"h": {"v": rng.integers(-9, 9, (5, 2, 7)).astype(np.int32)}},
        logits=rng.normal(size=(5, 4)),
        network_sha256="ab",
        versions={"numpy": "2"},
    )


def same(first: object, second: object) -> bool:
    """Structural equality over dataclasses, arrays, sparse arrays, mappings, tuples."""
    if dataclasses.is_dataclass(first):
        fields = dataclasses.fields(first)
        return type(first) is type(second) and all(
            same(getattr(first, f.name), getattr(second, f.name)) for f in fields
        )
    if isinstance(first, sp.csr_array):
        return first.shape == second.shape and abs(first - second).sum() == 0
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, (tuple, list)):
        return len(first) == len(second) and all(map(same, first, second))
    return first == second


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_survive(tmp_path: Path, name: str) -> None:
    store.save(NETWORKS[name], tmp_path / "n.h5")
    back = store.load(QNetwork, tmp_path / "n.h5")
    assert same(NETWORKS[name], back)
    assert back.sha256 == NETWORKS[name].sha256


def test_one_number_for_all_channels_is_stored_as_ever(tmp_path: Path) -> None:
    """So that files of earlier versions and of this one can be read by each other."""
    store.save(NETWORKS["adaptive with memory"], tmp_path / "n.h5")
    with h5py.File(tmp_path / "n.h5") as file:
        fields = json.loads(file["json"][()])["fields"]["populations"][0]["fields"]
    assert fields["scale"] == 1.0
    assert fields["neuron"] == {
        "noun": "QAdaptiveLIF",
        "fields": {
            "voltage_decay": 567,
            "threshold": 9001,
            "threshold_decay": 300,
            "threshold_step": 1501,
            "current_decay": 1234,
        },
    }


def test_guard_bits_are_stored_where_they_are_not_six(tmp_path: Path) -> None:
    (population,) = NETWORKS["adaptive with memory"].populations
    for bits, stored in {6: {}, 3: {"guard_bits": 3}}.items():
        neuron = dataclasses.replace(population.neuron, guard_bits=bits)
        held = dataclasses.replace(population, neuron=neuron)
        network = dataclasses.replace(NETWORKS["adaptive with memory"], populations=(held,))
        store.save(network, tmp_path / "n.h5")
        with h5py.File(tmp_path / "n.h5") as file:
            tree = json.loads(file["json"][()])["fields"]["populations"][0]["fields"]["neuron"]
        assert {n: v for n, v in tree["fields"].items() if n == "guard_bits"} == stored
        back = store.load(QNetwork, tmp_path / "n.h5")
        assert back.populations[0].neuron == neuron
        assert back.sha256 == network.sha256


def test_large_random_network_survives(tmp_path: Path) -> None:
    network, *_ = random_network(np.random.default_rng(3))
    store.save(network, tmp_path / "n.h5")
    assert store.load(QNetwork, tmp_path / "n.h5").sha256 == network.sha256


def test_record_survives_with_packed_spikes(tmp_path: Path) -> None:
    store.save(record(), tmp_path / "r.h5")
    assert same(record(), store.load(RunRecord, tmp_path / "r.h5"))
    with h5py.File(tmp_path / "r.h5") as file:
        assert file["arrays/spikes/h"].nbytes == -(-5 * 3 * 2 * 7 // 8), "one bit per neuron"


def test_an_equal_check_would_notice_a_changed_weight() -> None:
    network = next(iter(NETWORKS.values()))
    first = network.projections[0]
    changed = dataclasses.replace(first, weight=np.zeros_like(first.weight))
    other = dataclasses.replace(network, projections=(changed, *network.projections[1:]))
    assert not same(network, other)
    assert network.sha256 != other.sha256


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"n\.h5: no such file"):
        store.load(QNetwork, tmp_path / "n.h5")


def test_truncated_file(tmp_path: Path) -> None:
    path = tmp_path / "r.h5"
    store.save(record(), path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(StoreError, match="damaged or not a NeuroGraph file"):
        store.load(RunRecord, path)


def test_flipped_bytes_in_a_large_array(tmp_path: Path) -> None:
    path = tmp_path / "r.h5"
    final = {"h": {"v": np.arange(1 << 16, dtype=np.int32).reshape(4, 4, -1)}}
    spikes = {"h": np.ones((4, 1, 1, 1), bool)}
    found = dataclasses.replace(
        record(), nodes=np.arange(4), final=final, spikes=spikes, logits=record().logits[:4]
    )
    store.save(found, path)
    with h5py.File(path) as file:
        chunk = file["arrays/final/h/v"].id.get_chunk_info(0)
    data = bytearray(path.read_bytes())
    for at in range(chunk.byte_offset + 10, chunk.byte_offset + 20):
        data[at] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        store.load(RunRecord, path)


def test_foreign_hdf5(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a"] = 1
    with pytest.raises(StoreError, match="an HDF5 file, but not one of NeuroGraph's"):
        store.load(RunRecord, tmp_path / "x.h5")


def test_another_kind(tmp_path: Path) -> None:
    store.save(record(), tmp_path / "r.h5")
    with pytest.raises(StoreError, match="a neurograph RunRecord, needed a neurograph QNetwork"):
        store.load(QNetwork, tmp_path / "r.h5")


@pytest.mark.parametrize(("schema", "remedy"), [(99, "upgrade neurograph"), (0, "make it again")])
def test_another_schema(tmp_path: Path, schema: int, remedy: str) -> None:
    store.save(record(), tmp_path / "r.h5")
    with h5py.File(tmp_path / "r.h5", "a") as file:
        file.attrs["schema"] = schema
    with pytest.raises(StoreError) as error:
        store.load(RunRecord, tmp_path / "r.h5")
    wanted = f"r.h5: schema {schema}, this neurograph reads 1 to {store.SCHEMA}; {remedy}"
    assert str(error.value).endswith(wanted)


def test_an_invalid_network_cannot_come_from_a_file(tmp_path: Path) -> None:
    network = next(n for n in NETWORKS.values() if n.projections[0].weight.size)
    store.save(network, tmp_path / "n.h5")
    with h5py.File(tmp_path / "n.h5", "a") as file:
        tree = json.loads(file["json"][()])
        tree["fields"]["projections"][0]["fields"]["exponent"] = 40
        del file["json"]
        file["json"] = json.dumps(tree)
    with pytest.raises(Exception, match="exponent is 40"):
        store.load(QNetwork, tmp_path / "n.h5")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "r.h5"
    store.save(record(), path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        store.save(dataclasses.replace(record(), versions={"x": object()}), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["r.h5"], "no temporary file stays"


def test_a_file_too_large_for_the_kernel_is_one_clear_error(tmp_path: Path) -> None:
    """A real refusal of the kernel's, where nobody need mount anything: HDF5 and text."""
    path, before = tmp_path / "r.h5", resource.getrlimit(resource.RLIMIT_FSIZE)
    large = {"h": np.random.default_rng(0).random((5, 300, 2, 70)) < 0.5}
    store.save(record(), path)
    whole = path.read_bytes()
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(MachineError) as error:
            store.save(dataclasses.replace(record(), spikes=large), path)
        with pytest.raises(MachineError, match=r"t\.json: cannot be written: File too large: it "):
            files.write_json(tmp_path / "t.json", ["x" * 9000])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert re.fullmatch(
        rf"{path}: cannot be written: File too large: it needs [\d.]+ MB, a file may have 4,096 "
        r"bytes at most \(ulimit -f\); raise that limit",
        str(error.value),
    )
    assert path.read_bytes() == whole
    assert [p.name for p in tmp_path.iterdir()] == ["r.h5"], "nothing half-written stays"


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for save in (lambda path: store.save(record(), path), lambda path: files.write_text(path, "")):
        with pytest.raises(StoreError, match=r"r\.h5: cannot be written: .*File exists"):
            save(tmp_path / "file" / "r.h5")


def test_the_same_noun_gives_the_same_bytes(tmp_path: Path) -> None:
    for compress in (True, False):
        for name in "ab":
            store.save(record(), tmp_path / f"{name}.h5", compress=compress)
        assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_an_array_that_several_nouns_share_is_stored_once(tmp_path: Path) -> None:
    network, *_ = resident_corners()["labels along edges"]
    store.save(network, tmp_path / "n.h5")
    back = store.load(QNetwork, tmp_path / "n.h5")
    assert same(network, back)
    mixes = [j.mix for j in back.projections if isinstance(j.mix, Schedule)]
    first = mixes[0]
    shared = [m for m in mixes[1:] if m.so_far.indices is first.so_far.indices]
    assert shared
    with h5py.File(tmp_path / "n.h5") as file:
        names: list[str] = []
        file.visit(lambda name: names.append(name) if name.endswith("so_far/indices") else None)
    assert len(names) < len(mixes)
