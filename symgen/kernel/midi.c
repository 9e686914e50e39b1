/* Tracks of MIDI files: what symgen/formats/scan.py reads and symgen/midi/events.py writes. */

#include <string.h>

#include "kernel.h"

#define MAX_TICK 0x7FFFFFFFLL
#define MAX_DELTA 0x0FFFFFFFLL
#define LONGEST_NAME 65536
#define FASTEST 6000
#define SLOWEST 15000000

enum { NOTE_ON = 0x90, CONTROLLER = 0xB0, PROGRAM = 0xC0, SYSEX = 0xF0, ESCAPE = 0xF7, META = 0xFF };
enum { BANK = 0, TEXT = 1, NAME = 3, END = 0x2F, TEMPO = 0x51, METER = 0x58, KEY = 0x59 };

/* Read a variable-length number of at most four bytes; -1 if it is longer or the track ends in it. */
static long read_vlq(const uint8_t *body, long size, long *at)
{
    long value = 0;
    for (int i = 0; i < 4 && *at < size; i++) {
        uint8_t byte = body[(*at)++];
        value = value << 7 | (byte & 0x7F);
        if (byte < 0x80)
            return value;
    }
    return -1;
}

/* Tell whether a meta event has the length and the values that the standard gives it. */
static int is_sound(int kind, const uint8_t *payload, long size)
{
    switch (kind) {
    case END:
        return size == 0;
    case TEMPO: {
        if (size != 3)
            return 0;
        long tempo = (long)payload[0] << 16 | payload[1] << 8 | payload[2];
        return FASTEST <= tempo && tempo <= SLOWEST;
    }
    case METER:
        return size == 4 && payload[0] != 0 && payload[1] <= 7;
    case KEY:
        return size == 2 && (payload[0] <= 7 || payload[0] >= 256 - 7) && payload[1] <= 1;
    case NAME:
        return size <= LONGEST_NAME;
    default:
        return 1;
    }
}

/* Read the track of `size` bytes at `start` into columns. Of each event without a channel `systems`
   takes the row (number, tick, status, type, first byte of the payload, its size), of each program
   change and bank select `patches` the row (number, tick, status, first, second). `left` holds how
   many events, changes of tempo, meter or key, and notes are still allowed, and is counted down.
   `found` takes the number of events and of those rows, the tick of the end of track, and a bit for
   each channel on which notes are played. The answer is 0 if there is anything to refuse, to leave
   out or to repair: then the Python reader says what. */
EXPORT int symgen_scan_track(
    const uint8_t *data, long start, long size, int64_t *left,
    int64_t *ticks, uint8_t *status, uint8_t *first, uint8_t *second,
    int64_t *systems, int64_t *patches, int64_t *found)
{
    const uint8_t *body = data + start;
    long at = 0, events = 0, others = 0, settings = 0;
    int64_t tick = 0, read = 0, changes = 0, notes = 0, channels = 0;
    int running = 0;
    for (;;) {
        long delta = read_vlq(body, size, &at);
        if (delta < 0 || at >= size || ++read > left[0])
            return 0;
        tick += delta;
        if (tick > MAX_TICK)
            return 0;
        int byte = body[at];
        if (byte >= SYSEX) {
            if (byte != META && byte != SYSEX && byte != ESCAPE)
                return 0;
            at++;
            int kind = 0;
            if (byte == META) {
                if (at >= size)
                    return 0;
                kind = body[at++];
            }
            long length = read_vlq(body, size, &at);
            if (length < 0 || length > size - at)
                return 0;
            if (byte == META) {
                if (!is_sound(kind, body + at, length))
                    return 0;
                if (kind == END)
                    break;
                changes += kind == TEMPO || kind == METER || kind == KEY;
                if (changes > left[1])
                    return 0;
            }
            int64_t *row = systems + 6 * others++;
            row[0] = events;
            row[1] = tick;
            row[2] = byte;
            row[3] = kind;
            row[4] = start + at;
            row[5] = length;
            ticks[events] = tick;
            status[events] = (uint8_t)byte;
            first[events] = (uint8_t)kind;
            second[events++] = 0;
            at += length;
            continue;
        }
        if (byte >= 0x80) {
            running = byte;
            at++;
        } else if (!running) {
            return 0;
        }
        /* all but program change and channel pressure have two data bytes */
        int width = (running & 0xE0) == 0xC0 ? 1 : 2;
        if (at + width > size)
            return 0;
        uint8_t one = body[at], two = body[at + width - 1];
        if ((one | two) & 0x80)
            return 0;
        at += width;
        int message = running & 0xF0;
        if (message == NOTE_ON && two > 0) {
            channels |= 1 << (running & 15);
            if (++notes > left[2])
                return 0;
        } else if (message == PROGRAM || (message == CONTROLLER && one == BANK)) {
            int64_t *row = patches + 5 * settings++;
            row[0] = events;
            row[1] = tick;
            row[2] = running;
            row[3] = one;
            row[4] = two;
        }
        ticks[events] = tick;
        status[events] = (uint8_t)running;
        first[events] = one;
        second[events++] = two;
    }
    /* a note on at the very last tick would end behind it */
    if (events && ticks[events - 1] == MAX_TICK && (status[events - 1] & 0xF0) == NOTE_ON)
        return 0;
    if (at < size)
        return 0;
    left[0] -= read;
    left[1] -= changes;
    left[2] -= notes;
    found[0] = events;
    found[1] = others;
    found[2] = settings;
    found[3] = tick;
    found[4] = channels;
    return 1;
}

#define CHANNELS 16
#define KEYS (CHANNELS * 128)
/* Notes of one tick are put in order one by one: there are few, but for files that are made to hurt. */
#define MOST_AT_ONCE 512

/* What one track plays: the events of keys, key by key, and the notes, channel by channel. */
typedef struct {
    const int64_t *ticks;
    /* event, and note that it begins; -1: it ends one */
    int64_t *events, *notes;
    /* rows of onset, pitch, duration and velocity */
    int64_t *rows;
    int64_t *groups;
    int64_t end, empty, restruck, strays, hanging, cut;
} Keys;

/* Let the notes end that were struck by the events from `from` on, up to another one. */
static void end_group(Keys *keys, long from, long to, int64_t tick, int is_restruck)
{
    for (long i = from; i < to; i++) {
        if (keys->notes[i] < 0)
            continue;
        int64_t *row = keys->rows + 4 * keys->notes[i];
        keys->empty += tick == row[0];
        keys->restruck += is_restruck;
        row[2] = tick > row[0] ? tick - row[0] : 1;
    }
}

/* Find what ends the notes of the key whose events lie from `start` to `stop`: the rules stand in
   symgen/midi/notes.py, the Python code in symgen/midi/keys.py. A note
   that does not end, and a note off that ends none, are counted: in another track that may end this. */
static void read_key(Keys *keys, long start, long stop, int64_t longest)
{
    /* notes struck at one tick are one group, told by its first event; the oldest sounding one first */
    int64_t *groups = keys->groups;
    long oldest = 0, newest = 0, run_end = start;
#define TICK(place) keys->ticks[keys->events[place]]
    for (long place = start; place < stop; place++) {
        int64_t tick = TICK(place);
        if (keys->notes[place] >= 0) {
            if (oldest == newest || TICK(groups[newest - 1]) != tick)
                groups[newest++] = place;
            continue;
        }
        long sounding = newest - oldest;
        if (!sounding) {
            keys->strays++;
            continue;
        }
        if (sounding > 1) {
            /* are there as many note offs in a row, in time, as notes sound? */
            for (run_end = run_end > place ? run_end : place;
                 run_end < stop && keys->notes[run_end] < 0; run_end++)
                ;
            int64_t struck = TICK(groups[newest - 1]);
            long last = place + sounding - 1;
            if (tick != struck && (last >= run_end || TICK(last) > struck + longest))
                for (; newest - oldest > 1; oldest++)
                    end_group(keys, groups[oldest], groups[oldest + 1], TICK(groups[oldest + 1]), 1);
        }
        end_group(keys, groups[oldest], newest - oldest > 1 ? groups[oldest + 1] : place, tick, 0);
        oldest++;
    }
#undef TICK
    if (oldest == newest)
        return;
    for (; newest - oldest > 1; oldest++)
        end_group(keys, groups[oldest], groups[oldest + 1], keys->ticks[keys->events[groups[oldest + 1]]], 1);
    /* the last ones hang */
    for (long i = groups[oldest]; i < stop; i++) {
        if (keys->notes[i] < 0)
            continue;
        int64_t *row = keys->rows + 4 * keys->notes[i];
        int64_t left = keys->end - row[0];
        keys->hanging++;
        keys->cut += left > longest;
        left = left < longest ? left : longest;
        row[2] = left > 0 ? left : 1;
    }
}

static int is_before(const int64_t *a, const int64_t *b)
{
    for (int i = 1; i < 4; i++)
        if (a[i] != b[i])
            return a[i] < b[i];
    return 0;
}

/* Sort notes that are sorted by onset by pitch, duration and velocity too; -1 if too many begin at
   once, else the number of those that begin as another one on their key. */
static int64_t sort_notes(int64_t *rows, long notes)
{
    int64_t doubled = 0;
    for (long i = 1, group = 0; i < notes; i++) {
        int64_t row[4];
        memcpy(row, rows + 4 * i, sizeof row);
        if (rows[4 * group] != row[0])
            group = i;
        if (i - group >= MOST_AT_ONCE)
            return -1;
        long at = i;
        for (; at > group && is_before(row, rows + 4 * (at - 1)); at--)
            memcpy(rows + 4 * at, rows + 4 * (at - 1), sizeof row);
        memcpy(rows + 4 * at, row, sizeof row);
    }
    for (long i = 1; i < notes; i++)
        doubled += rows[4 * i] == rows[4 * i - 4] && rows[4 * i + 1] == rows[4 * i - 3];
    return doubled;
}

/* Find the notes of a track that holds no command to end all notes: of each channel four columns,
   onset, duration, pitch and velocity, sorted by onset, pitch, duration and velocity, at the
   beginning of `work`, which has room for eleven numbers an event. `longest` are the ticks within
   which a note off is looked for, and which a note lasts that nothing ends, up to `end`. `found`
   takes the number of notes of each channel, how many have no length, are struck twice at once, and
   end where their key is struck again, how many note offs end none, and how many notes hang and are
   cut. */
EXPORT int symgen_pair_track(
    const int64_t *ticks, const uint8_t *status, const uint8_t *first, const uint8_t *second,
    long events, int64_t longest, int64_t end, int64_t *work, int64_t *found)
{
    long starts[KEYS + 1], places[KEYS], next[CHANNELS], notes = 0;
    Keys keys = {ticks, work + 8 * events, work + 9 * events, work + 4 * events,
                 work + 10 * events, end, 0, 0, 0, 0, 0};
    memset(starts, 0, sizeof starts);
    memset(found, 0, (CHANNELS + 6) * sizeof *found);
    for (long i = 0; i < events; i++) {
        int kind = status[i] & 0xF0, channel = status[i] & 15, pitch = first[i] & 0x7F;
        if (kind == CONTROLLER && pitch >= 120 && pitch != 121 && pitch != 122)
            return 0;
        if (kind > NOTE_ON)
            continue;
        starts[channel * 128 + pitch + 1]++;
        found[channel] += kind == NOTE_ON && second[i];
    }
    for (int channel = 0; channel < CHANNELS; channel++) {
        next[channel] = notes;
        notes += (long)found[channel];
    }
    for (int key = 0; key < KEYS; key++) {
        places[key] = starts[key];
        starts[key + 1] += starts[key];
    }
    for (long i = 0; i < events; i++) {
        int kind = status[i] & 0xF0, channel = status[i] & 15, pitch = first[i] & 0x7F;
        if (kind > NOTE_ON)
            continue;
        long place = places[channel * 128 + pitch]++;
        keys.events[place] = i;
        keys.notes[place] = -1;
        if (kind == NOTE_ON && second[i]) {
            int64_t *row = keys.rows + 4 * (keys.notes[place] = next[channel]++);
            row[0] = ticks[i];
            row[1] = pitch;
            row[3] = second[i];
        }
    }
    for (int key = 0; key < KEYS; key++)
        if (starts[key] < starts[key + 1])
            read_key(&keys, starts[key], starts[key + 1], longest);
    const int64_t *rows = keys.rows;
    for (int channel = 0; channel < CHANNELS; channel++) {
        long count = (long)found[channel];
        int64_t doubled = sort_notes((int64_t *)rows, count);
        if (doubled < 0)
            return 0;
        found[CHANNELS + 1] += doubled;
        for (long i = 0; i < count; i++, rows += 4, work++) {
            work[0] = rows[0];
            work[count] = rows[2];
            work[2 * count] = rows[1];
            work[3 * count] = rows[3];
        }
        work += 3 * count;
    }
    found[CHANNELS] = keys.empty;
    found[CHANNELS + 2] = keys.restruck;
    found[CHANNELS + 3] = keys.strays;
    found[CHANNELS + 4] = keys.hanging;
    found[CHANNELS + 5] = keys.cut;
    return 1;
}

static uint8_t *put_vlq(uint8_t *out, long value)
{
    for (int shift = 21; shift > 0; shift -= 7)
        if (value >> shift)
            *out++ = (uint8_t)(0x80 | (value >> shift & 0x7F));
    *out++ = (uint8_t)(value & 0x7F);
    return out;
}

/* Wait: more ticks than one number can say are bridged by empty texts. */
static uint8_t *put_wait(uint8_t *out, int64_t delta)
{
    for (; delta > MAX_DELTA; delta -= MAX_DELTA) {
        out = put_vlq(out, MAX_DELTA);
        *out++ = META;
        *out++ = TEXT;
        *out++ = 0;
    }
    return put_vlq(out, (long)delta);
}

/* Write a track without running status, its end behind the last event; the payloads of events
   without a channel stand one behind the other. Returns the bytes written, -1 if time runs back. */
EXPORT long symgen_write_track(
    const int64_t *ticks, const uint8_t *status, const uint8_t *first, const uint8_t *second,
    long events, const uint8_t *payloads, const int64_t *sizes, int64_t end, uint8_t *out)
{
    uint8_t *start = out;
    int64_t last = 0;
    for (long i = 0; i < events; i++) {
        int64_t delta = ticks[i] - last;
        if (delta < 0)
            return -1;
        last = ticks[i];
        out = put_wait(out, delta);
        *out++ = status[i];
        if (status[i] < SYSEX) {
            *out++ = first[i];
            if ((status[i] & 0xE0) != 0xC0)
                *out++ = second[i];
            continue;
        }
        if (status[i] == META)
            *out++ = first[i];
        out = put_vlq(out, (long)*sizes);
        memcpy(out, payloads, (size_t)*sizes);
        out += *sizes;
        payloads += *sizes++;
    }
    if (end < last)
        return -1;
    out = put_wait(out, end - last);
    *out++ = META;
    *out++ = END;
    *out++ = 0;
    return out - start;
}
