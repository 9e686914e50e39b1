"""Pictures of an evaluation, as PNG: metrics, distances, histograms, classifiers."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from symgen.evaluation.distances import YANG_LERCH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLUMNS", "FEATURES_USED", "LABELS", "SECTIONS", "draw_figures"]

SECTIONS: dict[str, tuple[str, str, str]] = {
    "likelihood": (
        "Likelihood",
        "Exact, under the model. The style is hidden from it and the key is the estimated one, for both sets.",
        "bits",
    ),
    "metrics": ("Metrics", "Means of pieces, over those that have the figure.", "mean"),
    "harmony": (
        "Harmony",
        (
            "Means of pieces, over those that have the figure. The chord of a beat is what sounds as the beat begins. "
            "CTnCTR, PCS, MCTD, CHE, CC and CTD as in Yeh et al. (2021), with the highest line as the melody, and with "
            "the chord symbols of a piece if it has any."
        ),
        "mean",
    ),
    "bands": (
        "Bands",
        (
            "Means of pieces with drums or a bass guitar, by the roles of their parts. Empty bars, pitch classes of "
            "a bar, drum pattern and tonal distance after Dong et al. (2018), MuseGAN."
        ),
        "mean",
    ),
    "playing": (
        "Playing",
        (
            "Means of pieces: MIDI velocities, milliseconds behind the beat, shares of the written length, tempo, the "
            "sustain pedal."
        ),
        "mean",
    ),
    "playing_distances": (
        "Distances between ways of playing",
        (
            "How far the values of one set must be moved, on average, to become those of the other (Wasserstein); "
            "floor: of one half of the reference to the other. People: pianists of POP909, drummers of the Groove MIDI "
            "Dataset."
        ),
        "distance",
    ),
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
    "distance": "generated to reference",
    "distance_floor": "floor",
    "people": "generated to people",
    "people_reference": "reference to people",
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
    "contour_returns": "bars whose contour returns, transposed or not",
    "chord_coverage": "time with a chord that has a name",
    "beats_without_chord": "beats without a known chord",
    "roots_by_fourth": "root changes by a fourth or fifth",
    "chord_changes": "chord changes a beat",
    "chord_changes_bar_lines": "bar lines at which the chord changes",
    "chord_changes_inside_bars": "other beats at which it changes",
    "distinct_chords": "distinct chords in 16 beats",
    "closes_on_tonic_chord": "last chord is that of the tonic",
    "closes_soprano_on_tonic": "last note of the highest voice is the tonic",
    "closes_bass_5_1": "bass goes from the fifth to the tonic at the close",
    "cadence_authentic": "closes with V-I",
    "cadence_plagal": "closes with IV-I",
    "cadence_half": "closes on V",
    "cadence_deceptive": "closes with V-VI",
    "chord_tone_ratio": "melody on tones of the chord, or a step before the next note (CTnCTR)",
    "pitch_consonance": "consonance of melody and chord, -1 to 1 (PCS)",
    "melody_tonal_distance": "tonal distance from melody to chord (MCTD)",
    "chord_entropy": "entropy of the chords, in nats (CHE)",
    "chord_count": "different chords (CC)",
    "chord_tonal_distance": "tonal distance from chord to chord, beat by beat (CTD)",
    **{f"empty_bars_{role}": f"bars in which the {role} rest" for role in ("chords", "drums")},
    **{
        f"empty_bars_{role}": f"bars in which the {role} rests"
        for role in ("melody", "bass", "pad", "riff")
    },
    **{
        f"literal_bars_{role}": f"bars that repeat an earlier one note for note: {role}"
        for role in ("melody", "chords", "bass", "pad", "riff", "drums")
    },
    "pitch_classes_a_bar": "pitch classes of a bar",
    "drum_pattern": "strokes of the drums on a sixteenth",
    "drums_of_the_kit": "different drums",
    "bass_with_kick": "onsets of the bass with the kick",
    "bass_on_chords": "bass on a tone of the chord, on strong beats",
    "bass_distance": "tonal distance from the bass to the chords",
    "melody_clash": "time of the melody a semitone above another part",
    "velocity": "velocity",
    "velocity_deviation": "deviation of the velocity",
    "velocity_levels": "different velocities",
    "level_steps": "change of the velocity from bar to bar",
    "late_deviation": "deviation of the onsets from the beat (ms)",
    "late_memory": "correlation of one onset's lateness with the next",
    "held": "share of the written length that sounds",
    "tempo_deviation": "deviation of the tempo from beat to beat (%)",
    "slowing": "slower at the end (%)",
    "pedal_presses": "presses of the pedal a bar",
    "pedal_down": "time with the pedal down",
    "velocity_drums": "velocity, drums",
    "velocity_pitched": "velocity, pitched notes",
    "late_drums": "milliseconds behind the beat, drums",
    "late_pitched": "milliseconds behind the beat, pitched notes",
    "held_pitched": "share of the written length that sounds",
    "tempo": "tempo beside the usual one (%)",
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


Tables = Mapping[str, Mapping[str, Mapping[str, float]]]
Curves = Mapping[str, Mapping[str, NDArray[Any]]]

# Okabe and Ito (2008): told apart by readers with any color vision.
_COLORS = {"reference": "#0072B2", "generated": "#D55E00", "between": "#009E73", "floor": "#A9B0B7"}
_DPI = 110
_SHARES = (
    "repeated_bars",
    "similarity_1",
    "similarity_2",
    "similarity_4",
    "similarity_8",
    "similarity_16",
    "long_loop",
    "empty_bars",
    "ends_on_tonic",
    "notes_in_key",
    "scale_consistency",
    "groove_consistency",
    "empty_beat_rate",
    "polyphony_rate",
    "copied_share",
)
"""Metrics between 0 and 1, which can share one axis."""
_HISTOGRAMS = {
    "pitch_class": ("semitones above the tonic", 0, 12),
    "interval": ("interval in semitones", -12, 25),
    "duration": ("duration in twelfths of a quarter", 0, 49),
    "place": ("place in the bar in twelfths of a quarter", 0, 49),
}


def draw_figures(tables: Tables, curves: Curves) -> dict[str, bytes]:
    """Draw what an evaluation holds."""
    import matplotlib.style

    with matplotlib.style.context("default"):
        figures = {
            "metrics.png": _metrics(tables),
            "distances.png": _distances(tables, curves),
            "histograms.png": _histograms(curves),
            "classifiers.png": _classifiers(tables),
        }
        return {name: _to_png(figure) for name, figure in figures.items() if figure is not None}


def _new_figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _to_png(figure: Figure) -> bytes:
    data = BytesIO()
    figure.savefig(data, format="png", dpi=_DPI, metadata={"Software": None})
    return data.getvalue()


def _metrics(tables: Tables) -> Figure | None:
    """Means and intervals of both sets, side by side."""
    table = {**tables.get("metrics", {}), **tables.get("copies", {})}
    names = [name for name in _SHARES if name in table]
    if not names:
        return None
    figure = _new_figure(8, 1.2 + 0.34 * len(names))
    axes = figure.subplots()
    for place, name in enumerate(reversed(names)):
        for side, shift in (("reference", 0.13), ("generated", -0.13)):
            _point(axes, table[name], side, place + shift, _COLORS[side])
    axes.set_yticks(
        range(len(names)), [LABELS.get(n, n.replace("_", " ")) for n in reversed(names)]
    )
    axes.set_xlim(-0.02, 1.02)
    axes.grid(axis="x", alpha=0.3)
    _legend(figure, "reference", "generated")
    return figure


def _point(axes: Axes, cells: Mapping[str, float], column: str, height: float, color: str) -> None:
    if column not in cells:
        return
    axes.plot(cells[column], height, "o", color=color, markersize=5)
    if f"{column}_low" in cells:
        interval = [cells[f"{column}_low"], cells[f"{column}_high"]]
        axes.plot(interval, [height, height], "-", color=color)


def _legend(figure: Figure, *names: str) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=_COLORS[name], marker="o", label=name) for name in names]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(names), frameon=False)


def _distances(tables: Tables, curves: Curves) -> Figure | None:
    """Densities of distances, one panel a feature."""
    if not any(name.startswith("distance ") for name in curves):
        return None
    figure = _new_figure(10, 8)
    for axes, name in zip(figure.subplots(3, 3).flat, YANG_LERCH, strict=True):
        found = curves.get(f"distance {name}", {})
        for key, color in (
            ("within_reference", "reference"),
            ("within_generated", "generated"),
            ("between",) * 2,
        ):
            if key in found:
                axes.plot(found["grid"], found[key], color=_COLORS[color], label=key, linewidth=1.4)
        cells = tables.get("distances", {}).get(name, {})
        overlap = f", overlap {cells['overlap']:.2f}" if "overlap" in cells else ""
        axes.set_title(name.replace("_", " ") + overlap, fontsize=9)
        axes.set_yticks([])
        axes.tick_params(labelsize=7)
    _legend(figure, "reference", "generated", "between")
    return figure


def _histograms(curves: Curves) -> Figure | None:
    """Shares of notes, both sets."""
    if not any(name.startswith("histogram ") for name in curves):
        return None
    figure = _new_figure(10, 6)
    for axes, (name, (label, first, count)) in zip(
        figure.subplots(2, 2).flat, _HISTOGRAMS.items(), strict=True
    ):
        found = curves[f"histogram {name}"]
        for side, shift in (("reference", -0.2), ("generated", 0.2)):
            places = [first + i + shift for i in range(count)]
            axes.bar(places, found[side][:count], width=0.4, color=_COLORS[side])
        axes.set_xlabel(label, fontsize=8)
        axes.tick_params(labelsize=7)
    _legend(figure, "reference", "generated")
    return figure


def _classifiers(tables: Tables) -> Figure | None:
    """Areas under the curve, with their floors."""
    table = tables.get("classifiers", {})
    if not table:
        return None
    figure = _new_figure(7, 1.2 + 0.45 * len(table))
    axes = figure.subplots()
    for place, cells in enumerate(reversed(list(table.values()))):
        _point(axes, cells, "auc", place + 0.12, _COLORS["generated"])
        _point(axes, cells, "floor", place - 0.12, _COLORS["floor"])
    axes.axvline(0.5, color="black", linewidth=0.8)
    axes.set_yticks(range(len(table)), [LABELS.get(name, name) for name in reversed(list(table))])
    axes.set_xlim(0.3, 1.02)
    axes.set_xlabel("area under the ROC curve")
    _legend(figure, "generated", "floor")
    return figure
