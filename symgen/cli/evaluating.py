"""``symgen evaluate``."""

from __future__ import annotations

import argparse
import json
import sys

from symgen.cli.outputs import print_paths
from symgen.evaluation.evaluate import evaluate as evaluate_music
from symgen.evaluation.report import check_folder

__all__ = ["evaluate"]


def evaluate(options: argparse.Namespace) -> None:
    """Compare generated music with real music."""
    if options.output:
        check_folder(options.output, overwrite=options.overwrite)
    found = evaluate_music(
        options.generated,
        options.reference,
        model=options.model,
        split=options.split,
        seed=options.seed,
        resamples=options.resamples,
        classifiers=not options.no_classifiers,
    )
    for line in found.left_out:
        print(f"left out: {line}", file=sys.stderr)
    if found.left_out:
        print(f"left out: {len(found.left_out)} in all", file=sys.stderr)
    if options.output:
        print_paths(*found.save(options.output, overwrite=options.overwrite), to_stderr=True)
    print(
        json.dumps(found.to_json()) if options.json else found.to_markdown(),
        end="\n" if options.json else "",
    )
