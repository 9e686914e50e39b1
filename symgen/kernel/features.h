/* The features of `symgen.tokens.features` step by step: what the columns of the next event are. */

#ifndef SYMGEN_FEATURES_H
#define SYMGEN_FEATURES_H

#include <stdint.h>

#include "kernel.h"

/* DRUMS: the family of drums. */
enum { PARTS = 32, FORM_CLASSES = 64, MOST_STEPS = 160, DRUMS = 17 };

/* Where a group of columns begins in a row of them. */
struct columns {
    int64_t context, time_candidates, onset, part_candidates, pitch_candidates, duration_candidates;
    int64_t state, chord, voice, plan, at_plan, moved_candidates, all;
};

/* What is given of a piece and stays. */
struct plan {
    struct columns columns;
    /* Classes of the field time, which is also how many steps the longest note has; of durations. */
    int64_t skip, bar, durations;
    /* Parts that are followed one by one, the part of the bass, whether bar 0 is a pickup. */
    int64_t voices, bass, pickup, hides_end, bars;
    /* Bars back that each form class points to. */
    int64_t lags[FORM_CLASSES];
    /* Columns of each part. */
    int64_t programs[PARTS], families[PARTS];
    /* Steps of the scale: how many an octave, that of each pitch, and the pitch of each; -1: none. */
    int64_t scale_count, scale_place[128], scale_tones[MOST_STEPS];
    /* Columns of the plan of chords, of a step and of a bar; 0: the network is told none. */
    int64_t step_columns, bar_columns;
};

struct features;

enum { FEATURES_DONE, FEATURES_NO_MEMORY, FEATURES_OUT_OF_RANGE };

/* The piece before its first event: of each bar its first step (and the end of the last), and a beat; of each
   step and of each bar, and the end, its row of the plan, if there is one. NULL: no memory. */
EXPORT struct features *features_new(const struct plan *plan, const int64_t *starts, const int64_t *beats,
    const int16_t *by_step, const int16_t *by_bar);

/* An independent twin; NULL: no memory. */
EXPORT struct features *features_copy(const struct features *f);

EXPORT void features_free(struct features *f);

/* Put another plan in the place of that of a piece, whose twins keep theirs. */
EXPORT int features_replan(struct features *f, const int16_t *by_step, const int16_t *by_bar);

/* Add one event, or many: rows of the six fields. */
EXPORT int features_push(struct features *f, const int64_t *row);
EXPORT int features_read(struct features *f, const int64_t *rows, int64_t count);

/* Fill the columns that are known before an event and make all others 0; then, field by field, those
   that become known once the form, the time, the part and the pitch are. */
EXPORT void features_context(struct features *f, int64_t *out);
EXPORT void features_form(struct features *f, int64_t *out, int64_t form);
EXPORT void features_time(struct features *f, int64_t *out, int64_t advance);
EXPORT void features_part(struct features *f, int64_t *out, int64_t part, int64_t advance);
EXPORT void features_pitch(struct features *f, int64_t *out, int64_t part, int64_t pitch);

/* Add many events and fill all columns of each, a row an event. FEATURES_OUT_OF_RANGE also for notes
   before the first bar line, behind the bar that is open, or of no length. */
EXPORT int features_sweep(struct features *f, const int64_t *rows, int64_t count, int16_t *out);

#endif
