"""The wheel, in a clean environment, away from the checkout, does what the README promises."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def call(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [*map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, f"{words}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "build", "--wheel", "--outdir", out, ROOT, cwd=out)
    (made,) = out.glob("*.whl")
    return made


def test_what_the_wheel_holds(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        *(
            "neurograph/py.typed",
            "neurograph/report/schema.json",
            "neurograph/graphs/sets/dblp.py",
        ),
        *("neurograph/_hw_profiles/loihi1.toml", "neurograph/_hw_profiles/loihi2.toml"),
        "neurograph/_hw_profiles/loihi2-shared.toml",
        "neurograph/_hw_profiles/profile.schema.json",
        "neurograph/_hw_profiles/measured/loihi2.toml",
        "neurograph/_hw_profiles/validated/loihi2.json",
        "neurograph_lava/worker.py",
        "neurograph_sanafe/worker.py",
    ):
        assert wanted in names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "neurograph",
        "neurograph_lava",
        "neurograph_netx",
        "neurograph_sanafe",
    }


def test_the_wheel_holds_the_files_that_a_report_is_made_of(wheel: Path) -> None:
    report = ROOT / "neurograph" / "report"
    made_of = [path for kind in ("*.j2", "*.css", "*.json") for path in report.rglob(kind)]
    assert len(made_of) > 10
    assert {str(path.relative_to(ROOT)) for path in made_of} <= set(
        zipfile.ZipFile(wheel).namelist()
    )


def lend(site: Path, found: Distribution, extras: Iterable[str] = ()) -> None:
    """Links in `site` to what a distribution requires, and that in turn, as installed here.

    What its metadata do not name is not there. To fetch it anew would try the network and no wheel.
    """
    for each in map(Requirement, found.requires or ()):
        if each.marker and not any(each.marker.evaluate({"extra": x}) for x in ("", *extras)):
            continue
        needed = distribution(each.name)
        if link(site, needed):
            lend(site, needed, each.extras)


def link(site: Path, installed: Distribution) -> bool:
    """Links to the folders and modules of a distribution; False if they are there already."""
    tops = {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__", "tests"}
    new = {top for top in tops if not (site / top).exists()}
    for top in new:
        (site / top).symlink_to(Path(str(installed.locate_file(top))))
    return bool(new)


@pytest.mark.slow
@pytest.mark.lava
def test_demo_from_the_wheel(wheel: Path, tmp_path: Path, lava: None) -> None:
    call(sys.executable, "-m", "venv", "--without-pip", tmp_path / "env", cwd=tmp_path)
    python = tmp_path / "env" / "bin" / "python"
    (site,) = (tmp_path / "env").glob("lib/python3.*/site-packages")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    call(*pip, "install", "-q", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    (ours,) = distributions(path=[str(site)])
    lend(site, ours, extras=("train", "lava"))
    link(
        site, distribution("lava-nc")
    )  # which declares other versions, so README installs it alone
    where = call(python, "-c", "import neurograph; print(neurograph.__file__)", cwd=tmp_path)
    assert where.startswith(str(tmp_path)), "the checkout must not be what runs"
    printed = call(tmp_path / "env" / "bin" / "neurograph", "demo", cwd=tmp_path)
    assert "runs/synthetic/report.html" in printed
    run = tmp_path / "runs" / "latest"
    report = json.loads((run / "report.json").read_text())
    assert report["agreement"]["reference->loihi-sim"]["spikes"] == 1
    assert report["scores"]["loihi-sim"]["micro_f1"] > 0.5, "six classes: chance is one in six"
    assert report["provenance"]["graph"]["generated"] is True
