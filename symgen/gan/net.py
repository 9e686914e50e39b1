"""The bar GAN in torch: a generator of transposed 1-D convolutions, and a discriminator of 1-D convolutions.

Both see the bars 1, 4 and 8 back, as in MidiNet (Yang, Chou and Yang 2017), and the key, the meter and the place in
the tune. Time is the axis of the convolutions, symbols are channels.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the usual name

from symgen.gan.checkpoint import BEATS, CONDITIONS, GanConfig
from symgen.gan.inference import LOGIT_SCALE, kernel_of, pitch_basis
from symgen.gan.steps import PITCHES, STEP_METERS, SYMBOLS

__all__ = ["BarDiscriminator", "BarGenerator", "interval_view", "straight_through"]

_SLOPE = 0.2
_PLACE, _QUARTER = 16, 32
_KERNELS, _KERNEL_WIDTH = 16, 8
_WIDEST = 12
_PERIOD = 2 * PITCHES


def straight_through(logits: Tensor, noise: float = 0.0) -> tuple[Tensor, Tensor]:
    """Choose one symbol a step, the likeliest or with Gumbel noise of this scale.

    Parameters
    ----------
    logits : Tensor, shape (batch, SYMBOLS, steps)

    Returns
    -------
    chosen : Tensor, shape (batch, SYMBOLS, steps)
        One-hot.
    symbols : Tensor of int64, shape (batch, steps)
    """
    if noise:
        uniform = torch.rand_like(logits).clamp(1e-9, 1 - 1e-6)
        logits = logits - noise * torch.log(-torch.log(uniform))
    soft = torch.softmax(logits, dim=1)
    symbols = soft.argmax(dim=1)
    hard = F.one_hot(symbols, SYMBOLS).to(soft.dtype).transpose(1, 2)
    # A choice has no gradient. The discriminator is to see choices, as real bars are made of them, so
    # it gets the choice, and the generator the gradient as if the probabilities had been handed on:
    # Bengio, Leonard and Courville (2013); with Gumbel noise, Jang, Gu and Poole (2017).
    return hard + soft - soft.detach(), symbols


def _leaky(x: Tensor) -> Tensor:
    return F.leaky_relu(x, _SLOPE)


class _Modulated(nn.Module):
    """A residual 1-D convolution whose input is normed, then scaled and shifted by the latent (Perez et al. 2018)."""

    def __init__(self, channels: int, mapping: int, kernel: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.film = nn.Linear(mapping, 2 * channels)
        self.conv = nn.Conv1d(channels, channels, kernel, padding=kernel // 2)
        with torch.no_grad():
            self.film.weight.mul_(0.5)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.film(style)[:, :, None].chunk(2, dim=1)
        turned = self.norm(x) * (1 + scale) + shift
        out: Tensor = x + self.conv(_leaky(turned))
        return out


class BarGenerator(nn.Module):
    """Writes a bar out of random numbers, given the bars before it."""

    basis: Tensor

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        self.config = config
        width, half, mapping = config.width, config.width // 2, config.mapping
        latents = config.tune_latent + config.bar_latent
        self.mapping = nn.Sequential(
            nn.Linear(latents + CONDITIONS, 2 * mapping),
            nn.LeakyReLU(_SLOPE),
            nn.Linear(2 * mapping, mapping),
            nn.LeakyReLU(_SLOPE),
        )
        self.step_place = nn.Embedding(len(STEP_METERS) * BEATS * config.grid, _PLACE)
        self.quarter_place = nn.Embedding(len(STEP_METERS) * BEATS, _QUARTER)
        self.read = nn.Conv1d(config.context + _PLACE, half, 3, padding=1)
        self.downs = nn.ModuleList(
            nn.Conv1d(half, half, kernel_of(f), f, padding=1) for f in reversed(config.factors)
        )
        self.start = nn.Conv1d(half + _QUARTER, 2 * width, 1)
        self.seed = nn.Linear(mapping, 2 * width * BEATS)
        self.first = _Modulated(2 * width, mapping, 3)
        self.ups = nn.ModuleList()
        before = 2 * width
        for f in config.factors:
            self.ups.append(nn.ConvTranspose1d(before + half, width, kernel_of(f), f, padding=1))
            before = width
        self.blocks = nn.ModuleList(_Modulated(width, mapping, 3) for _ in config.factors[:-1])
        self.merge = nn.Conv1d(width + half, width, 1)
        self.last = _Modulated(width, mapping, 5)
        self.register_buffer("basis", torch.from_numpy(pitch_basis()), persistent=False)
        self.out = nn.Conv1d(width, len(self.basis) + SYMBOLS - PITCHES, 3, padding=1)

    def forward(
        self, context: Tensor, condition: Tensor, meter: Tensor, tune: Tensor, bar: Tensor
    ) -> Tensor:
        """Give logits of the symbols, of mean 0 and deviation `LOGIT_SCALE` over them, shape (batch, SYMBOLS, steps).

        Parameters
        ----------
        context : Tensor, shape (batch, 3 * SYMBOLS, steps)
            The bars 1, 4 and 8 back, one-hot.
        condition : Tensor, shape (batch, CONDITIONS)
        meter : Tensor of int64, shape (batch,)
        tune, bar : Tensor, shapes (batch, tune_latent) and (batch, bar_latent)
            Normal random numbers.
        """
        steps = context.shape[2]
        quarters = steps // self.config.grid
        style = self.mapping(torch.cat([tune, bar, condition], dim=1))

        places = self._places(self.step_place, meter, steps)
        levels = [_leaky(self.read(torch.cat([context, places], dim=1)))]
        for down in self.downs:
            levels.append(_leaky(down(levels[-1])))

        places = self._places(self.quarter_place, meter, quarters)
        start = self.start(torch.cat([levels[-1], places], dim=1))
        seed = self.seed(style).view(len(condition), -1, BEATS)
        x = self.first(start + seed[:, :, :quarters], style)
        for number, up in enumerate(self.ups):
            # As in a U-net: what was read at this resolution comes back when it is written at it.
            x = up(torch.cat([x, levels[-1 - number]], dim=1))
            if number < len(self.blocks):
                x = self.blocks[number](x, style)
        x = self.merge(torch.cat([x, levels[0]], dim=1))
        return self._symbols(_leaky(self.last(x, style)))

    def _symbols(self, x: Tensor) -> Tensor:
        out = self.out(x).float()
        rest = SYMBOLS - PITCHES
        pitches = torch.matmul(self.basis.t(), out[:, rest:])
        logits = torch.cat([pitches, out[:, :rest]], dim=1)
        logits = logits - logits.mean(dim=1, keepdim=True)
        variance = logits.square().mean(dim=1, keepdim=True)
        return LOGIT_SCALE * logits / (variance + 0.01).sqrt()

    @staticmethod
    def _places(table: nn.Embedding, meter: Tensor, count: int) -> Tensor:
        """Embed the places in bars, shape (batch, channels, count)."""
        longest = table.num_embeddings // len(STEP_METERS)
        steps = torch.arange(count, device=meter.device)
        found: Tensor = table(meter[:, None] * longest + steps)
        return found.transpose(1, 2)


def _fourier() -> tuple[Tensor, Tensor]:
    """Transform one-hot pitches, and back from products to intervals; shapes (74, 36) and (74, 25)."""
    # Which interval lies between two one-hot pitches is a correlation, and that is a product of
    # spectra: so the intervals of a whole bar cost two matrix products, and have gradients. The period
    # is twice the range, so that intervals up and down do not fall on one another.
    count = _PERIOD // 2 + 1
    order = torch.arange(count)[:, None]
    angle = 2 * math.pi * order * torch.arange(PITCHES) / _PERIOD
    back = 2 * math.pi * order * torch.arange(-_WIDEST, _WIDEST + 1) / _PERIOD
    weight = torch.full((count, 1), 2.0 / _PERIOD)
    weight[0] = weight[-1] = 1.0 / _PERIOD
    there = torch.cat([torch.cos(angle), torch.sin(angle)])
    return there, torch.cat([weight * torch.cos(back), weight * torch.sin(back)])


def _pitch_before(onsets: Tensor) -> Tensor:
    """Give the pitch struck last before each step; shapes (batch, 36, steps)."""
    # The span looked back doubles each time: two bars of 48 steps take seven rounds.
    keep, pitch = 1 - onsets.sum(dim=1, keepdim=True), onsets
    span, steps = 1, onsets.shape[2]
    while span < steps:
        early, late = pitch[:, :, :span], pitch[:, :, span:]
        late = late + keep[:, :, span:] * pitch[:, :, :-span]
        pitch = torch.cat([early, late], dim=2)
        early, late = keep[:, :, :span], keep[:, :, span:] * keep[:, :, :-span]
        keep = torch.cat([early, late], dim=2)
        span *= 2
    return F.pad(pitch[:, :, :-1], (1, 0))


def interval_view(symbols: Tensor, there: Tensor, back: Tensor) -> Tensor:
    """Give the interval of each onset from the note before it, shape (batch, 26, steps).

    One-hot: 12 semitones down to 12 up, and wider ones together; zero where no note begins, or none came before.

    Parameters
    ----------
    symbols : Tensor, shape (batch, SYMBOLS, steps)
        One-hot, or mixtures: the result has gradients in them.
    there, back : Tensor
        The transforms, shapes (74, 36) and (74, 25).
    """
    onsets = symbols[:, :PITCHES]
    before = _pitch_before(onsets)
    now_re, now_im = torch.matmul(there, onsets).chunk(2, dim=1)
    old_re, old_im = torch.matmul(there, before).chunk(2, dim=1)
    real = now_re * old_re + now_im * old_im
    imaginary = now_im * old_re - now_re * old_im
    found = torch.matmul(back.t(), torch.cat([real, imaginary], dim=1))
    wide = onsets.sum(dim=1) * before.sum(dim=1) - found.sum(dim=1)
    return torch.cat([found, wide[:, None]], dim=1)


class BarDiscriminator(nn.Module):
    """Tells real bars from made ones, each with the bars before it."""

    there: Tensor
    back: Tensor

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        self.config = config
        width, stride = config.critic_width, config.grid // 2
        # Bars, the bar four back, places, which half; intervals, wide ones, and three repetitions.
        channels = 2 * SYMBOLS + _PLACE + 2
        if config.interval_view:
            channels += 2 * _WIDEST + 2 + 3
        self.step_place = nn.Embedding(len(STEP_METERS) * BEATS * config.grid, _PLACE)
        self.read = nn.Conv1d(channels, width, 3 * stride, stride, stride)
        self.near = nn.Conv1d(width, width, 3, padding=1)
        self.down = nn.Conv1d(width, 2 * width, 4, 2, 1)
        self.far = nn.Conv1d(2 * width, 2 * width, 3, padding=1)
        pooled = 8 * width
        self.kernels = None
        if config.batch_view:
            self.kernels = nn.Linear(pooled, _KERNELS * _KERNEL_WIDTH, bias=False)
        self.dense = nn.Linear(pooled + _KERNELS * config.batch_view, 2 * width)
        self.told = nn.Linear(CONDITIONS, 2 * width)  # this name stands in the states of old runs
        self.score = nn.Linear(2 * width, 1)
        there, back = _fourier()
        self.register_buffer("there", there, persistent=False)
        self.register_buffer("back", back, persistent=False)

    def forward(
        self, context: Tensor, bar: Tensor, condition: Tensor, meter: Tensor, groups: int = 1
    ) -> Tensor:
        """Score bars: above 0 for real ones, shape (batch,).

        Parameters
        ----------
        context : Tensor, shape (batch, 3 * SYMBOLS, steps)
            The bars 1, 4 and 8 back, one-hot.
        bar : Tensor, shape (batch, SYMBOLS, steps)
        condition : Tensor, shape (batch, CONDITIONS)
        meter : Tensor of int64, shape (batch,)
        groups : int
            Equal parts of the batch that are compared within themselves alone.
        """
        x = _leaky(self.read(self._view(context, bar, meter)))
        x = x + _leaky(self.near(x))
        x = _leaky(self.down(x))
        x = x + _leaky(self.far(x))
        before, now = x.chunk(2, dim=2)
        pools = [before.mean(2), before.amax(2), now.mean(2), now.amax(2)]
        pooled = torch.cat(pools, dim=1).float()
        if self.kernels is not None:
            company = self._company(self.kernels(pooled), groups)
            pooled = torch.cat([pooled, company], dim=1)
        dense = _leaky(self.dense(pooled))
        # How well the bar fits its conditions is a product, so that it counts beside how real it is
        # (projection discriminator, Miyato and Koyama 2018).
        fit = (dense * self.told(condition)).sum(dim=1) / math.sqrt(dense.shape[1])
        score: Tensor = self.score(dense)[:, 0] + fit
        return score.float()

    def _view(self, context: Tensor, bar: Tensor, meter: Tensor) -> Tensor:
        """Lay the bar before and this one along time, with places, the bar four back, intervals and repetition."""
        steps = bar.shape[2]
        before, four, eight = context.chunk(3, dim=1)
        line = torch.cat([before, bar], dim=2)
        longest = self.step_place.num_embeddings // len(STEP_METERS)
        steps_of_bar = torch.arange(steps, device=bar.device)
        place = self.step_place(meter[:, None] * longest + steps_of_bar).transpose(1, 2)
        half = bar.new_zeros(2, 2 * steps)
        half[0, :steps] = half[1, steps:] = 1.0
        parts = [
            line,
            torch.cat([place, place], dim=2),
            half.expand(len(bar), -1, -1),
            F.pad(four, (steps, 0)),
        ]
        if self.config.interval_view:
            # What is repeated is given as such: no convolution reaches from a bar to an earlier one.
            repeats = [(bar * other).sum(dim=1) for other in (before, four, eight)]
            same = torch.stack(repeats, dim=1)
            parts.append(interval_view(line, self.there, self.back))
            parts.append(F.pad(same, (steps, 0)))
        return torch.cat(parts, dim=1)

    @staticmethod
    def _company(kernels: Tensor, groups: int) -> Tensor:
        """Say how near the other bars of the batch are."""
        # A generator that always writes one bar is caught by this, however good the bar is
        # (minibatch discrimination, Salimans et al. 2016).
        rows = kernels.view(groups, -1, _KERNELS, _KERNEL_WIDTH)
        apart = (rows[:, :, None] - rows[:, None]).abs().sum(dim=4)
        return torch.exp(-apart).mean(dim=2).flatten(0, 1)
