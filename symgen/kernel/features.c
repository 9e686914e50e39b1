/* The features of the next event; `symgen/tokens/plain_features.py` says the same in Python.

   A piece is an array of notes. Copies take no more than the arrays: what is given of a piece is
   shared, and what a look-up needs is found in the notes themselves. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "features.h"

/* As in `symgen/tokens/layout.py`. */
enum { WINDOW = 16, MOST_BARS_LEFT = 40, MOST_IN_CHORD = 8, NO_GOAL = 0 };
enum { SUFFIXES = 3, PLACES = 4, SLOTS = SUFFIXES + PLACES + 1, FORM_LAGS = 3 };
static const int suffixes[SUFFIXES] = {8, 4, 2};
static const int64_t places[PLACES] = {1, 2, 4, 8};
static const int64_t form_lags[FORM_LAGS] = {4, 8, 16};

/* As in `symgen/tokens/vocabulary.py`. */
enum { TIME, PART, PITCH, DURATION, VELOCITY, FORM, FIELDS };

/* Runs of notes are kept by length, those of the piece and those of the parts. */
enum { KINDS = 2 * SUFFIXES, MOST_NOTES = 1 << 28 };

struct shared {
    struct plan plan;
    int64_t *starts, *beats;
    int16_t *by_step, *by_bar;
    int users;
};

struct note {
    int32_t onset, before, after; /* the notes of its part before and after it; -1: none */
    uint8_t part, pitch, duration;
};

struct bar {
    int32_t first; /* note */
    uint8_t form, goal;
};

struct sounding {
    int32_t end;
    uint8_t pitch;
};

/* Notes of one onset: how many, pitch columns of the first and of the last. */
struct chord {
    int32_t size, low, high;
};

struct part {
    int32_t onset, end, duration, last; /* of or as number of its last note; -1: none */
    int32_t before;                     /* pitch column of the last note but one */
    struct chord chord, was;            /* its last, and the one before */
    int32_t sources[SUFFIXES];          /* last notes of the last equal runs; -1: none */
};

struct features {
    struct shared *shared;
    int64_t now, end; /* the step of the last event, and until when notes sound */
    int64_t last_onset, last_part, standing, velocity;
    int32_t count, opened, active_count;
    int32_t note_room, bar_room, active_room;
    struct note *notes;
    struct bar *bars;
    struct sounding *active;
    /* An open table of runs: 0, or number + 1 of the last note of one and its kind. */
    uint32_t *runs;
    uint32_t run_room, run_count;
    int32_t sources[SUFFIXES], found[SLOTS];
    struct part parts[PARTS];
};

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t within(int64_t value, int64_t limit) { return least(most(value, 0), limit); }

/* -- memory ---------------------------------------------------------------------------- */

static void leave(struct shared *shared)
{
    if (shared && __atomic_sub_fetch(&shared->users, 1, __ATOMIC_ACQ_REL) == 0) {
        free(shared->starts);
        free(shared->beats);
        free(shared->by_step);
        free(shared->by_bar);
        free(shared);
    }
}

static void *kept(const void *from, size_t size)
{
    void *made = malloc(size ? size : 1);
    if (made && size)
        memcpy(made, from, size);
    return made;
}

/* Make room for one more; false: no memory. */
static bool grow(void **array, int32_t count, int32_t *room, size_t size)
{
    if (count < *room)
        return true;
    int32_t wider = *room < 32 ? 32 : *room + *room / 2;
    void *made = realloc(*array, (size_t)wider * size);
    if (!made)
        return false;
    *array = made;
    *room = wider;
    return true;
}

/* What is given of a piece, with copies of all arrays; NULL: no memory. */
static struct shared *share(const struct plan *plan, const int64_t *starts, const int64_t *beats,
    const int16_t *by_step, const int16_t *by_bar)
{
    struct shared *shared = calloc(1, sizeof *shared);
    if (!shared)
        return NULL;
    shared->plan = *plan;
    shared->users = 1;
    shared->starts = kept(starts, (size_t)(plan->bars + 1) * sizeof *starts);
    shared->beats = kept(beats, (size_t)plan->bars * sizeof *beats);
    bool done = shared->starts && shared->beats;
    if (done && plan->step_columns) {
        size_t rows = (size_t)starts[plan->bars] + 1, bars = (size_t)plan->bars + 1;
        shared->by_step = kept(by_step, rows * (size_t)plan->step_columns * sizeof *by_step);
        shared->by_bar = kept(by_bar, bars * (size_t)plan->bar_columns * sizeof *by_bar);
        done = shared->by_step && shared->by_bar;
    }
    if (done)
        return shared;
    leave(shared);
    return NULL;
}

struct features *features_new(const struct plan *plan, const int64_t *starts, const int64_t *beats,
    const int16_t *by_step, const int16_t *by_bar)
{
    struct features *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->shared = share(plan, starts, beats, by_step, by_bar);
    f->last_onset = f->last_part = -1;
    f->run_room = 64;
    f->runs = calloc(f->run_room, sizeof *f->runs);
    for (int i = 0; i < SUFFIXES; i++)
        f->sources[i] = -1;
    for (int i = 0; i < SLOTS; i++)
        f->found[i] = -1;
    for (int p = 0; p < PARTS; p++) {
        struct part *part = f->parts + p;
        part->onset = part->last = -1;
        for (int i = 0; i < SUFFIXES; i++)
            part->sources[i] = -1;
    }
    if (!f->shared || !f->runs) {
        features_free(f);
        return NULL;
    }
    return f;
}

int features_replan(struct features *f, const int16_t *by_step, const int16_t *by_bar)
{
    struct shared *old = f->shared;
    struct shared *fresh = share(&old->plan, old->starts, old->beats, by_step, by_bar);
    if (!fresh)
        return FEATURES_NO_MEMORY;
    f->shared = fresh;
    leave(old);
    return FEATURES_DONE;
}

void features_free(struct features *f)
{
    if (!f)
        return;
    leave(f->shared);
    free(f->notes);
    free(f->bars);
    free(f->active);
    free(f->runs);
    free(f);
}

struct features *features_copy(const struct features *f)
{
    struct features *twin = kept(f, sizeof *f);
    if (!twin)
        return NULL;
    __atomic_add_fetch(&f->shared->users, 1, __ATOMIC_ACQ_REL);
    /* Some room, since a twin goes on. */
    twin->note_room = f->count + f->count / 8 + 32;
    twin->bar_room = f->opened + 8;
    twin->active_room = f->active_count + 16;
    twin->notes = malloc((size_t)twin->note_room * sizeof *f->notes);
    twin->bars = malloc((size_t)twin->bar_room * sizeof *f->bars);
    twin->active = malloc((size_t)twin->active_room * sizeof *f->active);
    twin->runs = kept(f->runs, (size_t)f->run_room * sizeof *f->runs);
    if (!twin->notes || !twin->bars || !twin->active || !twin->runs) {
        features_free(twin);
        return NULL;
    }
    if (f->count)
        memcpy(twin->notes, f->notes, (size_t)f->count * sizeof *f->notes);
    if (f->opened)
        memcpy(twin->bars, f->bars, (size_t)f->opened * sizeof *f->bars);
    if (f->active_count)
        memcpy(twin->active, f->active, (size_t)f->active_count * sizeof *f->active);
    return twin;
}

/* -- runs of notes ---------------------------------------------------------------------- */

static inline uint32_t code(const struct note *note)
{
    return (uint32_t)note->part << 16 | (uint32_t)note->pitch << 8 | note->duration;
}

/* The note before one in a run of the piece or of its part; -1: none. */
static inline int32_t previous(const struct features *f, int32_t note, bool own)
{
    return own ? f->notes[note].before : note - 1;
}

/* Hashes of the 8, 4 and 2 notes up to one; returns how many there are, 8 at most. */
static int hashes(const struct features *f, int32_t note, bool own, uint64_t *found)
{
    uint64_t hash = own ? 0x9E3779B97F4A7C15u : 0;
    int length = 0;
    for (int i = SUFFIXES - 1; i >= 0; i--) {
        for (; length < suffixes[i] && note >= 0; length++) {
            hash = (hash ^ code(f->notes + note)) * 0xD6E8FEB86659FD93u;
            hash ^= hash >> 32;
            note = previous(f, note, own);
        }
        found[i] = hash;
    }
    return length;
}

static bool same(const struct features *f, int32_t a, int32_t b, int length, bool own)
{
    for (; length; length--) {
        if (a < 0 || b < 0 || code(f->notes + a) != code(f->notes + b))
            return false;
        a = previous(f, a, own);
        b = previous(f, b, own);
    }
    return true;
}

/* Put the last note of a run in the place of that of its last equal, and return that one; -1: none. */
static int32_t put(struct features *f, int32_t note, int kind, uint64_t hash)
{
    int length = suffixes[kind % SUFFIXES];
    uint32_t mask = f->run_room - 1;
    uint32_t slot = (uint32_t)(hash >> 8) & mask;
    for (;; slot = (slot + 1) & mask) {
        uint32_t entry = f->runs[slot];
        int32_t earlier = (int32_t)(entry >> 3) - 1;
        bool free_slot = entry == 0;
        if (free_slot || ((int)(entry & 7) == kind && same(f, earlier, note, length, kind >= SUFFIXES))) {
            f->runs[slot] = (uint32_t)(note + 1) << 3 | (uint32_t)kind;
            f->run_count += free_slot;
            return free_slot ? -1 : earlier;
        }
    }
}

/* Make room for the runs that one note ends; false: no memory. */
static bool widen(struct features *f)
{
    if ((f->run_count + KINDS) * 2 <= f->run_room)
        return true;
    uint32_t room = f->run_room, *old = f->runs;
    uint32_t *made = calloc((size_t)room * 2, sizeof *made);
    if (!made)
        return false;
    f->runs = made;
    f->run_room = room * 2;
    f->run_count = 0;
    for (uint32_t slot = 0; slot < room; slot++)
        if (old[slot]) {
            int32_t note = (int32_t)(old[slot] >> 3) - 1;
            int kind = (int)(old[slot] & 7);
            uint64_t found[SUFFIXES];
            hashes(f, note, kind >= SUFFIXES, found);
            put(f, note, kind, found[kind % SUFFIXES]);
        }
    free(old);
    return true;
}

/* Find what came before as the notes up to one do now. */
static void follow(struct features *f, int32_t note, bool own, int32_t *sources)
{
    uint64_t found[SUFFIXES];
    int length = hashes(f, note, own, found);
    for (int i = 0; i < SUFFIXES; i++)
        sources[i] = length < suffixes[i] ? -1 : put(f, note, own ? SUFFIXES + i : i, found[i]);
}

/* -- events ------------------------------------------------------------------------------ */

static void strike(struct part *part, int32_t number, int32_t onset, int32_t pitch, int32_t duration)
{
    if (part->onset == onset)
        part->chord.size++;
    else {
        part->was = part->chord;
        part->onset = onset;
        part->chord.size = 1;
        part->chord.low = pitch + 1;
    }
    part->before = part->chord.high;
    part->chord.high = pitch + 1;
    part->duration = duration;
    part->end = (int32_t)most(part->end, onset + duration);
    part->last = number;
}

/* Whether a part, of those that are followed, plays drums. */
static inline bool is_drum(const struct plan *plan, int64_t part)
{
    return plan->voices && plan->families[part] == DRUMS;
}

/* What may still sound, without what ended before an onset, and one note more. */
static void sound(struct features *f, int32_t onset, int32_t pitch, int32_t duration)
{
    if (f->last_onset != onset) {
        int32_t left = 0;
        for (int32_t i = 0; i < f->active_count; i++)
            if (f->active[i].end > onset)
                f->active[left++] = f->active[i];
        f->active_count = left;
    }
    f->active[f->active_count].end = onset + duration;
    f->active[f->active_count++].pitch = (uint8_t)pitch;
}

static int add_note(struct features *f, const int64_t *row)
{
    const struct plan *plan = &f->shared->plan;
    int64_t onset = f->now + row[TIME], duration = least(row[DURATION], plan->skip);
    int32_t number = f->count;
    if (row[PART] < 0 || row[PART] >= PARTS || row[PITCH] < 0 || row[PITCH] > 127 || duration < 0)
        return FEATURES_OUT_OF_RANGE;
    if (number >= MOST_NOTES || onset > INT32_MAX / 2)
        return FEATURES_OUT_OF_RANGE;
    if (!grow((void **)&f->notes, number, &f->note_room, sizeof *f->notes) || !widen(f)
        || !grow((void **)&f->active, f->active_count, &f->active_room, sizeof *f->active))
        return FEATURES_NO_MEMORY;
    struct part *part = f->parts + row[PART];
    struct note *note = f->notes + number;
    *note = (struct note){(int32_t)onset, part->last, -1, (uint8_t)row[PART], (uint8_t)row[PITCH],
                          (uint8_t)duration};
    if (part->last >= 0)
        f->notes[part->last].after = number;
    f->count++;
    f->now = onset;
    f->end = most(f->end, onset + duration);
    f->velocity = row[VELOCITY] + 1;
    follow(f, number, false, f->sources);
    if (plan->voices) {
        /* A drum has no pitch: it is not part of what sounds. */
        if (!is_drum(plan, note->part))
            sound(f, (int32_t)onset, note->pitch, (int32_t)duration);
        strike(part, number, (int32_t)onset, note->pitch, (int32_t)duration);
        follow(f, number, true, part->sources);
    }
    f->standing = f->last_onset == onset ? f->standing + 1 : 1;
    f->last_onset = onset;
    f->last_part = row[PART];
    return FEATURES_DONE;
}

static int open_bar(struct features *f, const int64_t *row)
{
    if (f->opened >= f->shared->plan.bars || row[FORM] < 0 || row[FORM] >= FORM_CLASSES)
        return FEATURES_OUT_OF_RANGE;
    if (!grow((void **)&f->bars, f->opened, &f->bar_room, sizeof *f->bars))
        return FEATURES_NO_MEMORY;
    f->bars[f->opened] = (struct bar){f->count, (uint8_t)row[FORM], (uint8_t)row[PITCH]};
    f->now = f->shared->starts[f->opened++];
    return FEATURES_DONE;
}

int features_push(struct features *f, const int64_t *row)
{
    const struct plan *plan = &f->shared->plan;
    if (row[TIME] == plan->bar)
        return open_bar(f, row);
    if (row[TIME] >= 0 && row[TIME] < plan->skip)
        return add_note(f, row);
    if (row[TIME] == plan->skip)
        f->now += plan->skip;
    return row[TIME] < 0 ? FEATURES_OUT_OF_RANGE : FEATURES_DONE;
}

int features_read(struct features *f, const int64_t *rows, int64_t count)
{
    int status = FEATURES_DONE;
    for (int64_t i = 0; i < count && status == FEATURES_DONE; i++)
        status = features_push(f, rows + i * FIELDS);
    return status;
}

/* -- places ------------------------------------------------------------------------------ */

/* The open bar, -1 before the first; and the one whose lines count. */
static inline int32_t bar_of(const struct features *f) { return f->opened - 1; }
static inline int32_t lines_of(const struct features *f) { return f->opened ? f->opened - 1 : 0; }

static inline int64_t bar_end(const struct features *f)
{
    return f->shared->plan.bars ? f->shared->starts[lines_of(f) + 1] : 0;
}

/* Where a bar that was opened stops: the first note of the next one. */
static inline int32_t stop_of(const struct features *f, int32_t bar)
{
    return bar + 1 < f->opened ? f->bars[bar + 1].first : f->count;
}

/* Bars back of a slot for a place. */
static inline int64_t lag_of(const struct features *f, int slot)
{
    if (slot < PLACES)
        return places[slot];
    return f->opened ? f->shared->plan.lags[f->bars[f->opened - 1].form] : 0;
}

struct place {
    int64_t then;       /* the step */
    int32_t note, stop; /* the first note from there on, and the one after the bar */
};

/* The same place some bars back as a step of the open bar; false: there is none. */
static bool find_place(const struct features *f, int64_t lag, int64_t time, struct place *place)
{
    int32_t bar = bar_of(f);
    if (lag <= 0 || lag > bar)
        return false;
    int32_t source = bar - (int32_t)lag;
    const int64_t *starts = f->shared->starts;
    place->then = starts[source] + time - starts[bar];
    place->stop = stop_of(f, source);
    int32_t low = f->bars[source].first, high = place->stop;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (f->notes[middle].onset < place->then)
            low = middle + 1;
        else
            high = middle;
    }
    place->note = low;
    return true;
}

static inline bool stands(const struct features *f, const struct place *place, int64_t note)
{
    return note < place->stop && f->notes[note].onset == place->then;
}

/* How many notes stand at a step already; in its place as many are passed over. */
static inline int64_t already(const struct features *f, int64_t time)
{
    return f->last_onset == time ? f->standing : 0;
}

static void look_up(const struct features *f, int64_t *parts, int64_t *pitches)
{
    for (int i = 0; i < SLOTS; i++) {
        const struct note *note = f->found[i] >= 0 ? f->notes + f->found[i] : NULL;
        if (parts)
            parts[i] = note ? note->part + 1 : 0;
        if (pitches)
            pitches[i] = note ? note->pitch + 1 : 0;
    }
}

/* -- what parts do at a step ---------------------------------------------------------------- */

struct sonority {
    int64_t size, low, high, classes;
};

static struct sonority sonority_at(const struct features *f, int64_t time)
{
    struct sonority found = {0, 128, 0, 0};
    for (int32_t i = 0; i < f->active_count; i++)
        if (f->active[i].end > time) {
            int64_t pitch = f->active[i].pitch + 1;
            found.size++;
            found.low = least(found.low, pitch);
            found.high = most(found.high, pitch);
            found.classes |= (int64_t)1 << (pitch - 1) % 12;
        }
    found.size = least(found.size, WINDOW);
    found.low = found.size ? found.low : 0;
    return found;
}

struct motion {
    int64_t sounds, stops, struck; /* sets of parts */
    int64_t first, last;           /* steps until one of those that sound ends */
};

static struct motion motion_at(const struct features *f, int64_t time)
{
    const struct plan *plan = &f->shared->plan;
    struct motion found = {0, 0, 0, plan->skip, 0};
    for (int p = 0; p < plan->voices; p++) {
        int64_t left = f->parts[p].end - time;
        found.sounds |= (int64_t)(left > 0) << p;
        found.stops |= (int64_t)(left == 0 && f->parts[p].end > 0) << p;
        found.struck |= (int64_t)(f->parts[p].onset == time) << p;
        if (left > 0)
            found.first = least(found.first, left);
        found.last = most(found.last, left);
    }
    found.first = found.sounds ? found.first : 0;
    found.last = least(found.last, plan->skip);
    return found;
}

static void fill_state(const struct features *f, int64_t *out)
{
    struct motion motion = motion_at(f, f->now);
    struct sonority sounds = sonority_at(f, f->now);
    *out++ = motion.sounds;
    *out++ = motion.stops;
    *out++ = motion.struck;
    *out++ = motion.first;
    *out++ = sounds.low;
    *out++ = sounds.high;
    *out++ = sounds.classes;
    for (int p = 0; p < f->shared->plan.voices; p++)
        *out++ = is_drum(&f->shared->plan, p) ? 0 : f->parts[p].chord.high;
}

static void fill_chord(const struct features *f, int64_t *out, int64_t time, int64_t classes)
{
    const struct plan *plan = &f->shared->plan;
    struct motion motion = motion_at(f, time);
    *out++ = motion.sounds;
    *out++ = motion.stops;
    *out++ = motion.struck;
    *out++ = f->last_onset == time ? f->last_part + 1 : 0;
    *out++ = motion.first;
    *out++ = motion.last;
    *out++ = classes;
    int64_t *until = out, *since = until + plan->voices, *before = since + plan->voices;
    for (int p = 0; p < plan->voices; p++) {
        const struct part *part = f->parts + p;
        until[p] = within(part->end - time, plan->skip);
        since[p] = part->chord.size ? least(time - part->onset, plan->skip) : plan->skip;
        before[p] = is_drum(plan, p) ? 0 : part->before;
    }
}

/* -- columns ------------------------------------------------------------------------------ */

/* Time column: as far on as it went after an earlier note. */
static int64_t time_after(const struct features *f, int32_t source)
{
    const struct plan *plan = &f->shared->plan;
    if (source < 0 || !f->opened)
        return 0;
    int64_t target = f->last_onset + f->notes[source + 1].onset - f->notes[source].onset;
    if (target < f->now)
        return 0;
    return (target >= bar_end(f) ? plan->bar : least(target - f->now, plan->skip)) + 1;
}

/* Time column: as far on as it went at the same place some bars back. */
static int64_t time_in_place(const struct features *f, int64_t lag)
{
    const struct plan *plan = &f->shared->plan;
    struct place place;
    if (!find_place(f, lag, f->now, &place))
        return 0;
    int64_t note = place.note, last = note + already(f, f->now);
    while (note < last && stands(f, &place, note))
        note++;
    if (note >= place.stop)
        return plan->bar + 1;
    int64_t advance = f->notes[note].onset - place.then;
    return (f->now + advance >= bar_end(f) ? plan->bar : least(advance, plan->skip)) + 1;
}

static inline int64_t goal_column(int64_t goal) { return goal == NO_GOAL ? 0 : goal + 1; }

/* Pitch column of a note; 0 of a drum. */
static int64_t pitch_column(const struct features *f, const struct note *note)
{
    return is_drum(&f->shared->plan, note->part) ? 0 : note->pitch + 1;
}

/* Pitch column of the last note of a bar that was closed. */
static int64_t closing_pitch(const struct features *f, int32_t bar)
{
    int32_t stop = stop_of(f, bar);
    return stop > f->bars[bar].first ? pitch_column(f, f->notes + stop - 1) : 0;
}

static void fill_context(const struct features *f, int64_t *out)
{
    const struct plan *plan = &f->shared->plan;
    int32_t bar = bar_of(f);
    bool opened = bar >= 0;
    int64_t position = f->now - f->shared->starts[lines_of(f)], number = bar - plan->pickup;
    int64_t left = least(plan->bars - bar - 1, MOST_BARS_LEFT) + 1;
    *out++ = least(position, plan->skip);
    *out++ = plan->bars ? least(position % f->shared->beats[lines_of(f)], plan->skip) : 0;
    *out++ = opened ? least(bar_end(f) - f->now, plan->skip) : 0;
    *out++ = within(f->end - f->now, plan->skip);
    *out++ = number >= 0 ? number % 8 : 8;
    *out++ = number >= 0 ? least(number / 8, 7) : 8;
    *out++ = plan->hides_end ? 0 : left;
    *out++ = f->count ? pitch_column(f, f->notes + f->count - 1) : 0;
    *out++ = opened ? f->bars[bar].form + 1 : 0;
    int64_t *closes = out + FORM_LAGS;
    for (int i = 0; i < FORM_LAGS; i++) {
        int64_t earlier = opened ? bar + 1 - form_lags[i] : -1;
        out[i] = earlier >= 0 ? f->bars[earlier].form + 1 : 0;
        closes[i] = earlier >= 0 ? closing_pitch(f, (int32_t)earlier) : 0;
    }
    out = closes + FORM_LAGS;
    *out = opened ? goal_column(f->bars[bar].goal) : 0;
}

/* The row of the plan of a step. */
static inline const int16_t *plan_at(const struct features *f, int64_t time)
{
    const struct shared *shared = f->shared;
    return shared->by_step + within(time, shared->starts[shared->plan.bars]) * shared->plan.step_columns;
}

static void fill_plan(const struct features *f, int64_t *out)
{
    const struct shared *shared = f->shared;
    const int16_t *step = plan_at(f, f->now);
    const int16_t *bar = shared->by_bar + least(f->opened, shared->plan.bars) * shared->plan.bar_columns;
    for (int64_t i = 0; i < shared->plan.step_columns; i++)
        *out++ = step[i];
    for (int64_t i = 0; i < shared->plan.bar_columns; i++)
        *out++ = bar[i];
}

void features_context(struct features *f, int64_t *out)
{
    const struct columns *columns = &f->shared->plan.columns;
    memset(out, 0, (size_t)columns->all * sizeof *out);
    fill_context(f, out + columns->context);
    int64_t *times = out + columns->time_candidates;
    for (int i = 0; i < SUFFIXES; i++)
        *times++ = time_after(f, f->sources[i]);
    for (int i = 0; i <= PLACES; i++)
        *times++ = time_in_place(f, lag_of(f, i));
    if (f->shared->plan.voices)
        fill_state(f, out + columns->state);
    if (f->shared->plan.step_columns)
        fill_plan(f, out + columns->plan);
}

/* Pitch column of the goal of a bar that was opened. */
static int64_t goal_of(const struct features *f, int32_t source)
{
    const struct plan *plan = &f->shared->plan;
    bool on_beat = plan->voices || plan->pickup;
    int64_t start = f->shared->starts[source], beat = f->shared->beats[source];
    int64_t onset = -1, found = -1;
    /* Backwards to the last onset that fits; its lowest note comes last. */
    for (int32_t i = stop_of(f, source) - 1; i >= f->bars[source].first; i--) {
        const struct note *note = f->notes + i;
        if (found >= 0 && note->onset < onset)
            break;
        bool leads = !plan->voices || note->part == plan->bass;
        if (leads && (!on_beat || (note->onset - start) % beat == 0)) {
            onset = note->onset;
            found = note->pitch;
        }
    }
    return found < 0 ? 0 : goal_column(found);
}

void features_form(struct features *f, int64_t *out, int64_t form)
{
    const struct plan *plan = &f->shared->plan;
    int64_t lag = form >= 0 && form < FORM_CLASSES ? plan->lags[form] : 0;
    int64_t source = f->opened - lag;
    /* The last of the context. */
    int64_t *column = out + plan->columns.time_candidates - 1;
    *column = lag > 0 && source >= 0 ? goal_of(f, (int32_t)source) : 0;
}

/* -- notes of earlier bars, moved: see symgen/tokens/moving.py --------------------------------- */

enum { ROOT = 0, TONES = 7, OCTAVE = 60, MOVES = 3 };

/* A pitch moved by steps of the scale; -1: there is none. */
static int64_t moved_by(const struct plan *plan, int64_t pitch, int64_t steps)
{
    if (!steps)
        return pitch;
    int64_t place = plan->scale_place[pitch] + steps;
    return place >= 0 && place < MOST_STEPS ? plan->scale_tones[place] : -1;
}

/* Steps from one root to the nearest of another. */
static int64_t steps_between(const struct plan *plan, int64_t from, int64_t to)
{
    int64_t count = plan->scale_count, half = count / 2;
    int64_t start = OCTAVE + (from - OCTAVE - 1 + 12) % 12, end = OCTAVE + (to - OCTAVE - 1 + 12) % 12;
    int64_t far = plan->scale_place[end] - plan->scale_place[start] + half;
    return (far % count + count) % count - half;
}

/* The nearest pitch of a set of pitch classes, the lower one first; -1: there is none. */
static int64_t nearest(int64_t pitch, int64_t classes)
{
    for (int64_t away = 0; away <= 6; away++) {
        int64_t low = pitch - away, high = pitch + away;
        if (low >= 0 && classes >> low % 12 & 1)
            return low;
        if (high <= 127 && classes >> high % 12 & 1)
            return high;
    }
    return -1;
}

/* Fill the candidates of a note at a time that follows `last`, the last one of its part; -1: there is none. */
static void fill_moved(const struct features *f, int64_t *out, int64_t time, int32_t last)
{
    const struct plan *plan = &f->shared->plan;
    const int16_t *now = plan_at(f, time);
    for (int i = 0; i <= PLACES; i++, out += MOVES) {
        int32_t source = f->found[SUFFIXES + i];
        out[0] = out[1] = out[2] = 0;
        if (source < 0)
            continue;
        const struct note *note = f->notes + source;
        int32_t before = plan->voices ? note->before : source - 1;
        if (before >= 0 && last >= 0) {
            int64_t far = plan->scale_place[f->notes[last].pitch] - plan->scale_place[f->notes[before].pitch];
            out[0] = moved_by(plan, note->pitch, far) + 1;
        }
        const int16_t *then = plan_at(f, note->onset);
        if (then[ROOT] <= 0 || now[ROOT] <= 0)
            continue;
        out[1] = moved_by(plan, note->pitch, steps_between(plan, then[ROOT], now[ROOT])) + 1;
        bool inside = then[TONES] >> note->pitch % 12 & 1;
        out[2] = (inside ? nearest(note->pitch, now[TONES]) : note->pitch) + 1;
    }
}

/* What sounds of the last notes of a melody. */
static struct sonority last_notes(const struct features *f, int64_t time)
{
    struct sonority found = {0, 128, 0, 0};
    for (int32_t i = (int32_t)most(0, f->count - WINDOW); i < f->count; i++) {
        const struct note *note = f->notes + i;
        if (note->onset + note->duration > time) {
            found.size++;
            found.low = least(found.low, note->pitch + 1);
            found.high = most(found.high, note->pitch + 1);
        }
    }
    found.low = found.size ? found.low : 0;
    return found;
}

void features_time(struct features *f, int64_t *out, int64_t advance)
{
    const struct plan *plan = &f->shared->plan;
    const struct columns *columns = &plan->columns;
    if (advance < 0 || advance >= plan->skip || !plan->bars)
        return;
    int64_t time = f->now + advance, position = time - f->shared->starts[lines_of(f)];
    struct sonority sounds = plan->voices ? sonority_at(f, time) : last_notes(f, time);
    int64_t *onset = out + columns->onset;
    *onset++ = least(position, plan->skip);
    *onset++ = least(position % f->shared->beats[lines_of(f)], plan->skip);
    *onset++ = within(bar_end(f) - time, plan->skip);
    *onset++ = sounds.size;
    *onset++ = sounds.low;
    *onset++ = sounds.high;
    *onset++ = f->velocity;
    for (int i = 0; i < SUFFIXES; i++)
        f->found[i] = f->sources[i] >= 0 ? f->sources[i] + 1 : -1;
    for (int i = 0; i <= PLACES; i++) {
        struct place place;
        int64_t note = -1;
        if (find_place(f, lag_of(f, i), time, &place)) {
            note = place.note + already(f, time);
            note = stands(f, &place, note) ? note : -1;
        }
        f->found[SUFFIXES + i] = (int32_t)note;
    }
    look_up(f, out + columns->part_candidates, plan->voices ? NULL : out + columns->pitch_candidates);
    if (plan->voices)
        fill_chord(f, out + columns->chord, time, sounds.classes);
    if (!plan->step_columns)
        return;
    const int16_t *row = plan_at(f, time);
    for (int64_t i = 0; i < plan->step_columns; i++)
        out[columns->at_plan + i] = row[i];
    if (!plan->voices)
        fill_moved(f, out + columns->moved_candidates, time, f->count - 1);
}

/* The note of a part, behind so many of its chord, at a place; -1: none. */
static int32_t own_in_place(const struct features *f, const struct place *place, int64_t part, int32_t struck)
{
    for (int32_t note = place->note; stands(f, place, note); note++)
        if (f->notes[note].part == part && struck-- == 0)
            return note;
    return -1;
}

static void fill_voice(const struct features *f, int64_t *out, int64_t number, int64_t time)
{
    const struct plan *plan = &f->shared->plan;
    const struct part *part = f->parts + number;
    const struct chord none = {0, 0, 0};
    bool some = part->chord.size > 0, inside = some && part->onset == time;
    const struct chord *is = inside ? &part->chord : &none;
    const struct chord *was = inside ? &part->was : &part->chord;
    *out++ = inside ? is->high : was->low;
    *out++ = part->was.low;
    *out++ = part->duration;
    *out++ = some ? least(time - part->onset, plan->skip) : 0;
    *out++ = within(part->end - time, plan->skip);
    *out++ = is->low;
    *out++ = least(is->size, MOST_IN_CHORD);
    *out++ = was->low;
    *out++ = was->high;
    *out++ = least(was->size, MOST_IN_CHORD);
    /* The nearest parts on both sides that sound. */
    int64_t above = least(number, plan->voices) - 1, below = number + 1;
    while (above >= 0 && (is_drum(plan, above) || f->parts[above].end <= time))
        above--;
    while (below < plan->voices && (is_drum(plan, below) || f->parts[below].end <= time))
        below++;
    *out++ = above >= 0 ? f->parts[above].chord.high : 0;
    *out++ = below < plan->voices ? f->parts[below].chord.high : 0;
    *out++ = plan->programs[number];
    *out++ = plan->families[number];
}

void features_part(struct features *f, int64_t *out, int64_t part, int64_t advance)
{
    const struct plan *plan = &f->shared->plan;
    if (!plan->voices || part < 0 || part >= PARTS || advance < 0 || advance >= plan->skip)
        return;
    int64_t time = f->now + advance;
    const struct part *mine = f->parts + part;
    fill_voice(f, out + plan->columns.voice, part, time);
    int32_t struck = mine->onset == time ? mine->chord.size : 0;
    for (int i = 0; i < SUFFIXES; i++)
        f->found[i] = mine->sources[i] >= 0 ? f->notes[mine->sources[i]].after : -1;
    for (int i = 0; i <= PLACES; i++) {
        struct place place;
        bool known = find_place(f, lag_of(f, i), time, &place);
        f->found[SUFFIXES + i] = known ? own_in_place(f, &place, part, struck) : -1;
    }
    look_up(f, NULL, out + plan->columns.pitch_candidates);
    if (plan->step_columns && !is_drum(plan, part))
        fill_moved(f, out + plan->columns.moved_candidates, time, mine->last);
}

void features_pitch(struct features *f, int64_t *out, int64_t part, int64_t pitch)
{
    const struct plan *plan = &f->shared->plan;
    out += plan->columns.duration_candidates;
    for (int i = 0; i < SLOTS; i++) {
        if (f->found[i] < 0) {
            out[i] = 0;
            continue;
        }
        const struct note *note = f->notes + f->found[i];
        bool alike = note->part == part && note->pitch == pitch;
        out[i] = note->duration + 1 + alike * plan->durations;
    }
}

/* -- whole pieces --------------------------------------------------------------------------- */

/* Fill all columns of an event; false: it stands where none can. */
static bool fill_all(struct features *f, const int64_t *row, int64_t *out)
{
    const struct plan *plan = &f->shared->plan;
    int64_t time = row[TIME];
    features_context(f, out);
    if (time == plan->bar) {
        features_form(f, out, row[FORM]);
        return true;
    }
    if (time == plan->skip)
        return f->opened && f->now + time <= bar_end(f);
    if (time > plan->skip)
        return true;
    if (time < 0 || !f->opened || f->now + time >= bar_end(f) || row[DURATION] <= 0)
        return false;
    features_time(f, out, time);
    features_part(f, out, row[PART], time);
    features_pitch(f, out, row[PART], row[PITCH]);
    return true;
}

int features_sweep(struct features *f, const int64_t *rows, int64_t count, int16_t *out)
{
    int64_t width = f->shared->plan.columns.all;
    int64_t *columns = malloc((size_t)width * sizeof *columns);
    int status = columns ? FEATURES_DONE : FEATURES_NO_MEMORY;
    for (int64_t i = 0; i < count && status == FEATURES_DONE; i++) {
        bool fits = fill_all(f, rows + i * FIELDS, columns);
        for (int64_t c = 0; c < width; c++)
            out[i * width + c] = (int16_t)columns[c];
        status = fits ? features_push(f, rows + i * FIELDS) : FEATURES_OUT_OF_RANGE;
    }
    free(columns);
    return status;
}
