"""A sound for each style of each model, and the tables of docs/styles.md that lead to them.

    python -m lab style-sounds [MODEL ...] [-o docs]

One rule for all, so that nothing is picked by ear: `RULE`, with the first seed.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import symgen
from lab.benchmarks.common import run_symgen
from lab.commands import command_parser
from symgen.nets.models import model_names
from symgen.pages.facts import key_name, length_of, meter_name
from symgen.pages.sound import small_sound
from symgen.system.files import write_atomic

RULE = ("--bars", "8", "--end", "--seed", "1")
MARKS = "<!-- styles: written by python -m lab style-sounds -->", "<!-- end of styles -->"
Marks = tuple[str, str]
HEADER = "| style | command | writes | sound |\n|---|---|---|---|"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("models", nargs="*", metavar="MODEL", default=[])
    parser.add_argument("-o", "--output", type=Path, default=Path("docs"))
    options = parser.parse_args(arguments)
    page = options.output / "styles.md"
    for model in options.models or model_names():
        rows = list(sounds(model, options.output))
        text = page.read_text(encoding="utf-8")
        write_atomic(page, with_table(text, model, rows))
    return 0


def sounds(model: str, output: Path) -> Iterator[str]:
    """Write the sound of each style, and yield its row of the table."""
    styles = symgen.load_model(model).styles
    if not styles:
        sys.exit(f"{model}: knows no styles")
    for style in styles:
        name = f"{model}-{style}".replace(" ", "-")
        with tempfile.TemporaryDirectory() as folder:
            chosen = ("--model", model, "--style", style)
            run = run_symgen(["generate", *chosen, *RULE, "-o", f"{name}.mid"], cwd=Path(folder))
            if run.returncode:
                sys.exit(f"{name}: {run.stderr}")
            score = symgen.load_score(Path(folder) / f"{name}.mid")
        data = small_sound(score, ".ogg")
        write_atomic(output / "sounds" / f"{name}.ogg", data)
        print(f"{name}: {len(data):,} bytes", flush=True)
        yield row(model, style, score)


def row(model: str, style: str, score: symgen.Score) -> str:
    """Return a row of the table."""
    name = f"{model}-{style}".replace(" ", "-")
    quoted = f'"{style}"' if " " in style else style
    command = f"symgen generate --model {model} --style {quoted} {' '.join(RULE)} -o {name}.mid"
    parts = sum(bool(part.notes) for part in score.parts)
    written = f"{meter_name(score)}, {key_name(score)}, {parts} part{'s' * (parts > 1)}"
    return f"| {style} | `{command}` | {written} | [{length_of(score)}](sounds/{name}.ogg) |"


def with_table(
    text: str, model: str, rows: Sequence[str], header: str = HEADER, marks: Marks = MARKS
) -> str:
    """Return the page with the table of a model put in, in the place of the one that is there."""
    begin, end = (mark.replace("styles", f"styles of {model}", 1) for mark in marks)
    table = "\n".join([begin, "", header, *rows, "", end])
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if pattern.search(text):
        return pattern.sub(lambda _: table, text)
    return f"{text.rstrip()}\n\n## {model}\n\n{table}\n"
