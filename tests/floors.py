"""Which room stands on which floor: imports point down, see `test_house.py`."""

from __future__ import annotations

__all__ = ["FLOORS", "INNER_FLOORS"]

FLOORS = {
    "kernel": 0, "system": 0,
    "music": 1,
    "beats": 2, "midi": 2, "plots": 2, "tokens": 2,
    "audio": 3, "formats": 3, "nets": 3,
    "corpus": 4, "editing": 4, "sampling": 4, "sheets": 4, "transcriber": 4, "verification": 4,
    "analysis": 5, "copies": 5, "training": 5,
    "evaluation": 6,
    "writing": 7,
    "gan": 8, "pages": 8,
    "runs": 9,
    "trainer": 10,
    "cli": 11,
    "__init__": 12, "__main__": 12,
}  # fmt: skip
"""Imports point down. Rooms on one floor do not know each other."""

INNER_FLOORS = {
    "beats": (
        ("strokes", "tables"),
        ("rhythm",),
        ("evidence", "tracking"),
        ("reading",),
        ("grid",),
        ("placing",),
        ("lattice",),
        ("pulse",),
    ),
    "corpus": (
        ("find", "labels", "manner", "pickup", "spill", "torch_windows"),
        ("candidate", "notating", "store"),
        ("dealing", "dedupe", "label_table", "label_values", "load", "packed", "windows"),
        ("exchange", "heldout", "options"),
        ("clean", "labelling", "split"),
        ("prepare",),
        ("parts", "sharing"),
        ("corpus_worker", "joining"),
        ("build",),
    ),
    "formats": (
        ("kinds", "limits", "measures", "tunes", "values", "worker_pool"),
        ("abc", "kern", "musicxml", "parcels", "scan"),
        ("losses", "midi"),
        ("interop", "notation"),
        ("exchange", "music21_streams", "packs", "reader_worker"),
        ("miditok_tokens", "muspy_json"),
        ("datasets",),
    ),
    "formats.musicxml": (
        ("container", "drums", "tree"),
        ("document",),
        ("harmony",),
        ("reading",),
        ("engraving", "marks", "to_score", "transposing"),
        ("measure_plan", "staff"),
        ("append", "measure_writing", "tempo_marks"),
        ("writing",),
    ),
    "midi": (
        ("event_tables", "text"),
        ("events",),
        ("channels", "keys"),
        ("edits", "notes"),
        ("parts",),
        ("excerpt", "layout", "transposing"),
        ("weave",),
        ("joining",),
    ),
    "music": (
        ("changes", "chord_symbols", "instruments", "meter", "sources", "theory"),
        ("actions", "constraints", "note_tables"),
        ("control_words", "score"),
        ("control_table", "lines", "performed", "tempo"),
        ("control_schema",),
        ("controls", "keys"),
        ("chords",),
    ),
    "pages": (("facts", "sound"), ("notebook", "takes"), ("run",)),
    "nets": (
        (
            "card",
            "columns",
            "numpy_layers",
            "products",
        ),
        (
            "network",
            "recurrence",
        ),
        ("checkpoint",),
        ("pretrained",),
        ("hub",),
        (
            "inputs",
            "models",
        ),
        (
            "event",
            "state",
        ),
        (
            "batches",
            "compiled",
            "pretrained_net",
        ),
        ("inference",),
        ("session",),
    ),
    "plots": (
        ("colors", "staves"),
        ("curves", "drawing", "notes"),
        ("grid", "images", "svg"),
        ("legend",),
        ("rolls",),
    ),
    "sampling": (
        (
            "bits",
            "expression",
            "filters",
            "moments",
            "planning",
            "seeds",
            "swing",
            "together",
            "watches",
        ),
        (
            "endings",
            "guides",
            "inference",
            "limits",
            "unclicked",
        ),
        (
            "assembly",
            "keeping",
        ),
        (
            "continuation",
            "forcing",
        ),
        ("events",),
        (
            "particles",
            "sampler",
        ),
    ),
    "tokens": (
        ("vocabulary",),
        ("events", "layout", "voices"),
        ("form", "polyphony", "statistics"),
        ("codec", "compiled_features", "followed", "heading", "prefix"),
        ("features", "flat", "plain_features"),
        ("stepping", "tokenizer"),
    ),
    "training": (
        ("machine", "run", "tensors", "traits"),
        ("loggers",),
        ("fit", "options"),
        ("distributed",),
        ("tasks",),
        ("shares", "starting"),
        ("planning",),
        ("objective",),
        ("language",),
    ),
    "writing": (
        (
            "copying",
            "rewritten",
            "takes",
        ),
        (
            "choosing",
            "composing",
            "reporting",
        ),
        ("generator",),
        (
            "request",
            "tunes",
        ),
        (
            "harmonizing",
            "infilling",
            "varying",
        ),
        ("verbs",),
        (
            "awaiting",
            "tasks",
        ),
        (
            "packing",
            "piping",
            "streaming",
        ),
        ("model",),
        (
            "pack_worker",
            "pipe_worker",
        ),
    ),
}
"""Floors inside large rooms, the lowest first."""
