"""How far a piece of work is: what a log says of it, what a terminal shows, and what it is not."""

from __future__ import annotations

import io
import time

import numba
import pytest

from neurograph.cli import progress
from neurograph.cli.terminal import Terminal
from neurograph.core.compiling import watched


def log(monkeypatch: pytest.MonkeyPatch) -> tuple[Terminal, io.StringIO]:
    monkeypatch.delenv("COLUMNS", raising=False)
    written = io.StringIO()
    return Terminal(file=written), written


def test_a_log_has_the_first_and_the_last_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, written = log(monkeypatch)
    with progress.shown(terminal, "epochs") as report:
        for done in range(1, 6):
            report(done, 5, f"loss {1 / done:.2f}")
    assert written.getvalue() == "epochs: 1 of 5: loss 1.00\nepochs: 5 of 5: loss 0.20\n"


def test_a_log_tells_of_long_work_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, written = log(monkeypatch)
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with progress.shown(terminal, "nodes") as report:
        for done in range(1, 11):
            now[0] += 300.0 if done == 1 else 20.0  # the first one waits for all that is set up
            report(done, 10)
    assert written.getvalue().splitlines() == [
        "nodes: 1 of 10",
        "nodes: 3 of 10, 140 s to go",
        "nodes: 5 of 10, 100 s to go",
        "nodes: 7 of 10, 60 s to go",
        "nodes: 9 of 10, 20 s to go",
    ]


def test_compiling_is_said_once_and_says_nothing_of_the_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal, written = log(monkeypatch)
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)

    @numba.njit
    def compiled(n):
        return n + 1

    began = time.monotonic()
    with progress.shown(terminal, "epochs") as report:
        report(1, 1000)
        assert (compiled(1), compiled(1.5)) == (2, 2.5)  # two kinds of numbers: compiled twice
        report(2, 1000)
    took = time.monotonic() - began
    first, said, second = written.getvalue().splitlines()
    assert first == "epochs: 1 of 1,000"
    assert said == f"epochs: {progress.COMPILING}"
    assert second.startswith("epochs: 2 of 1,000, ")
    left = float(second.split(", ")[1].split()[0])
    assert left < 998 * took / 2, "an epoch took little beside compiling"


def test_seconds_of_compiling_are_measured() -> None:
    said: list[int] = []

    @numba.njit
    def inner(n):
        return n * 2

    @numba.njit
    def outer(n):
        return inner(n) + 1

    began = time.monotonic()
    with watched(lambda: said.append(1)) as compiling:
        assert outer(3) == 7
    took = time.monotonic() - began
    assert said == [1]
    assert 0.1 * took < compiling.seconds <= took, "one compiled within another counts once"


@pytest.mark.parametrize("width", [30, 50, 120])
def test_a_terminal_shows_all_numbers_at_any_width(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    written = io.StringIO()
    terminal = Terminal(file=written, force_terminal=True, width=width)
    with progress.shown(terminal, "epochs") as report:
        report(1, 30, "loss 1.4301, validation micro-F1 33.33 %, firing 24.6 %")
        report(2, 30, "loss 1.3218, validation micro-F1 66.67 %, firing 24.5 %")
    shown = written.getvalue()
    for text in ("2/30", "1.3218", "66.67", "24.5"):
        assert text in shown, text
    assert "eta 0:00:0" in shown
