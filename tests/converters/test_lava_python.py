"""Another interpreter runs Lava: it needs what Lava needs, and nothing of NeuroGraph's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from neurograph.core.errors import BackendError
from neurograph.runtime.record import RunRecord, concatenate
from neurograph_lava import runner
from tests.conftest import Traces
from tests.converters.conftest import Faulty, Many

pytestmark = [pytest.mark.lava, pytest.mark.usefixtures("lava")]

NEEDED = ("numpy", "scipy", "lava-nc", "networkx", "asteval")


Environment = Callable[..., Path]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Makes a virtual environment with links to some packages, and no others."""

    def make(*packages: str) -> Path:
        folder = tmp_path_factory.mktemp("other")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        (site,) = folder.glob("lib/python*/site-packages")
        for package in packages:
            found = distribution(package)
            for top in {file.parts[0] for file in found.files or ()} - {"..", "tests"}:
                (site / top).symlink_to(Path(str(found.locate_file(top))).resolve())
        return folder / "bin" / "python"

    return make


def imports(python: Path, package: str) -> bool:
    done = subprocess.run(
        [python, "-I", "-c", f"import {package}"], capture_output=True, check=False
    )
    return done.returncode == 0


def run_in(python: Path, case: Many, **options: Any) -> RunRecord:
    given = {"chunk": 4, "python": str(python), **options}
    return concatenate([*runner.stream(case.network, case.feed, case.nodes, **given)])


def test_an_interpreter_that_has_only_what_lava_needs(
    environment: Environment, traces: Traces, many: Callable[[int], Many]
) -> None:
    python, case, used = environment(*NEEDED), many(6), []
    assert imports(python, "scipy")
    for absent in ("neurograph", "neurograph_lava", "numba", "h5py", "torch", "pydantic"):
        assert not imports(python, absent)

    def look(*_: int) -> None:
        used.append(traces.worker().cmdline()[0])

    case.assert_right(run_in(python, case, progress=look))
    assert set(used) == {str(python)}
    traces.assert_gone()


@pytest.mark.parametrize(
    ("packages", "lacks"),
    [
        ((), "lava-nc 0.10.0, numpy, scipy, networkx, asteval"),
        (("numpy", "scipy", "networkx", "asteval"), "lava-nc 0.10.0"),
    ],
    ids=["nothing", "all but Lava"],
)
def test_an_interpreter_without_lava(
    packages: tuple[str, ...],
    lacks: str,
    environment: Environment,
    traces: Traces,
    many: Callable[[int], Many],
) -> None:
    """What it has, only it can say; it is asked once."""
    python, said = environment(*packages), []
    with pytest.raises(BackendError) as error:
        run_in(python, many(6), say=said.append)
    assert str(error.value) == (
        f"backend 'loihi-sim' needs {lacks}, which {python} does not have; see README, 'Install'"
    )
    assert said == []
    traces.assert_gone()


def test_an_interpreter_that_is_too_old(
    traces: Traces, faulty: Faulty, many: Callable[[int], Many]
) -> None:
    faulty(before="worker.OLDEST = (4, 1); worker.main(Path(sys.argv[1]), sys.argv[2])")
    with pytest.raises(BackendError) as error:
        run_in(Path(sys.executable), many(6))
    version = ".".join(map(str, sys.version_info[:3]))
    assert str(error.value) == (
        f"loihi-sim: {sys.executable} is Python {version}, needed 4.1 or newer"
    )
    traces.assert_gone()


def test_a_file_that_is_no_program(
    traces: Traces, many: Callable[[int], Many], tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text("no program\n")
    python.chmod(0o755)
    with pytest.raises(BackendError) as error:
        run_in(python, many(6))
    assert str(error.value) == f"loihi-sim: '{python}' cannot be started: Exec format error"
    traces.assert_gone()


@pytest.mark.parametrize("python", ["no/such/python", "/etc/passwd", "/"])
def test_an_interpreter_that_is_none(
    python: str, traces: Traces, many: Callable[[int], Many]
) -> None:
    case = many(6)
    with pytest.raises(BackendError) as error:
        runner.stream(case.network, case.feed, case.nodes, chunk=4, python=python)
    assert str(error.value) == (
        f"loihi-sim: no interpreter '{python}'; give the path of a Python that has lava-nc, such "
        "as path/to/venv/bin/python"
    )
    assert case.asked == []
    traces.assert_gone()
