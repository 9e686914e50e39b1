"""The bar GAN: write tunes with it, train it, add its tunes to a corpus, measure it."""

from symgen.gan.augmenting import Augmented, augment_store
from symgen.gan.evaluating import GanEvaluation, evaluate_gan
from symgen.gan.model import SHIPPED_GAN, BarGan, load_gan
from symgen.gan.training import train_gan, train_tutorial
from symgen.gan.tunes import read_tunes, wishes_like
from symgen.gan.writing import Wish

__all__ = [
    "SHIPPED_GAN",
    "Augmented",
    "BarGan",
    "GanEvaluation",
    "Wish",
    "augment_store",
    "evaluate_gan",
    "load_gan",
    "read_tunes",
    "train_gan",
    "train_tutorial",
    "wishes_like",
]
