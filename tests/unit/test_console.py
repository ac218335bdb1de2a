"""Tables as a terminal shows them."""

from __future__ import annotations

import json
import sys

import pytest
from rich.console import Console

from neurograph.cli import console
from tests.hostile import HOSTILE as NAMES
from tests.hostile import OBEYED

COLUMNS = ("", "micro-F1", "same predictions")
ROWS = (("vote of neighbours", "83.47 %", "100.00 %"), ("majority", "9.5 %", "-"))


@pytest.mark.parametrize("width", [20, 40, 46, 47, 80])
def test_no_word_of_a_table_is_cut(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "out", Console(soft_wrap=True, highlight=False, width=width))
    console.table("Scores", COLUMNS, ROWS)
    shown = capsys.readouterr().out
    for word in " ".join(["Scores", *COLUMNS, *(cell for row in ROWS for cell in row)]).split():
        assert word in shown
    assert ("micro-F1: 83.47 %" in shown) == (width < 47)


def test_cells_are_text_and_no_markup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "out", Console(soft_wrap=True, highlight=False, width=10))
    console.table("Classes", ("class", "nodes"), [("[bold]oak", "3")])
    assert capsys.readouterr().out.splitlines() == ["Classes", "[bold]oak", "  nodes: 3"]


HOSTILE = "\x1b]0;owned\x07\x1b[31mred\x9b2J \u202edlrow [/b] [link=x]y"


@pytest.mark.parametrize("width", [20, 160])
def test_no_terminal_obeys_a_name(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "out", type(console.out)(width=width))
    console.table(HOSTILE, ("", HOSTILE), [(HOSTILE, HOSTILE)])
    console.out.print(HOSTILE, markup=False)
    shown = capsys.readouterr().out
    assert not any(character in shown for character in "\x1b\x07\x9b\u202e")
    assert "\\x1b[31mred\\x9b2J" in shown
    assert "[/b]" in shown


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_of_every_kind(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "out", type(console.out)(width=160))
    monkeypatch.setattr(console, "err", type(console.err)(stderr=True, width=160))
    console.table(name, ("", name), [(name, name)])
    console.err.print(f"error: {name}", markup=False, style="bold red")
    console.RichUi().say(name)
    console.next_step(console.typed("neurograph", "run", name))
    said = capsys.readouterr()
    assert not OBEYED.search(said.out + said.err)
    console.as_json({name: name})
    told = capsys.readouterr().out
    assert not OBEYED.search(told)
    assert json.loads(told) == {name: name}


def test_ctrl_c_while_it_is_imported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from neurograph import cli
    from neurograph.cli.status import Status

    class Pressed:
        def find_spec(self, name: str, *_: object) -> None:
            raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "neurograph.cli.app")
    monkeypatch.setattr(sys, "meta_path", [Pressed()])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == Status.INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"


def test_no_memory_even_to_say_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from neurograph import cli
    from neurograph.cli.status import Status

    def start() -> None:
        raise MemoryError

    monkeypatch.setattr("neurograph.cli.app.main", start)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == Status.ENVIRONMENT
    assert capsys.readouterr().err.startswith("error: not enough memory; raise the limit")
