"""Who sings: ranges, vowels, syllables and habits, drawn widely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["CONSONANTS", "VOWELS", "Consonant", "Singer", "draw_singer"]

VOWELS: dict[str, tuple[float, float, float, float]] = {
    "a": (720, 1180, 2600, 3500), "o": (470, 830, 2550, 3400), "u": (320, 780, 2350, 3300),
    "i": (290, 2250, 2950, 3600), "e": (520, 1850, 2550, 3500), "y": (300, 1900, 2300, 3300),
    "uh": (560, 1280, 2500, 3450), "ae": (690, 1680, 2450, 3450), "ih": (400, 1980, 2550, 3500),
    "m": (260, 1050, 2200, 3100), "n": (280, 1450, 2400, 3200),
}  # fmt: skip
"""Formants of a man in hertz."""


@dataclass(frozen=True, slots=True)
class Consonant:
    """What stands before a vowel."""

    # Formants at its end, in hertz for a man.
    shape: tuple[float, float, float, float]
    # Voicing while it lasts, in decibels against the vowel; -60 for none.
    level: float
    # How far the mouth is closed, 0..1.
    closure: float
    # Shortest and longest.
    seconds: tuple[float, float]
    # Its noise, a key of `throat.HISSES`; empty for none.
    hiss: str = ""
    # Whether the noise is a short one at the end.
    bursts: bool = False


CONSONANTS: dict[str, Consonant] = {
    "m": Consonant((270, 1000, 2200, 3100), -7.0, 0.9, (0.04, 0.12)),
    "n": Consonant((280, 1600, 2500, 3300), -7.0, 0.9, (0.04, 0.12)),
    "l": Consonant((340, 1150, 2700, 3400), -5.0, 0.35, (0.035, 0.09)),
    "r": Consonant((380, 1200, 1700, 3200), -5.0, 0.3, (0.03, 0.08)),
    "w": Consonant((300, 650, 2300, 3300), -5.0, 0.3, (0.035, 0.09)),
    "j": Consonant((270, 2250, 3000, 3600), -4.0, 0.2, (0.035, 0.09)),
    "b": Consonant((250, 850, 2200, 3300), -18.0, 1.3, (0.03, 0.08), "p", bursts=True),
    "d": Consonant((250, 1700, 2650, 3500), -18.0, 1.3, (0.03, 0.08), "t", bursts=True),
    "g": Consonant((250, 2000, 2300, 3400), -18.0, 1.3, (0.03, 0.08), "k", bursts=True),
    "v": Consonant((280, 1100, 2300, 3300), -10.0, 0.8, (0.04, 0.1), "f"),
    "z": Consonant((280, 1700, 2600, 3400), -12.0, 0.9, (0.05, 0.11), "s"),
    "p": Consonant((350, 850, 2200, 3300), -60.0, 0.5, (0.05, 0.12), "p", bursts=True),
    "t": Consonant((350, 1700, 2650, 3500), -60.0, 0.5, (0.05, 0.12), "t", bursts=True),
    "k": Consonant((350, 1900, 2300, 3400), -60.0, 0.5, (0.05, 0.12), "k", bursts=True),
    "s": Consonant((350, 1700, 2600, 3400), -60.0, 0.5, (0.06, 0.17), "s"),
    "sh": Consonant((350, 1900, 2500, 3400), -60.0, 0.5, (0.06, 0.16), "sh"),
    "f": Consonant((350, 1000, 2300, 3300), -60.0, 0.5, (0.06, 0.15), "f"),
    "h": Consonant((550, 1300, 2500, 3400), -60.0, 0.0, (0.03, 0.1), "h"),
}

_STYLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "lyrics": (tuple(CONSONANTS), ("a", "o", "u", "i", "e", "uh", "ae", "ih", "y")),
    "la": (("l",), ("a", "ae")),
    "na": (("n",), ("a", "ae")),
    "mixed": (("l", "n", "d", "m"), ("a", "i", "o", "u")),
    "da": (("d",), ("a", "uh")),
    "du": (("d", "b"), ("u", "o", "uh", "a")),
    "ta": (("t", "p", "d"), ("a", "i", "uh")),
    "vowel": (("", "h"), ("a", "o", "u", "i", "e", "uh")),
    "hum": (("", "h"), ("m", "n")),
    "mhm": (("m", "n"), ("m", "n", "u")),
}
_SHARES = (0.4, 0.1, 0.08, 0.06, 0.06, 0.05, 0.04, 0.09, 0.08, 0.04)
_KINDS = {
    # lowest, highest pitch, length of the tract against a man's, its spread
    "man": (42, 66, 1.0, 0.05),
    "woman": (53, 77, 1.16, 0.05),
    "child": (57, 80, 1.3, 0.07),
}


@dataclass(frozen=True, slots=True)
class Singer:
    """A singer and how this one sings."""

    # ``"man"``, ``"woman"`` or ``"child"``.
    kind: str
    # What is sung, ``"lyrics"``, ``"la"``, ``"hum"`` or syllables
    style: str
    # Lowest and highest pitch.
    span: tuple[int, int]
    # Factor on all formants.
    scale: float
    # Factors on single formants.
    color: tuple[float, float, float, float]
    # Factor on the widths of the formants.
    damping: float
    # What syllables are made of; an empty consonant is none.
    consonants: tuple[str, ...]
    vowels: tuple[str, ...]
    # Whether some syllables close with an m or n.
    codas: bool
    # Probability that a note is reached without a consonant.
    slur: float
    # Brightness, 0..1.
    press: float
    # Level of the air against the voice.
    breath: float
    # Shortest and longest way from note to note in seconds.
    glide: tuple[float, float]
    # How often a note begins too low, and the mean depth in cents.
    scoop: tuple[float, float]
    # Depth in cents, swings a second, seconds until it sets in.
    vibrato: tuple[float, float, float]
    # Spread of single notes in cents.
    errors: float
    # Spread of the slow drift within notes in cents.
    wander: float
    # Spread of the fast unsteadiness in cents.
    shake: float
    # Spread, per note, of the way the whole tuning goes, in cents.
    stray: float
    # Level of breath intakes, 0 for none.
    intake: float


def draw_singer(rng: np.random.Generator) -> Singer:
    """Draw a singer."""
    kind = str(rng.choice(list(_KINDS), p=[0.42, 0.36, 0.22]))
    low, high, scale, spread = _KINDS[kind]
    shift = int(rng.integers(-3, 4))
    style = str(rng.choice(list(_STYLES), p=_SHARES))
    consonants, vowels = _STYLES[style]
    if style in ("vowel", "hum") or (style == "mixed" and rng.random() < 0.5):
        vowels = tuple(rng.choice(vowels, size=int(rng.integers(1, 3))))
    glide = rng.uniform(0.025, 0.075)
    has_vibrato = rng.random() < 0.5
    humming = style in ("hum", "mhm")
    return Singer(
        kind=kind,
        style=style,
        span=(low + shift, high + shift),
        scale=float(scale * np.exp(rng.normal(0, spread))),
        color=tuple(np.exp(rng.normal(0, 0.06, 4)).tolist()),
        damping=float(np.exp(rng.normal(0.15, 0.35))),
        consonants=consonants,
        vowels=vowels,
        codas=style in ("lyrics", "da", "du", "ta"),
        slur=float(rng.choice([0.02, 0.15, 0.35, 0.8], p=[0.35, 0.35, 0.2, 0.1])),
        press=float(rng.beta(1.3, 2.0) * (0.5 if humming else 1.0)),
        breath=float(10 ** (rng.uniform(-2.8, -1.0))),
        glide=(float(glide), float(glide + rng.uniform(0.01, 0.09))),
        scoop=(
            float(rng.uniform(0.0, 0.8)),
            float(rng.choice([20.0, 60.0, 120.0, 200.0], p=[0.3, 0.3, 0.25, 0.15])),
        ),
        vibrato=(
            float(rng.gamma(2.0, 18.0)) if has_vibrato else float(rng.uniform(0, 6)),
            float(rng.uniform(4.3, 7.2)),
            float(rng.uniform(0.0, 0.45)),
        ),
        errors=float(rng.gamma(3.0, 6.0)),
        wander=float(rng.gamma(2.5, 7.0)),
        shake=float(rng.uniform(1.5, 9.0)),
        stray=float(rng.choice([0.0, 2.0, 6.0], p=[0.5, 0.35, 0.15])),
        intake=float(10 ** rng.uniform(-2.0, -0.9) if rng.random() < 0.6 else 0.0),
    )
