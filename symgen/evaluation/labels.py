"""What tables, rows and columns of an evaluation are called for readers."""

from __future__ import annotations

__all__ = ["COLUMNS", "FEATURES_USED", "LABELS", "SECTIONS"]

SECTIONS: dict[str, tuple[str, str, str]] = {
    "likelihood": (
        "Likelihood",
        "Exact, under the model. The style is hidden from it and the key is the estimated one, for both sets.",
        "bits",
    ),
    "metrics": ("Metrics", "Means of pieces, over those that have the figure.", "mean"),
    "distances": (
        "Distances between pieces",
        (
            "Mean Euclidean distances within the sets and between them. Overlap (1: alike) and KL divergence (nats, "
            "0: alike) of the densities of the distances within one set (ref., gen.) and between the sets; floor: "
            "within one half of the reference and between its halves."
        ),
        "feature",
    ),
    "divergences": (
        "Histograms of notes",
        (
            "KL divergence of the generated notes from those of the reference, in bits; floor: of one half of the "
            "reference from the other."
        ),
        "histogram",
    ),
    "classifiers": (
        "Real or sampled?",
        (
            "Area under the ROC curve of classifiers that tell held-out generated pieces from real ones: 0.5 is "
            "chance. Floor: real pieces from real pieces."
        ),
        "AUC",
    ),
    "copies": (
        "Copies",
        "Of the training part of the reference, whatever the transposition. The reference column is the floor.",
        "copies",
    ),
    "keys": ("Keys", "Shares of pieces by estimated mode.", "mode"),
}
"""Table -> its title, what it shows, the head of its first column."""

FEATURES_USED = {
    "melody": "Features: of the melody.",
    "voices": "Features: of all voices and how they go together.",
}
"""What the classifiers see of a piece, by kind of features."""

COLUMNS = {
    "reference": "reference",
    "generated": "generated",
    "within_reference": "within reference",
    "within_generated": "within generated",
    "between": "between",
    "overlap": "overlap, ref.",
    "overlap_generated": "overlap, gen.",
    "overlap_floor": "overlap, floor",
    "kl": "KL",
    "kl_generated": "KL, gen.",
    "kl_floor": "KL, floor",
    "auc": "generated",
    "floor": "floor",
}
"""Columns in the order in which they stand."""

LABELS = {
    "bits_per_note": "per note",
    "bits_per_16th": "per 16th",
    "notes_per_bar": "notes per bar",
    "repeated_bars": "bars that repeat an earlier bar",
    "similarity_1": "bars equal to the bar before",
    "similarity_2": "bars equal to that 2 before",
    "similarity_4": "bars equal to that 4 before",
    "similarity_8": "bars equal to that 8 before",
    "similarity_16": "bars equal to that 16 before",
    "loop_bars": "longest literal loop (bars)",
    "long_loop": "pieces with a literal loop of 8 bars or more",
    "empty_bars": "empty bars",
    "ends_on_tonic": "last note is the tonic",
    "notes_in_key": "notes in the key",
    "pitch_class_entropy": "pitch-class entropy (bits)",
    "pitch_range": "pitch range (semitones)",
    "polyphony": "polyphony (pitches at once)",
    "polyphony_rate": "polyphony rate (3 or more pitches)",
    "sounding_2": "sounding time with 2 pitches",
    "sounding_3": "sounding time with 3 pitches",
    "sounding_4": "sounding time with 4 or more pitches",
    "interval_class_0": "pairs in unison or octave",
    "interval_class_1": "pairs in minor 2nd, major 7th",
    "interval_class_2": "pairs in major 2nd, minor 7th",
    "interval_class_3": "pairs in minor 3rd, major 6th",
    "interval_class_4": "pairs in major 3rd, minor 6th",
    "interval_class_5": "pairs in 4th, 5th",
    "interval_class_6": "pairs in tritone",
    "parallel_fifths": "parallel fifths a bar",
    "parallel_octaves": "parallel octaves a bar",
    "voice_crossings": "time with crossed voices",
    "average_ioi": "average inter-onset interval (quarters)",
    "average_pitch_interval": "average pitch interval (semitones)",
    "copied_share": "12-note runs found in the training part",
    "longest_match": "longest match (notes)",
    "kl_pitch_class": "pitch class above the tonic",
    "kl_interval": "interval",
    "kl_duration": "duration",
    "kl_place": "place in the bar",
    "logistic": "logistic regression on features",
    "forest": "random forest on features",
    "gru": "GRU on notes",
}
"""Rows whose name with spaces would not do."""
