/* Tracks of MIDI files: what symgen/formats/scan.py reads and symgen/midi/events.py writes. */

#include <string.h>

#include "kernel.h"

#define MAX_TICK 0x7FFFFFFFLL
#define MAX_DELTA 0x0FFFFFFFLL
#define LONGEST_NAME 65536
#define FASTEST 6000
#define SLOWEST 15000000

enum { NOTE_ON = 0x90, SYSEX = 0xF0, ESCAPE = 0xF7, META = 0xFF };
enum { TEXT = 1, NAME = 3, END = 0x2F, TEMPO = 0x51, METER = 0x58, KEY = 0x59 };

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

/* Read the track of `size` bytes at `start` into columns, and of each event without a channel the
   row (number, first byte, size) of its payload. `left` holds how many events, changes of tempo,
   meter or key, and notes are still allowed, and is counted down. `found` takes the number of events
   and of those without a channel, and the tick of the end of track. The answer is 0 there
   is anything to refuse, to leave out or to repair: then the Python reader says what. */
EXPORT int symgen_scan_track(
    const uint8_t *data, long start, long size, int64_t *left,
    int64_t *ticks, uint8_t *status, uint8_t *first, uint8_t *second,
    int64_t *systems, int64_t *found)
{
    const uint8_t *body = data + start;
    long at = 0, events = 0, others = 0;
    int64_t tick = 0, read = 0, changes = 0, notes = 0;
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
            int64_t *row = systems + 3 * others++;
            row[0] = events;
            row[1] = start + at;
            row[2] = length;
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
        notes += (running & 0xF0) == NOTE_ON && two > 0;
        if (notes > left[2])
            return 0;
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
    found[2] = tick;
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
