"""Commands of the lab: names, modules, and the parser they share."""

from __future__ import annotations

import argparse
import ast
from importlib.util import find_spec
from pathlib import Path

__all__ = ["COMMANDS", "command_parser", "first_line"]

COMMANDS = {
    "facts": "lab.shipping.facts",
    "fit-beats": "lab.shipping.fit_beats",
    "fit-chords": "lab.shipping.fit_chords",
    "fit-pulse": "lab.shipping.fit_pulse",
    "human-playing": "lab.shipping.human_playing",
    "ship-drummer": "lab.shipping.ship_drummer",
    "ship-kit-player": "lab.shipping.ship_kit_player",
    "ship-gan": "lab.shipping.ship_gan",
    "add-plans": "lab.shipping.add_plans",
    "band-pieces": "lab.shipping.band_pieces",
    "band-songs": "lab.shipping.band_songs",
    "band-store": "lab.shipping.band_store",
    "ship-model": "lab.shipping.ship_model",
    "song-pieces": "lab.shipping.song_pieces",
    "ship-player": "lab.shipping.ship_player",
    "ship-planner": "lab.shipping.ship_planner",
    "ship-soundfont": "lab.shipping.ship_soundfont",
    "ship-styles": "lab.shipping.ship_styles",
    "ship-transcriber": "lab.shipping.ship_transcriber",
    "train-baseline": "lab.baseline",
    "train-discriminator": "lab.shipping.train_discriminator",
    "train-harmonizer": "lab.shipping.train_harmonizer",
    "train-gan-tutorial": "lab.gan_tutorial_fitting",
    "train-transcriber": "lab.transcriber.command",
    "ablation": "lab.benchmarks.ablation",
    "accompany": "lab.benchmarks.accompanying",
    "around": "lab.benchmarks.around",
    "bad-input": "lab.benchmarks.bad_input",
    "band-bits": "lab.benchmarks.band_bits",
    "band-continuations": "lab.benchmarks.band_continuations",
    "band-judge": "lab.benchmarks.band_judge",
    "beats": "lab.benchmarks.beats",
    "chords": "lab.benchmarks.chord_reading",
    "cold-start": "lab.benchmarks.cold_start",
    "combinations": "lab.benchmarks.combinations",
    "continuation": "lab.benchmarks.continuation",
    "corpus-growth": "lab.benchmarks.corpus_growth",
    "controls": "lab.benchmarks.controls",
    "copies": "lab.benchmarks.copies",
    "determinism": "lab.benchmarks.determinism",
    "drums": "lab.benchmarks.drums",
    "ensembles": "lab.benchmarks.ensembles",
    "examples": "lab.benchmarks.examples",
    "feel-changes": "lab.benchmarks.feel_changes",
    "finetuning": "lab.benchmarks.finetuning",
    "full-songs": "lab.benchmarks.full_songs",
    "gan-help": "lab.benchmarks.gan_help",
    "gan-losses": "lab.benchmarks.gan_losses",
    "gan-samples": "lab.benchmarks.gan_samples",
    "greedy-files": "lab.benchmarks.greedy_files",
    "harmony": "lab.benchmarks.harmony",
    "harmonizing": "lab.benchmarks.harmonizing",
    "harmonizing-folds": "lab.benchmarks.harmonizing_folds",
    "held-out": "lab.benchmarks.held_out",
    "keys": "lab.benchmarks.keys",
    "kit-playing": "lab.benchmarks.kit_playing",
    "labels": "lab.benchmarks.labels",
    "level-range": "lab.benchmarks.level_range",
    "loops": "lab.benchmarks.loops",
    "manners": "lab.benchmarks.manners",
    "max-copy": "lab.benchmarks.max_copy",
    "melody-styles": "lab.benchmarks.melody_styles",
    "mcp-calls": "lab.benchmarks.mcp_calls",
    "mixing": "lab.benchmarks.mixing",
    "notation-kept": "lab.benchmarks.notation_kept",
    "parts": "lab.benchmarks.parts",
    "pedal": "lab.benchmarks.pedal",
    "performed": "lab.benchmarks.performed",
    "performing-cost": "lab.benchmarks.performing_cost",
    "rendered-or-real": "lab.benchmarks.rendered_or_real",
    "performed-pieces": "lab.benchmarks.performed_pieces",
    "pinned-notes": "lab.benchmarks.pinned_notes",
    "planner": "lab.benchmarks.planner",
    "played-songs": "lab.benchmarks.played_songs",
    "profile": "lab.benchmarks.profiling",
    "prompt-manner": "lab.benchmarks.prompt_manner",
    "pulse": "lab.benchmarks.pulse",
    "ranking": "lab.benchmarks.ranking",
    "rendering": "lab.benchmarks.rendering",
    "roll-frames": "lab.benchmarks.roll_frames",
    "roundtrip": "lab.benchmarks.roundtrip",
    "second-half": "lab.benchmarks.second_half",
    "small-corpus": "lab.benchmarks.small_corpus",
    "sharded-pieces": "lab.benchmarks.sharded_pieces",
    "speed-card": "lab.benchmarks.speed_card",
    "speed-corpus": "lab.benchmarks.speed_corpus",
    "speed-features": "lab.benchmarks.speed_features",
    "speed-machine": "lab.benchmarks.speed_machine",
    "speed-processes": "lab.benchmarks.speed_processes",
    "speed-reading": "lab.benchmarks.speed_reading",
    "speed-rendering": "lab.benchmarks.speed_rendering",
    "speed-takes": "lab.benchmarks.speed_takes",
    "speed-training": "lab.benchmarks.speed_training",
    "speedrun": "lab.benchmarks.speedrun",
    "studio-changes": "lab.benchmarks.studio_changes",
    "studio-kills": "lab.benchmarks.studio_kills",
    "steering": "lab.benchmarks.steering",
    "chorales": "lab.benchmarks.chorales.command",
    "transcription": "lab.benchmarks.transcription.command",
    "man": "lab.docs.man",
    "pictures": "lab.docs.pictures",
    "style-sounds": "lab.docs.style_sounds",
    "twelve-songs": "lab.docs.twelve_songs",
    "studio-attack": "lab.studio.attack",
    "studio-locks": "lab.studio.locks",
    "studio-pictures": "lab.studio.pictures",
    "studio-scenario": "lab.studio.scenario",
    "studio-speed": "lab.studio.speed",
    "studio-start": "lab.studio.starting",
    "house": "lab.house",
    "mutants": "lab.mutants",
}
"""Each module has a function ``main(arguments) -> int``, and is imported when its command is run."""


def command_parser(module: str, description: str | None) -> argparse.ArgumentParser:
    """Make the parser of a command, named as one types it; the description keeps its lines."""
    names = [name for name, place in COMMANDS.items() if place == module]
    return argparse.ArgumentParser(
        prog=f"python -m lab {names[0]}" if names else None,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def first_line(module: str) -> str:
    """Read the first line of a module's docstring without importing the module."""
    spec = find_spec(module)
    assert spec is not None, module
    assert spec.origin is not None, module
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]
