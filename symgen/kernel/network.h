/* The event network as it lies in memory; `symgen/nets/compiled.py` has the same structures. */

#ifndef SYMGEN_NETWORK_H
#define SYMGEN_NETWORK_H

#include "features.h"
#include "kernel.h"

/* Kinds of columns, in the order of `COLUMN_KINDS`. */
enum kind {
    LAST, CONDITION, NOW, FEATURE, AGAINST, DEGREE, UNDER, OCTAVES, OWN, INSIDE, TONE, TONE_NOW, LEAP, LEAP_NOW,
    CHORD, ROOTED
};

struct column {
    int32_t kind, source, semitones, offset;
};

/* The columns of a stage and the table whose rows they name. */
struct stage {
    const struct column *columns;
    const float *table;
    int32_t count, reference, own, width;
};

struct head {
    struct stage seen;
    /* Panels: from the state to the inner layer, from there to all outputs. */
    const void *state, *out;
    const float *state_bias, *out_bias;
    int32_t inner, inner_panels, out_panels, classes;
    /* Where in the outputs what is added to the classes lies; -1: nowhere. */
    int32_t gates, degree, interval, chord, consonance, rooted, bassed;
    /* Features that point at classes; 0, or the classes of a duration, which is all that is pointed at. */
    const int32_t *pointed;
    int32_t slots, lengths;
    /* Features: pitch that intervals start from, nearest voices, pitch classes that sound, planned root and bass,
       and the family of the part, -1: the head knows none. */
    int32_t start, above, below, sounding, root, bass, family;
};

struct layer {
    const void *given, *kept;
    const float *given_bias, *kept_bias;
};

struct network {
    struct stage input;
    const struct layer *layers;
    const struct head *heads;
    /* `halves`: the matrices have weights of 16 bits. */
    int32_t depth, hidden, gate_panels, halves;
};

/* A piece that is being drawn; all arrays are owned by Python. */
struct piece {
    int64_t *features, *last, *now, *conditions;
    float *state, *signal, *logits;
    struct features *steps;
    /* The feature that intervals of the last event start from; two classes of the field time. */
    int32_t reference, skip, end;
    /* How unlikely the network finds what was drawn of the event, in nats. */
    double surprise;
};

void symgen_begin(struct piece *piece);
int symgen_end(struct piece *piece);
void symgen_take(struct piece *piece, int field, int64_t value);

#endif
