"""The first of the two commands: set everything up and serve it. Options are those of `manage.py serve`."""

import os
import sys

from environment import ROOT, CannotSetUp, prepare


def main() -> None:
    try:
        python = prepare("requirements.txt", command="./run")
    except CannotSetUp as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit("\nStopped before everything was installed; the next start goes on from there.")
    arguments = [str(python), str(ROOT / "manage.py"), "serve", "--demo", *sys.argv[1:]]
    # The supervisor replaces this process, so that Ctrl-C and SIGTERM reach it directly.
    os.execv(python, arguments)


if __name__ == "__main__":
    main()
