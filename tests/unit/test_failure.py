"""What a program reads of a command that fails: one JSON object, beside the line for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from neurograph.cli import app, failure
from neurograph.cli.rescue import rescue

Told = tuple[int, str, str]


@pytest.fixture
def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Told]:
    """The exit status and both streams of a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["neurograph", *words])
        with pytest.raises(SystemExit) as ended:
            app.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.mark.parametrize(
    ("words", "status", "kind", "part"),
    [
        (("check", "r", "--json"), 2, "RunError", "r"),
        (("profiles", "show", "loihi9", "--json"), 2, "ProfileError", "no profile 'loihi9'"),
        (("run", "r", "--json", "--lmit", "3"), 2, "UsageError", "--lmit"),
        (("data", "info", "--json"), 2, "UsageError", "GRAPH"),
    ],
)
def test_an_object_for_programs_and_a_line_for_people(
    told: Callable[..., Told], words: tuple[str, ...], status: int, kind: str, part: str
) -> None:
    ended, out, err = told(*words)
    error = json.loads(out)["error"]
    assert (ended, error["exit"], error["kind"]) == (status, status, kind)
    assert part.lower() in error["message"].lower()
    assert part.lower() in err.lower()


@pytest.mark.parametrize("words", [("check", "r"), ("check", "r", "--", "--json")])
def test_nothing_for_programs_where_nobody_asked(
    told: Callable[..., Told], words: tuple[str, ...]
) -> None:
    ended, out, err = told(*words)
    assert (ended, out) == (2, "")
    assert err


def test_a_bug_is_told_to_programs_too(
    told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(app, "app", broken)
    ended, out, err = told("check", "--json")
    assert ended == 1
    assert json.loads(out)["error"] == {
        "kind": "ZeroDivisionError",
        "message": "a bug in NeuroGraph: by nought",
        "exit": 1,
    }
    assert "This is a bug in NeuroGraph" in err


def test_one_value_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    failure.begin()
    failure.answered()
    failure.tell(["--json"], "RunError", "too late", 2)
    assert capsys.readouterr().out == ""


def test_a_package_that_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    failure.begin()
    assert rescue(ImportError("no module named 'rich'"), ["train", "--json"]) == 3
    told = json.loads(capsys.readouterr().out)["error"]
    assert (told["kind"], told["exit"]) == ("ImportError", 3)
