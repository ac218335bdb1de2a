"""The command line as a whole: which commands there are, and what an error looks like."""

from __future__ import annotations

import signal
import sys
import traceback
from typing import Annotated, Any, NoReturn

import typer

from neurograph import __version__
from neurograph.cli import (
    backend_options,
    baseline,
    check,
    console,
    data,
    data_export,
    data_part,
    demo,
    doctor,
    embed,
    export,
    failure,
    features,
    import_,
    predict,
    profiles,
    report,
    run,
    train,
    validate,
    verify,
)
from neurograph.cli.generated import Command, Compiling, Group, command
from neurograph.cli.rescue import rescue
from neurograph.cli.status import LIST, Status, status_of
from neurograph.cli.terminal import write_plainly
from neurograph.core.errors import DoesNotFitError, NeuroGraphError
from neurograph.core.machine import explained


class InterruptError(Exception):
    """A Ctrl-C, on its way past Typer."""


class Commands(Group):
    """Lets a Ctrl-C out; what Typer would make of it depends on its version."""

    def invoke(self, context: Any) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt as error:
            raise InterruptError from error
        except Exception as error:
            if hasattr(error, "format_message"):  # Typer's own, which it tells and ends by
                failure.tell(sys.argv[1:], "UsageError", error.format_message(), Status.USAGE)
            raise


app = typer.Typer(
    cls=Commands,
    help="Spiking graph networks from PyTorch to a neuromorphic chip.",
    epilog=LIST,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 100},
)
app.command(cls=command(train.panels))(train.train)
app.command(cls=Compiling)(export.export)
app.command(cls=command(run.panels))(run.run)
app.command(cls=command(predict.panels))(predict.predict)
app.command(cls=command(embed.panels))(embed.embed)
for again in (verify.verify, report.report):
    app.command(cls=command(backend_options.programs))(again)
for plain in (baseline.baseline, demo.demo):
    app.command(cls=Compiling)(plain)
app.command(cls=Command)(features.features)
app.command(cls=command(check.panels, Command))(check.check)
app.command(cls=Command)(validate.validate)
app.command(cls=command(doctor.panels, Command))(doctor.doctor)
app.command("import", cls=command(import_.panels, Command))(import_.import_)
data_export.add_to(data.app)
data_part.add_to(data.app)
app.add_typer(data.app, name="data")
app.add_typer(profiles.app, name="profiles")


def main() -> None:
    """Run the command line; it ends as `status.Status` says."""
    for stream in (sys.stdout, sys.stderr):
        write_plainly(stream)
    failure.begin()
    try:
        app()
    except NeuroGraphError as error:
        _refused(error)
    except ImportError as error:
        sys.exit(rescue(error, sys.argv[1:]))
    except (InterruptError, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all that is left is to say so
        console.err.print("interrupted", markup=False)
        _end("Interrupted", "interrupted", Status.INTERRUPTED)
    except Exception as error:
        if told := explained(error):
            _refused(told)
        traceback.print_exc()
        console.err.print("This is a bug in NeuroGraph; please report it.", markup=False)
        _end(type(error).__name__, f"a bug in NeuroGraph: {error}", Status.BUG)


def _refused(error: NeuroGraphError) -> NoReturn:
    console.err.print(f"error: {error}", markup=False, style="bold red")
    if isinstance(error, DoesNotFitError):
        check = console.typed("neurograph", "check", "--profile", error.profile)
        remedy = error.remedy or check
        console.err.print(f"what would help: {remedy}", markup=False, soft_wrap=True)
    _end(type(error).__name__, str(error), status_of(error))


def _end(kind: str, message: str, status: Status) -> NoReturn:
    failure.tell(sys.argv[1:], kind, message, status)
    sys.exit(status)


def _version(wanted: bool) -> None:
    if wanted:
        console.out.print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print it and exit")
    ] = False,
) -> None:
    pass
