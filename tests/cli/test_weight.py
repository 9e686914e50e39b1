"""What a command loads: only what it uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from small import corpus_tunes, tune, write_tunes

from symgen.cli.commands import commands_by_name
from symgen.formats import save_score

COUNT = """
import json, sys
from pathlib import Path
from symgen.cli import main
try:
    status = main(sys.argv[1:])
except SystemExit as end:
    status = end.code
own = [m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] in ("symgen", "lab") and m.__file__]
lines = sum(len(Path(f).read_text(encoding="utf-8").splitlines()) for f in own)
foreign = {n.partition(".")[0] for n, m in list(sys.modules.items())
           if "site-packages" in (getattr(m, "__file__", None) or "")}
print(json.dumps([status, len(own), lines, len(sys.modules), sorted(foreign)]), file=sys.stderr)
"""


class Weight(NamedTuple):
    """The most modules of ours, lines of them, and modules of all that a command may load, and which packages."""

    own: int
    lines: int
    modules: int
    packages: str


CEILINGS = {
    "--help": Weight(42, 6_510, 179, ""),
    "completion bash": Weight(45, 7_040, 179, "argcomplete"),
    "info": Weight(67, 9_970, 337, "numpy"),
    "styles": Weight(67, 9_768, 342, "numpy"),
    "runs": Weight(67, 9_710, 254, ""),
    "history": Weight(80, 13_462, 309, "numpy"),
    "info tune.mid": Weight(89, 14_830, 319, "numpy"),
    "info folk": Weight(193, 30_000, 462, "numpy safetensors"),
    "doctor": Weight(86, 13_118, 1_312, "fluidsynth numpy safetensors torch"),
    "describe tune.mid": Weight(204, 32_700, 432, "numpy"),
    "chords tune.mid": Weight(125, 20_516, 351, "numpy"),
    "drums --bars 2 --seed 1 -o out.mid": Weight(191, 28_630, 448, "numpy safetensors"),
    "copies tune.mid": Weight(92, 15_261, 324, "numpy safetensors"),
    "edit tune.mid --transpose 2 -o out.mid": Weight(211, 34_405, 458, "numpy"),
    "watch tunes -o takes --verb perform --once --every 0.1": Weight(88, 14_300, 319, "numpy"),
    "perform tune.mid -o out.mid": Weight(218, 33_300, 465, "numpy safetensors"),
    "render tune.mid -o out.wav": Weight(148, 23_300, 405, "fluidsynth numpy safetensors"),
    "plot tune.mid -o out.png": Weight(91, 14_074, 574, "matplotlib numpy PIL"),
    "sheet tune.mid -o out.svg": Weight(127, 21_813, 383, "numpy verovio"),
    "generate --bars 2 --seed 1 -o out.mid": Weight(175, 27_492, 420, "numpy safetensors"),
    "generate --bars 2 --seed 1 --packed --jobs 1 -o parts": Weight(
        207, 33_420, 475, "numpy safetensors"
    ),
    "unpack packed -o outside": Weight(178, 28_000, 413, "numpy"),
    "continue tune.mid --bars 2 --seed 1 -o out.mid": Weight(201, 32_315, 446, "numpy safetensors"),
    "infill tune.mid --bars 2 --seed 1 -o out.mid": Weight(210, 34_137, 456, "numpy safetensors"),
    "vary tune.mid --seed 1 -o out.mid": Weight(210, 34_137, 456, "numpy safetensors"),
    "harmonize tune.mid --seed 1 -o out.mid": Weight(205, 32_363, 452, "numpy safetensors"),
    "accompany tune.mid --style rock --seed 1 -o out.mid": Weight(
        225, 35_679, 459, "numpy safetensors"
    ),
    "again 0": Weight(175, 27_492, 420, "numpy safetensors"),
    "transcribe tune.wav -o out.mid": Weight(204, 32_787, 456, "numpy safetensors soxr"),
    "corpus tunes -o made": Weight(155, 26_580, 416, "numpy"),
    "evaluate tunes --reference tunes --no-classifiers": Weight(161, 27_900, 438, "numpy"),
    "gan sample -n 1 --bars 2 --seed 1 -o out.mid": Weight(191, 30_185, 442, "numpy safetensors"),
    "gan augment store -n 1 -o store2": Weight(199, 31_262, 450, "numpy safetensors"),
}
PLAIN_PIP = {"threadpoolctl", "typing_extensions", "cffi", "pycparser"}
"""What the others bring along, or may."""
BROUGHT = {
    "matplotlib": {"cycler", "dateutil", "fontTools", "kiwisolver", "mpl_toolkits", "packaging", "pyparsing", "six"},
    "torch": {"torchgen", "tqdm", "sympy", "mpmath", "functorch"},
}  # fmt: skip
UNWEIGHED = {
    "mcp",
    "play",
    "studio",
    "push",
    "compare",
    "pull",
    "tokens",
    "train",
    "finetune",
    "train-performer",
    "train-transcriber",
    "gan train",
    "gan evaluate",
}
"""Commands that wait for a client, need a loudspeaker or a large library of others, that serve, or work for minutes."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the commands read, and a history of one piece."""
    made = tmp_path_factory.mktemp("weights")
    save_score(tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4"), made / "tune.mid")
    write_tunes(made / "tunes", corpus_tunes(6))
    for line in (
        "generate --bars 2 --packed --jobs 1 -o packed",
        "render tune.mid",
        "corpus tunes -o store",
        "edit tune.mid --tempo 90",
    ):
        assert weigh(line, made)[0] == 0
    return made


def weigh(command: str, folder: Path) -> tuple[int, Weight]:
    """Run a command in a process of its own, and say how it ended and what it has loaded."""
    # A history of its own: neither that of whoever runs this nor that of other tests.
    env = {**os.environ, "SYMGEN_DATA": str(folder / "data")}
    env.pop("SYMGEN_NO_HISTORY", None)
    done = subprocess.run(
        [sys.executable, "-c", COUNT, *command.split()],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    status, own, lines, modules, packages = json.loads(done.stderr.splitlines()[-1])
    return status, Weight(own, lines, modules, " ".join(packages))


@pytest.mark.parametrize("command", CEILINGS)
def test_a_command_loads_what_it_uses(command: str, folder: Path) -> None:
    if "torch" in CEILINGS[command].packages:
        pytest.importorskip("torch")
    if "verovio" in CEILINGS[command].packages:
        pytest.importorskip("verovio")
    most = CEILINGS[command]
    if command == "again 0":  # again the last one, whatever other tests have run before
        weigh("generate --bars 2 --seed 1 -o out.mid --overwrite", folder)
    status, found = weigh(f"{command} --overwrite" if "-o out" in command else command, folder)
    allowed = set(most.packages.split()) | PLAIN_PIP
    for package in most.packages.split():
        allowed |= BROUGHT.get(package, set())
    loaded = {name for name in found.packages.split() if not name.startswith("_")}
    assert (status, loaded - allowed) == (0, set())
    assert all(a <= b for a, b in zip(found[:3], most[:3], strict=True)), found


def test_every_command_is_weighed() -> None:
    weighed = {name for name in commands_by_name() if any(c.startswith(name) for c in CEILINGS)}
    assert weighed | UNWEIGHED == set(commands_by_name())
