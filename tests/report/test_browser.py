"""The page in headless Chromium: drawn, silent, offline, wide and narrow, light and dark."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import numpy.typing as npt
import pytest

from neurograph.report import ReportInput, build, write
from neurograph.report.units import percent, quantity
from tests.conftest import missing

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--enable-logging=stderr", "--v=0", "--allow-file-access-from-files"),
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no network for the page, nor for the browser
)
PAPER = {"light": (0xFD, 0xFD, 0xFB), "dark": (0x14, 0x17, 0x1A)}
FIRST_LAYER = {"light": (0x1F, 0x5F, 0xA8), "dark": (0x7D, 0xB3, 0xF2)}
Chromium = Callable[..., tuple[str, list[str]]]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Chromium:
    """Open a file; returns what Chromium prints and the lines of the page's console."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        missing("browser", f"no {', '.join(NAMES)} on PATH; install Chromium to run this test")
    profile = tmp_path_factory.mktemp("chromium")

    def browse(page: Path, *flags: str) -> tuple[str, list[str]]:
        command = [str(program), *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return browse


@pytest.fixture(scope="module")
def run(make_run, make_yardsticks) -> ReportInput:
    made = make_run(targets=64, steps=27, hidden=32)
    return replace(made, yardsticks=make_yardsticks(made, right=(0.2, 0.9, 1.0)))


@pytest.fixture(scope="module")
def page(run, tmp_path_factory) -> Path:
    return write(run, tmp_path_factory.mktemp("report"))[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_drawn_in_light_and_dark(chromium, page, tmp_path, scheme) -> None:
    picture = tmp_path / "page.png"
    flags = [f"--screenshot={picture}", "--window-size=1280,4800"]
    flags += ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    _, console = chromium(page, *flags)
    assert console == []
    pixels = read_png(picture)
    assert pixels.shape == (4800, 1280, 3)
    assert tuple(pixels[0, 0]) == PAPER[scheme]
    drawn = (pixels != PAPER[scheme]).any(axis=2)
    assert 0.05 < drawn.mean() < 0.6
    assert (pixels == FIRST_LAYER[scheme]).all(axis=2).sum() > 5000, "spikes and lines"


def test_the_document_holds_the_key_numbers(chromium, page, run) -> None:
    document, console = chromium(page, "--dump-dom")
    report = build(run)
    assert console == []
    for result in ("float", "reference", "loihi-sim"):
        assert percent(report["scores"][result]["micro_f1"]) in document
    for part in ("dynamic_j", "static_j"):
        assert quantity(report["energy"][part]["typical"], "J") in document
    assert percent(report["spike_rate_overall"], 1) in document
    assert "identical" in document
    assert document.rstrip().endswith("</html>")


@pytest.mark.parametrize("width", [360, 390, 420, 768])
def test_a_narrow_screen_never_scrolls_sideways(chromium, page, tmp_path, width) -> None:
    # in a frame, because Chromium's own window has a least width
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<iframe src="{page.as_uri()}" style="width:{width}px;height:900px;border:0" onload="'
        'document.body.dataset.width = this.contentDocument.documentElement.scrollWidth"></iframe>'
    )
    document, console = chromium(frame, "--dump-dom")
    assert console == []
    assert f'data-width="{width}"' in document


# What is wrong with a page in a frame, a line each: rows and pages that are too tall, labels that
# leave their drawing, names that a line ends within.
LOOK = """
const d = this.contentDocument, found = [];
for (const row of d.querySelectorAll('tr'))
  if (row.offsetHeight > 450) found.push('row ' + row.offsetHeight + ' ' + row.textContent);
for (const table of d.querySelectorAll('table'))
  if (table.offsetHeight > 60 * table.rows.length + 300) found.push('table ' + table.offsetHeight);
for (const text of d.querySelectorAll('figure svg text')) {
  const box = text.getBBox(), all = text.ownerSVGElement.viewBox.baseVal;
  if (box.x < all.x || box.x + box.width > all.x + all.width + 1)
    found.push('label ' + text.textContent);
}
for (const name of d.querySelectorAll('.name'))
  if (name.getClientRects().length > 1) found.push('name ' + name.textContent);
document.body.dataset.names = d.querySelectorAll('.name').length;
document.body.dataset.labels = d.querySelectorAll('figure svg text').length;
document.body.dataset.height = d.documentElement.scrollHeight;
document.body.dataset.found = found.join('; ') || 'nothing';
"""


@pytest.mark.parametrize("width", [420, 1280])
def test_tables_labels_and_names_are_whole_at_every_width(chromium, page, tmp_path, width) -> None:
    frame = tmp_path / "frame.html"
    look = LOOK.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    frame.write_text(
        f'<iframe src="{page.as_uri()}" style="width:{width}px;height:900px;border:0" '
        f'onload="{look}"></iframe>'
    )
    document, console = chromium(frame, "--dump-dom")
    assert console == []
    told = {
        name: re.search(rf'data-{name}="([^"]*)"', document)[1]
        for name in ("names", "labels", "height", "found")
    }
    assert told["found"] == "nothing"
    assert int(told["names"]) > 10
    assert int(told["labels"]) > 20
    assert int(told["height"]) < 22_000


def test_cores_are_folded_and_few_of_many_are_listed(page) -> None:
    text = page.read_text(encoding="utf-8")
    before, _, after = text.partition(">Axons in<")
    assert before.rindex("<details>") > before.rindex("</details>")
    cores = after.partition("</table>")[0]
    assert 0 < cores.count("<tr>") <= 17


def test_a_report_without_a_backend_is_silent_too(chromium, make_run, tmp_path) -> None:
    page, _ = write(make_run(backends=(), steps=1), tmp_path)
    document, console = chromium(page, "--dump-dom")
    assert console == []
    assert "No backend was run for this report." in document


def test_an_error_and_a_load_would_be_noticed(chromium, page, tmp_path) -> None:
    broken = tmp_path / "broken.html"
    html = page.read_text(encoding="utf-8")
    load = '<img src="http://example.com/x.png"><script>nowhere()</script>'
    broken.write_text(html.replace("</main>", f"{load}</main>"), encoding="utf-8")
    _, console = chromium(broken, "--dump-dom")
    assert len(console) >= 2, "the page's policy refuses the image and the script"


def read_png(path: Path) -> npt.NDArray[np.uint8]:
    """Colours ``(height, width, 3)`` of an 8-bit RGB or RGBA picture without interlacing."""
    data, at, packed, header = path.read_bytes(), 8, b"", b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        chunk = data[at + 8 : at + 8 + length]
        header, packed = (chunk if kind == b"IHDR" else header), packed + chunk * (kind == b"IDAT")
        at += 12 + length
    width, height, depth, colour, *_, interlaced = struct.unpack(">IIBBBBB", header)
    assert (depth, interlaced) == (8, 0)
    channels = {2: 3, 6: 4}[colour]
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * channels)
    return _unfilter(rows, channels).reshape(height, width, channels)[..., :3]


@numba.njit
def _unfilter(rows, channels):  # PNG specification, section 9
    height, width = rows.shape[0], rows.shape[1] - 1
    out = np.zeros((height + 1, width + channels), np.uint8)  # a border of zeros
    for y in range(height):
        for x in range(width):
            left, up = int(out[y + 1, x]), int(out[y, x + channels])
            corner, kind, guess = int(out[y, x]), rows[y, 0], 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            elif kind == 4:
                near = left + up - corner
                by_left, by_up, by_corner = abs(near - left), abs(near - up), abs(near - corner)
                if by_left <= by_up and by_left <= by_corner:
                    guess = left
                else:
                    guess = up if by_up <= by_corner else corner
            out[y + 1, x + channels] = (rows[y, x + 1] + guess) & 255
    return out[1:, channels:].copy()
