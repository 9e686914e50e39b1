/* Beats followed through onsets: the step of symgen/beats/tracking.py, number by number.

   States are seven arrays of (hypotheses, old places): score, rhythm, time, quarter, and the variances
   of time, of both and of quarter. Logarithms are left to numpy, whose roundings are its own. */

#include <math.h>

#include "beats.h"

enum { SCORE, RHYTHM, TIME, QUARTER, VAR_TIME, COV, VAR_QUARTER, ARRAYS };

struct way {
    double moved, wild, cov, variance, expected, error;
};

static inline double most(double one, double other)
{
    return one > other ? one : other;
}

/* Whole beats of a way: what the time between the onsets says at the tempo of its state. */
static inline double whole_beats(double ahead, double quarter, double base, double least, double beat)
{
    return most(rint((ahead - base * quarter) / (beat * quarter)), least);
}

/* The tempo takes a random walk: its variance grows with the quarters, that of the time with their
   square and cube. */
static inline struct way predict(
    const struct beats *b, double ahead, double quarter, double moved, double var_time, double cov,
    double var_quarter)
{
    struct way way;
    double drift = b->drift * quarter;
    way.moved = moved;
    way.wild = drift * drift * moved;
    way.variance = 2 * cov + moved * (var_quarter + way.wild / 3);
    way.variance = var_time + moved * way.variance;
    way.cov = cov + moved * (var_quarter + way.wild / 2);
    way.expected = way.variance + b->onset;
    way.error = ahead - moved * quarter;
    return way;
}

static inline double rhythm_odds(const struct beats *b, const double *odds, double beats)
{
    double last = (double)(b->known - 1);
    int64_t known = (int64_t)(beats < last ? beats : last);
    return odds[known] + b->far * most(beats - last, 0.0);
}

/* Write of each way the score without the width of its density, and the variance of its onset. */
WIDE EXPORT void symgen_beats_weigh(
    const struct beats *numbers, const double *restrict state, long old, double onset,
    double *restrict score, double *restrict expected)
{
    const struct beats copy = *numbers, *b = &copy; /* so that it is known not to change */
    long rows = b->hypotheses, wide = b->memory * b->places, size = rows * old;
    for (long row = 0; row < rows; row++) {
        const double *own = state + row * old;
        for (long place = 0; place < b->places; place++) {
            long at = (row * b->places + place) * wide;
            const double *base = b->base + at, *least = b->least + at;
            const double *odds = b->odds + at * b->known;
            double beats[64];
            for (long i = 0; i < old; i++) {
                double ahead = onset - own[TIME * size + i], quarter = own[QUARTER * size + i];
                beats[i] = whole_beats(ahead, quarter, base[i], least[i], b->beat[row]);
                struct way way = predict(
                    b, ahead, quarter, base[i] + beats[i] * b->beat[row], own[VAR_TIME * size + i],
                    own[COV * size + i], own[VAR_QUARTER * size + i]);
                expected[i] = way.expected;
                score[i] = most(-0.5 * (way.error * way.error) / way.expected, b->worst);
            }
            for (long i = 0; i < old; i++)
                score[i] = own[i] + rhythm_odds(b, odds + i * b->known, beats[i]) + score[i];
            score += old, expected += old;
        }
    }
}

/* Keep the best way to each place; `logs` are of the variances times a circle. New states stand before
   the old ones, of which the oldest are forgotten beyond `kept`. */
EXPORT void symgen_beats_move(
    const struct beats *b, const double *state, long old, double onset, const double *score,
    const double *logs, double *next, long kept, int16_t *came, int32_t *ticks)
{
    long rows = b->hypotheses, places = b->places, wide = b->memory * places;
    long size = rows * old, wider = rows * kept;
    for (long row = 0; row < rows; row++) {
        const double *own = state + row * old;
        double *new = next + row * kept;
        for (long place = 0; place < places; place++, score += old, logs += old) {
            long from = 0, at = (row * places + place) * wide;
            double best = score[0] - 0.5 * logs[0];
            for (long i = 1; i < old; i++) {
                double now = score[i] - 0.5 * logs[i];
                if (now > best)
                    best = now, from = i;
            }
            const double *past = own + from;
            double ahead = onset - past[TIME * size], quarter = past[QUARTER * size];
            double base = b->base[at + from], beat = b->beat[row];
            double beats = whole_beats(ahead, quarter, base, b->least[at + from], beat);
            struct way way = predict(
                b, ahead, quarter, base + beats * beat, past[VAR_TIME * size], past[COV * size],
                past[VAR_QUARTER * size]);
            double limit = b->far_off * sqrt(way.expected), error = way.error;
            error = error < -limit ? -limit : error > limit ? limit : error;
            double gain = way.cov / way.expected, left = 1 - way.variance / way.expected;
            double rhythm = rhythm_odds(b, b->odds + (at + from) * b->known, beats);
            new[place] = best;
            new[RHYTHM * wider + place] = past[RHYTHM * size] + rhythm;
            new[TIME * wider + place] = past[TIME * size] + way.moved * quarter
                + way.variance / way.expected * error;
            new[QUARTER * wider + place] = most(quarter + gain * error, b->shortest);
            new[VAR_TIME * wider + place] = way.variance * left;
            new[COV * wider + place] = way.cov * left;
            new[VAR_QUARTER * wider + place] = past[VAR_QUARTER * size] + way.wild - gain * way.cov;
            *came++ = (int16_t)from;
            *ticks++ = (int32_t)rint(way.moved * b->ticks);
        }
        for (long array = 0; array < ARRAYS; array++)
            for (long i = places; i < kept; i++)
                new[array * wider + i] = own[array * size + i - places] + (array == SCORE ? b->extra : 0.0);
    }
}

/* Read the path of each hypothesis from its end: ticks of its notes from 0 on, `none` of those that it
   jumps over, and the place where it begins. */
EXPORT void symgen_beats_trace(
    const int16_t *came, const int32_t *ticks, long steps, long rows, long places, const int64_t *ends,
    int64_t none, int64_t *out, int64_t *begins)
{
    for (long row = 0; row < rows; row++, out += steps + 1) {
        /* A state is a note so many back and a place. */
        long note = steps - ends[row] / places, place = ends[row] % places;
        int64_t moved = 0;
        for (long i = 0; i <= steps; i++)
            out[i] = none;
        out[note] = 0;
        while (note > 0) {
            long at = ((note - 1) * rows + row) * places + place;
            moved += ticks[at];
            note -= 1 + came[at] / places;
            place = came[at] % places;
            out[note] = -moved;
        }
        begins[row] = place;
        for (long i = 0; i <= steps; i++)
            if (out[i] != none)
                out[i] += moved;
    }
}
