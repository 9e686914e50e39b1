"""``python benchmarks/chorales``: see `chorales.command`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chorales.command import main

sys.exit(main())
