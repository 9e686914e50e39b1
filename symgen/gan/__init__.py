"""The bar GAN: write tunes with it, train it, add its tunes to a corpus, measure it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.system.lazy import lazy_names

if TYPE_CHECKING:
    from symgen.gan.augmenting import Augmented as Augmented
    from symgen.gan.augmenting import augment_store as augment_store
    from symgen.gan.evaluating import GanEvaluation as GanEvaluation
    from symgen.gan.evaluating import evaluate_gan as evaluate_gan
    from symgen.gan.model import SHIPPED_GAN as SHIPPED_GAN
    from symgen.gan.model import BarGan as BarGan
    from symgen.gan.model import load_gan as load_gan
    from symgen.gan.training import train_gan as train_gan
    from symgen.gan.tunes import read_tunes as read_tunes
    from symgen.gan.tunes import requests_like as requests_like
    from symgen.gan.writing import Request as Request
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "augmenting": "Augmented augment_store",
            "evaluating": "GanEvaluation evaluate_gan",
            "model": "SHIPPED_GAN BarGan load_gan",
            "training": "train_gan",
            "tunes": "read_tunes requests_like",
            "writing": "Request",
        },
    )
