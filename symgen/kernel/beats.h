/* What a beat may do from one note to the next, as symgen/beats/tracking.py lays it out. */

#ifndef SYMGEN_BEATS_H
#define SYMGEN_BEATS_H

#include "kernel.h"

/* Arrays are (hypotheses, new places, memory * places) where nothing else is said. */
struct beats {
    const double *base, *least, *odds; /* odds: (..., known beats) */
    const double *beat;                /* (hypotheses,) */
    int64_t hypotheses, places, memory, known;
    double drift, onset, extra, worst, far_off, far, shortest, ticks;
};

#endif
