"""A /dev/shm that is too small: a real one, in a namespace of the test's own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

pytestmark = [pytest.mark.lava, pytest.mark.slow, pytest.mark.usefixtures("lava")]

# 600 values per node in and out: a node takes some 7 kB of shared memory, 40 some 290 kB.
USER = """
import sys
import numpy as np
from neurograph.core.errors import BackendError
from neurograph.ir import QLIF
from neurograph.runtime import reference
from neurograph.testing.builders import one_layer
from neurograph_lava import run, runner

rng, (rows, width, steps, count) = np.random.default_rng(3), (20, 30, 3, 40)
network = one_layer(
    2 * rng.integers(-50, 50, (width, width)),
    neuron=QLIF(voltage_decay=1000, threshold=2000),
    mix=np.eye(rows, dtype=int),
    steps=steps,
)
inputs = {"x": rng.integers(-9, 10, (count, steps, rows, width)).astype(np.int8)}
nodes = np.arange(count)
batch = int(sys.argv[1]) or None
chosen, fitting = [], runner.fitting

def choosing(*given):
    chosen.append(fitting(*given))
    return chosen[-1]

runner.fitting = choosing
try:
    got = run(network, inputs, nodes, batch=batch)
except BackendError as error:
    print(error)
    sys.exit(2)
want = reference.run(network, inputs, nodes)
assert 0.05 < want.spikes["h"].mean() < 0.95
assert np.array_equal(got.spikes["h"], want.spikes["h"])
assert np.array_equal(got.final["h"]["v"], want.final["h"]["v"])
print("right, in batches of", *chosen)
"""

Run = Callable[[str, int], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_with(namespace: list[str]) -> Run:
    """Run `USER` with a /dev/shm of a size, and an explicit batch (0: none)."""

    def run(size: str, batch: int) -> subprocess.CompletedProcess[str]:
        mounted = f'mount -t tmpfs -o size={size} tmpfs /dev/shm && exec "$@"'
        script = [sys.executable, "-c", USER, str(batch)]
        return subprocess.run(
            [*namespace, "sh", "-c", mounted, "sh", *script],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


TOLD = (
    r"loihi-sim: ([\d,]+) nodes side by side need ([\d,]+) bytes of shared memory, /dev/shm has "
    r"([\d,]+) to spare; (?:use a batch of at most (\d+), or )?make it larger \(in a container: "
    r"--shm-size\)\n"
)


def numbers(text: str) -> list[int]:
    """Batch, needed, available and, where there is one, the largest batch that fits."""
    match = re.fullmatch(TOLD, text)
    assert match, text
    return [int(number.replace(",", "")) for number in match.groups() if number]


def test_an_explicit_batch_that_does_not_fit(run_with: Run) -> None:
    done = run_with("700k", 40)
    assert (done.returncode, done.stderr) == (2, "")
    batch, needed, available, most = numbers(done.stdout)
    assert batch == 40
    assert needed > available
    assert available == int(0.9 * 700 * 1024)
    assert 1 <= most < 40
    refused = run_with("700k", most + 1)
    assert refused.returncode == 2, "one more than the remedy says"
    taken = run_with("700k", most)
    assert (taken.stdout, taken.stderr) == (f"right, in batches of {most}\n", "")


def test_without_a_batch_a_smaller_one_is_chosen(run_with: Run) -> None:
    done = run_with("700k", 0)
    assert done.stderr == ""
    chosen = re.fullmatch(r"right, in batches of (\d+)\n", done.stdout)
    assert chosen, done.stdout
    assert 1 <= int(chosen[1]) < 40
    assert run_with("2m", 0).stdout == "right, in batches of 40\n", "it was for lack of memory"


def test_far_too_little(run_with: Run) -> None:
    for batch in (0, 1):
        done = run_with("100k", batch)
        assert (done.returncode, done.stderr) == (2, "")
        _, needed, available = numbers(done.stdout)
        assert needed > available
