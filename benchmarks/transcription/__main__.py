"""``python benchmarks/transcription``: see `transcription.command`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from transcription.command import main

sys.exit(main())
