/* Notes put on the grid and laid out as events: what symgen/tokens/codec.py and form.py do array by array. */

#include "kernel.h"

enum { ONSET, PART, PITCH, DURATION, VELOCITY, ROW };
enum { FIELDS = 6, FORM = 5 };

static int64_t convert(int64_t ticks, int64_t source, int64_t target)
{
    return (2 * ticks * target + source) / (2 * source);
}

static int64_t apart(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

/* Put notes, rows of onset, duration, pitch, velocity and part, on the grid. `rows` takes onset, part,
   pitch, duration and velocity of each; `found` how many were moved, the largest and the sum of the
   moves in ticks times grid, the last onset, the last end, the longest duration, and whether the
   notes are still in the order of events, no two at one place. */
EXPORT void symgen_snap_notes(
    const int64_t *notes, long count, int64_t resolution, int64_t grid, int64_t *rows, int64_t *found)
{
    int64_t moved = 0, largest = 0, sum = 0, last = 0, end = 0, longest = 0, is_ordered = 1, before = -1;
    for (long i = 0; i < count; i++, notes += 5, rows += ROW) {
        int64_t begins = notes[0], ends = notes[0] + notes[1];
        int64_t onset = convert(begins, resolution, grid);
        int64_t duration = convert(ends, resolution, grid) - onset;
        duration = duration > 1 ? duration : 1;
        int64_t shift = apart(begins * grid, onset * resolution);
        int64_t other = apart(ends * grid, (onset + duration) * resolution);
        shift = shift > other ? shift : other;
        moved += shift > 0;
        sum += shift;
        largest = largest > shift ? largest : shift;
        last = last > onset ? last : onset;
        end = end > onset + duration ? end : onset + duration;
        longest = longest > duration ? longest : duration;
        int64_t place = (onset << 8 | notes[4]) << 7 | notes[2];
        is_ordered &= place > before;
        before = place;
        rows[ONSET] = onset;
        rows[PART] = notes[4];
        rows[PITCH] = notes[2];
        rows[DURATION] = duration;
        rows[VELOCITY] = notes[3];
    }
    const int64_t values[] = {moved, largest, sum, last, end, longest, is_ordered};
    for (int i = 0; i < 7; i++)
        found[i] = values[i];
}

/* The notes of a piece, sorted as events are, and its bars. */
typedef struct {
    const int64_t *rows, *starts, *firsts;
    /* how long one event can last; the classes that follow are skip, bar, end and tie */
    int64_t longest, skip, bar, end, tie;
} Piece;

static int64_t place_of(const Piece *piece, long note, long bar)
{
    const int64_t *row = piece->rows + ROW * note;
    return (row[ONSET] - piece->starts[bar]) * 4096 + row[PART] * 128 + row[PITCH];
}

static int64_t lasting(const Piece *piece, long note)
{
    int64_t duration = piece->rows[ROW * note + DURATION];
    return duration == piece->tie ? piece->longest : duration;
}

/* Count the notes of a bar that stand at the same places of an earlier one, and those as long as there. */
static void compare(const Piece *piece, long bar, long source, int64_t *places, int64_t *wholes)
{
    long back = piece->firsts[source], stop = piece->firsts[source + 1];
    *places = *wholes = 0;
    for (long note = piece->firsts[bar]; note < piece->firsts[bar + 1]; note++) {
        int64_t place = place_of(piece, note, bar), length = lasting(piece, note);
        while (back < stop && place_of(piece, back, source) < place)
            back++;
        if (back == stop)
            return;
        if (place_of(piece, back, source) != place)
            continue;
        ++*places;
        /* where held notes go on, several may stand at one place */
        for (long at = back; at < stop && place_of(piece, at, source) == place; at++)
            if (lasting(piece, at) == length) {
                ++*wholes;
                break;
            }
    }
}

/* Return the form of a bar, see `_choose` of symgen/tokens/form.py; `last` is the lag that holds. */
static int form_of(const Piece *piece, long bar, const int64_t *lags, long count, long *last)
{
    const int64_t *firsts = piece->firsts, *starts = piece->starts;
    int64_t notes = firsts[bar + 1] - firsts[bar], length = starts[bar + 1] - starts[bar];
    long first = -1, best = -1;
    int goes_on = 0, is_like = 0;
    double most = 0;
    for (long lag = 0; lag < count; lag++) {
        long source = bar - (long)lags[lag];
        if (!notes || source < 0 || starts[source + 1] - starts[source] != length)
            continue;
        int64_t there = firsts[source + 1] - firsts[source], places, wholes;
        compare(piece, bar, source, &places, &wholes);
        double alike = (double)places / (double)(notes > there ? notes : there);
        if (notes == there && wholes == notes) {
            first = first < 0 ? lag : first;
            goes_on |= lag == *last;
        }
        if (alike >= 0.5) {
            if (alike > most) {
                most = alike;
                best = lag;
            }
            is_like |= lag == *last;
        }
    }
    if (first >= 0) {
        *last = goes_on ? *last : first;
        return 1 + 2 * (int)*last;
    }
    if (best < 0) {
        *last = -1;
        return 0;
    }
    *last = is_like ? *last : best;
    return 2 + 2 * (int)*last;
}

static uint8_t *put_event(uint8_t *out, int64_t time)
{
    for (int field = 1; field < FIELDS; field++)
        out[field] = 0;
    out[0] = (uint8_t)time;
    return out + FIELDS;
}

/* Put notes, bar lines, skips and the end in order, with the form of each bar; returns how many events
   that makes. `classes` are the longest duration, skip, bar, end and tie; bar lines stand at `starts`,
   of which the last one is the end of the piece. `work` has room for a number a bar and one more. */
EXPORT long symgen_lay_events(
    const int64_t *rows, long notes, const int64_t *starts, long bars, const int64_t *classes,
    const int64_t *lags, long count, int64_t *work, uint8_t *fields)
{
    Piece piece = {rows, starts, work, classes[0], classes[1], classes[2], classes[3], classes[4]};
    uint8_t *out = fields;
    int64_t before = 0;
    long last = -1;
    for (long bar = 0, note = 0; bar <= bars; bar++) {
        while (note < notes && rows[ROW * note] < starts[bar])
            note++;
        work[bar] = note;
    }
    for (long bar = 0; bar < bars; bar++) {
        int form = form_of(&piece, bar, lags, count, &last);
        out = put_event(out, piece.bar);
        out[FORM - FIELDS] = (uint8_t)form;
        for (long note = work[bar]; note < work[bar + 1]; note++) {
            const int64_t *row = rows + ROW * note;
            int64_t advance = row[ONSET] - (before > starts[bar] ? before : starts[bar]);
            for (; advance >= piece.longest; advance -= piece.longest)
                out = put_event(out, piece.skip);
            out = put_event(out, advance);
            for (int field = PART; field < ROW; field++)
                out[field - FIELDS] = (uint8_t)row[field];
            before = row[ONSET];
        }
    }
    return (put_event(out, piece.end) - fields) / FIELDS;
}
