"""``python -m symgen.cli``: the same as ``python -m symgen``."""

from __future__ import annotations

import sys

from symgen.cli import main
from symgen.system.ending import run_process

if __name__ == "__main__":
    sys.exit(run_process(main))
