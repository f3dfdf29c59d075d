"""``python -m tests.fuzz --seconds 600 captions recordings``: what strangers may send, for so long.

For each target, one after the other, it prints how many inputs there were. At the first that breaks a law it
prints that input, as small as it can be made, and its seed, and ends with 1.
"""

import argparse
import logging
import sys
import time
import traceback

from tests.fuzz.running import rounds
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Run the targets that are named, or all."""
    parser = argparse.ArgumentParser(description="Feed the readers of foreign input with anything.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"some of {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=float, default=600.0, help="for each (default: 600)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="of the first round")
    options = parser.parse_args()
    if unknown := set(options.targets) - set(TARGETS):
        parser.error(f"there is no target {unknown.pop()}")
    logging.disable()  # warnings are lawful
    return max([_run(name, options.seconds, options.seed) for name in options.targets or TARGETS])


def _run(name: str, seconds: float, seed: int) -> int:
    inputs, until = 0, time.monotonic() + seconds
    for counted in rounds(TARGETS[name], seed):
        inputs += counted.inputs
        if counted.error is not None:
            traceback.print_exception(counted.error)
            print(f"{name}: broken after {inputs} inputs (--seed {counted.seed})", flush=True)
            return 1
        if time.monotonic() >= until:
            break
    print(f"{name}: {inputs} inputs in {seconds:.0f} s, every law kept", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
