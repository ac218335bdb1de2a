"""What a stream is written: at any width, in its own characters, with styles or without."""

from __future__ import annotations

import io

import pytest

from neurograph.cli import console
from neurograph.cli.terminal import Terminal, folded, write_plainly

LINE = "h1: 0.17 % of its spikes differ, 3.54 µJ per node, 12,000 word of x->h1.self, 1 of 9"
WHOLE = ("0.17 %", "3.54 µJ", "12,000 word", "x->h1.self,")


@pytest.mark.parametrize("width", [1, 20, 33, 40, 79])
def test_a_line_is_folded_between_words_and_numbers_keep_their_units(width: int) -> None:
    lines = folded(LINE, width).splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= max(width, 20)
    assert " ".join(" ".join(lines).split()) == LINE
    for text in WHOLE:
        assert any(text in line for line in lines), text


def test_a_line_that_fits_and_the_blanks_before_it_stay() -> None:
    assert folded("  a  b\n\nc", 40) == "  a  b\n\nc"
    assert folded("  next words", 8) == "  next words"  # no narrower than 20
    assert folded("  one two three four five", 20) == "  one two three four\n    five"


def terminal(width: int, **how: object) -> tuple[Terminal, io.StringIO]:
    written = io.StringIO()
    return Terminal(file=written, force_terminal=True, width=width, **how), written


def test_text_is_folded_and_what_is_to_be_copied_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    shown, written = terminal(40)
    shown.print(LINE, markup=False)
    assert max(map(len, written.getvalue().splitlines())) <= 40
    monkeypatch.setattr(console, "out", shown)
    console.next_step("neurograph run " + "long/" * 20)
    assert written.getvalue().splitlines()[-1] == "next: neurograph run " + "long/" * 20


def test_without_a_terminal_a_line_is_as_long_as_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    written = io.StringIO()
    monkeypatch.setattr(console, "out", Terminal(file=written))
    console.out.print(LINE * 20, markup=False)
    console.table("Wide", [f"column {n}" for n in range(40)], [["12,345.6 µJ"] * 40])
    lines = written.getvalue().splitlines()
    assert lines[0] == LINE * 20
    (row,) = [line for line in lines if "12,345.6 µJ" in line]
    assert row.count("12,345.6 µJ") == 40


@pytest.mark.parametrize("width", [30, 50, 60, 70, 100])
def test_a_number_in_a_table_keeps_its_unit(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    shown, written = terminal(width)
    monkeypatch.setattr(console, "out", shown)
    rows = [("float against reference", "83.9 to 100.0 %", "99.7673 %", "16 x 24 bits")]
    console.table("Agreement", ("", "95 % interval", "same spikes", "states"), rows)
    for text in ("83.9", "100.0 %", "99.7673 %", "24 bits", "95 %"):
        assert text in written.getvalue()
    assert "\ue000" not in written.getvalue()


def test_no_color_leaves_out_every_style(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown, written = terminal(80)
    shown.print("wrong", markup=False, style="bold red")
    assert "\x1b[" in written.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    shown, written = terminal(80)
    shown.print("wrong", markup=False, style="bold red")
    assert written.getvalue() == "wrong\n"


def test_signs_that_a_stream_lacks_are_written_plainly() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    write_plainly(stream)
    stream.write("3.54 µJ, 2 \N{MULTIPLICATION SIGN} 3 → 6 ± 1, Zürich …\n")
    stream.flush()
    assert raw.getvalue() == b"3.54 uJ, 2 x 3 -> 6 +- 1, Z?rich ...\n"
