/* One step of the event network, and the logits of a head, for the pieces that are at the same place. */

#include <stdlib.h>
#include <string.h>

#include "layers.h"
#include "network.h"

enum { TIME, PART, PITCH, DURATION, VELOCITY, FORM, REFERENCE };
enum { STYLE, TONIC };
#define NO_TONIC 12
#define REACH 24
#define PITCHES 128
/* As in symgen/music/harmony.py. */
#define QUALITIES 10

/* -- columns: see symgen/nets/columns.py ------------------------------------------------- */

static inline int64_t interval(int64_t pitch, int64_t from)
{
    if (pitch <= 0 || from <= 0)
        return 0;
    int64_t leap = pitch - from;
    leap = leap < -REACH ? -REACH : leap > REACH ? REACH : leap;
    return leap + REACH + 1;
}

static inline int64_t degree(int64_t pitch, int64_t tonic)
{
    if (pitch <= 0)
        return 13;
    return tonic < NO_TONIC ? (pitch - 1 - tonic + 12) % 12 : 12;
}

static int64_t class_of(const struct column *c, const struct stage *s, const struct piece *p)
{
    const int64_t *features = p->features;
    int64_t tonic = p->conditions[TONIC], value = c->source >= 0 ? features[c->source] : 0;
    switch ((enum kind)c->kind) {
    case LAST:
        return p->last[c->source];
    case CONDITION:
        return p->conditions[c->source];
    case NOW:
        return p->now[c->source];
    case FEATURE:
        return value;
    case AGAINST:
        return interval(value, features[s->reference]);
    case DEGREE:
        return degree(value, tonic);
    case UNDER:
        return interval(p->now[PITCH] + 1, value);
    case OCTAVES:
        return value > 0 ? (value - 1) / 12 + 1 : 0;
    case OWN: {
        int64_t own = features[s->own];
        return own > 0 ? value >> (c->semitones + own - 1) % 12 & 1 : 0;
    }
    case INSIDE:
        return value >> (c->semitones + (tonic < NO_TONIC ? tonic : 0)) % 12 & 1;
    case TONE:
        return degree(features[s->reference], tonic);
    case TONE_NOW:
        return degree(p->now[PITCH] + 1, tonic);
    case LEAP:
        /* Only notes have a duration: the pitch of a bar is its goal, and nothing has leapt to it. */
        return interval(p->last[DURATION] > 1 ? p->last[PITCH] : 0, p->last[REFERENCE]);
    case LEAP_NOW:
        return interval(p->now[PITCH] + 1, features[s->reference]);
    case CHORD: {
        int64_t above = (value - 1 - (tonic < NO_TONIC ? tonic : 0) + 12) % 12;
        return value > 0 ? above * QUALITIES + features[c->source + 1] : 0;
    }
    case ROOTED:
        return value > 0 ? (p->now[PITCH] + 1 - value + 132) % 12 + 1 : 0;
    }
    return 0;
}

/* Add the rows of the table of a stage to a sum, in the order of the columns. */
static WIDE void add_rows(const struct stage *s, const struct piece *p, float *restrict sum)
{
    for (int i = 0; i < s->count; i++) {
        const struct column *c = s->columns + i;
        const float *restrict row = s->table + (class_of(c, s, p) + c->offset) * s->width;
        for (int j = 0; j < s->width; j++)
            sum[j] += row[j];
    }
}

/* -- the GRU ----------------------------------------------------------------------------- */

static WIDE void gru(const float *restrict given, const float *restrict kept, int n, float *restrict state)
{
    for (int i = 0; i < n; i++) {
        float reset = symgen_sigmoid(given[i] + kept[i]);
        float update = symgen_sigmoid(given[n + i] + kept[n + i]);
        float fresh = symgen_tanh(given[2 * n + i] + reset * kept[2 * n + i]);
        state[i] = fresh + update * (state[i] - fresh);
    }
}

/* Read the last event of each piece: its state goes on, and its signal is what the heads see. */
EXPORT int symgen_step(const struct network *net, struct piece *const *pieces, int count)
{
    int wide = net->gate_panels * PANEL, n = net->hidden;
    float *memory = malloc(sizeof(float) * 2 * (long)wide * count + sizeof(float *) * 3 * count);
    if (!memory)
        return -1;
    float *given = memory, *kept = memory + (long)wide * count;
    float **from = (float **)(kept + (long)wide * count), **to = from + count, **signals = to + count;
    for (int r = 0; r < count; r++)
        signals[r] = pieces[r]->signal;
    for (int l = 0; l < net->depth; l++) {
        const struct layer *layer = net->layers + l;
        for (int r = 0; r < count; r++)
            to[r] = memcpy(given + (long)r * wide, layer->given_bias, sizeof(float) * wide);
        /* The rows of the first table are multiplied already: they need only be summed. */
        for (int r = 0; !l && r < count; r++)
            add_rows(&net->input, pieces[r], to[r]);
        if (l)
            symgen_product(layer->given, net->halves, net->gate_panels, n, (const float *const *)signals, to, count);
        for (int r = 0; r < count; r++) {
            from[r] = pieces[r]->state + (long)l * n;
            to[r] = memcpy(kept + (long)r * wide, layer->kept_bias, sizeof(float) * wide);
        }
        symgen_product(layer->kept, net->halves, net->gate_panels, n, (const float *const *)from, to, count);
        for (int r = 0; r < count; r++) {
            float *state = from[r], *signal = signals[r];
            gru(given + (long)r * wide, to[r], n, state);
            /* Layers after the first are residual. */
            for (int i = 0; i < n; i++)
                signal[i] = l ? signal[i] + state[i] : state[i];
        }
    }
    free(memory);
    return 0;
}

/* Take one given event, and write what the gates get of the one before it. */
static int given_event(const struct network *net, struct piece *piece, const int64_t *row, float *gates)
{
    symgen_begin(piece);
    memcpy(gates, net->layers[0].given_bias, sizeof(float) * net->gate_panels * PANEL);
    add_rows(&net->input, piece, gates);
    memcpy(piece->now, row, REFERENCE * sizeof *row);
    if (piece->now[TIME] < piece->skip)
        features_part(piece->steps, piece->features, piece->now[PART], piece->now[TIME]);
    return symgen_end(piece);
}

/* Take one step of all layers for what the first one is given. */
static void one_step(const struct network *net, struct piece *piece, float *given, float *kept)
{
    int wide = net->gate_panels * PANEL, n = net->hidden;
    const float *signal = piece->signal;
    for (int l = 0; l < net->depth; l++) {
        const struct layer *layer = net->layers + l;
        float *state = piece->state + (long)l * n;
        memcpy(kept, layer->kept_bias, sizeof(float) * wide);
        if (l) {
            memcpy(given, layer->given_bias, sizeof(float) * wide);
            symgen_product(layer->given, net->halves, net->gate_panels, n, &signal, &given, 1);
        }
        symgen_product(layer->kept, net->halves, net->gate_panels, n, (const float *const *)&state, &kept, 1);
        gru(given, kept, n, state);
        for (int i = 0; i < n; i++)
            piece->signal[i] = l ? piece->signal[i] + state[i] : state[i];
    }
}

/* Events whose columns are looked up before the GRU goes over them: what each of both needs stays near. */
#define SWEEP 32

/* Read given events, rows of the six fields, one after the other; not 0: no memory, or an event out of place. */
EXPORT int symgen_read(const struct network *net, struct piece *piece, const int64_t *rows, int count)
{
    int wide = net->gate_panels * PANEL, status = 0;
    float *given = malloc(sizeof(float) * (SWEEP + 1) * (long)wide);
    if (!given)
        return -1;
    for (int from = 0; from < count && !status; from += SWEEP) {
        int some = count - from < SWEEP ? count - from : SWEEP;
        for (int t = 0; t < some && !status; t++)
            status = given_event(net, piece, rows + (long)(from + t) * REFERENCE, given + (long)t * wide);
        for (int t = 0; t < some && !status; t++)
            one_step(net, piece, given + (long)t * wide, given + (long)SWEEP * wide);
    }
    free(given);
    return status;
}

/* -- heads ------------------------------------------------------------------------------- */

static WIDE void silu(float *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = x[i] * symgen_sigmoid(x[i]);
}

/* Add what scale degrees, intervals and the chord say of each pitch. */
static void add_pitches(const struct head *head, const struct piece *p, const float *out, float *logits)
{
    const int64_t *features = p->features;
    if (head->family >= 0 && features[head->family] == DRUMS)
        return;
    int64_t tonic = p->conditions[TONIC], from = features[head->start];
    const float *degrees = out + head->degree, *intervals = out + head->interval;
    for (int pitch = 0; pitch < PITCHES; pitch++) {
        /* What is unknown adds nothing. */
        float bias = tonic < NO_TONIC ? degrees[(pitch - tonic + 12) % 12] : 0.0f;
        int64_t leap = interval(pitch + 1, from);
        logits[pitch] += bias + (leap ? intervals[leap - 1] : 0.0f);
    }
    if (head->rooted >= 0) {
        /* Of a planned chord each pitch is scored as one above its root, and one above its bass. */
        int64_t root = features[head->root], bass = features[head->bass];
        const float *rooted = out + head->rooted, *bassed = out + head->bassed;
        for (int pitch = 0; pitch < PITCHES && root > 0; pitch++)
            logits[pitch] += rooted[(pitch + 1 - root + 132) % 12] + (bass > 0 ? bassed[(pitch + 1 - bass + 132) % 12] : 0.0f);
    }
    if (head->chord < 0)
        return;
    int64_t above = features[head->above], near = above > 0 ? above : features[head->below];
    float by_class[12];
    for (int own = 0; own < 12; own++) {
        by_class[own] = 0.0f;
        for (int other = 0; other < 12; other++)
            if (features[head->sounding] >> other & 1)
                by_class[own] += out[head->consonance + (own - other + 12) % 12];
    }
    for (int pitch = 0; pitch < PITCHES; pitch++) {
        int64_t leap = interval(pitch + 1, near);
        logits[pitch] += (leap ? out[head->chord + leap - 1] : 0.0f) + by_class[pitch % 12];
    }
}

/* Each slot of the copy memory points at a class, and its gate is added there. */
static void add_pointers(const struct head *head, const struct piece *p, const float *out, float *logits)
{
    for (int slot = 0; slot < head->slots; slot++) {
        int64_t value = p->features[head->pointed[slot]];
        if (value <= 0)
            continue;
        if (head->lengths)
            value = (value - 1) % head->lengths + 1;
        logits[value - 1] += out[head->gates + slot];
    }
}

/* Write the logits of a head of each piece into its `logits`. */
EXPORT int symgen_logits(const struct network *net, int number, struct piece *const *pieces, int count)
{
    const struct head *head = net->heads + number;
    int inner = head->inner_panels * PANEL, wide = head->out_panels * PANEL;
    float *memory = malloc(sizeof(float) * (long)(inner + wide) * count + sizeof(float *) * 3 * count);
    if (!memory)
        return -1;
    float *hidden = memory, *out = memory + (long)inner * count;
    float **signals = (float **)(out + (long)wide * count), **insides = signals + count, **outs = insides + count;
    for (int r = 0; r < count; r++) {
        signals[r] = pieces[r]->signal;
        insides[r] = hidden + (long)r * inner;
        outs[r] = out + (long)r * wide;
        memcpy(insides[r], head->state_bias, sizeof(float) * inner);
        memcpy(outs[r], head->out_bias, sizeof(float) * wide);
    }
    symgen_product(head->state, net->halves, head->inner_panels, net->hidden, (const float *const *)signals, insides, count);
    for (int r = 0; r < count; r++) {
        add_rows(&head->seen, pieces[r], insides[r]);
        silu(insides[r], head->inner);
    }
    symgen_product(head->out, net->halves, head->out_panels, head->inner, (const float *const *)insides, outs, count);
    for (int r = 0; r < count; r++) {
        float *logits = pieces[r]->logits;
        memcpy(logits, outs[r], sizeof(float) * head->classes);
        if (head->slots)
            add_pointers(head, pieces[r], outs[r], logits);
        if (head->degree >= 0)
            add_pitches(head, pieces[r], outs[r], logits);
    }
    free(memory);
    return 0;
}
