"""The command line: thin commands over the workflow; `status` says how they end."""

import sys

__all__ = ["main"]

ENVIRONMENT, INTERRUPTED = 3, 130  # of `status`, which may be what is still to be imported


def main() -> None:
    """Run the command line; where a package that it needs is missing or broken, only `doctor`."""
    try:
        from neurograph.cli.app import main as start
    except KeyboardInterrupt:  # before anything has begun
        sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)
    except Exception as fault:
        from neurograph.cli.rescue import rescue

        sys.exit(rescue(fault, sys.argv[1:]))
    try:
        start()
    except MemoryError:  # even to say so took more than there is
        sys.stderr.write("error: not enough memory; raise the limit of this process (ulimit -v)\n")
        sys.exit(ENVIRONMENT)
