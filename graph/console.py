"""How a console script ends, whichever it is."""

import argparse
import sys
from collections.abc import Callable

from graph.errors import SparringError


def exit_code(args: argparse.Namespace) -> int:
    """Carry out ``args.run``, a command of argparse; return the exit code, telling in a line what went wrong."""
    command: Callable[[argparse.Namespace], int] = args.run
    try:
        return command(args)
    except SparringError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
