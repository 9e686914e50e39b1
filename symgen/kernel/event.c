/* One event, field by field: see `NetState` in symgen/nets/state.py. */

#include <string.h>

#include "network.h"

enum { TIME, PART, PITCH, DURATION, VELOCITY, FORM, FIELDS };

/* Say what is known before the next event, and nothing of the event itself. */
EXPORT void symgen_begin(struct piece *piece)
{
    features_context(piece->steps, piece->features);
    memset(piece->now, 0, FIELDS * sizeof *piece->now);
    piece->surprise = 0.0;
}

/* Say which class a field of the event has, and what follows from it; the goal of a bar, which takes the place
   of a pitch, is no pitch of a note. */
EXPORT void symgen_take(struct piece *piece, int field, int64_t value)
{
    int64_t *now = piece->now, *features = piece->features;
    now[field] = value;
    if (field == FORM)
        features_form(piece->steps, features, value);
    else if (field == TIME && value < piece->skip)
        features_time(piece->steps, features, value);
    else if (field == PART)
        features_part(piece->steps, features, value, now[TIME]);
    else if (field == PITCH && now[TIME] < piece->skip)
        features_pitch(piece->steps, features, now[PART], value);
}

/* Add the event to what was before; not 0 if there is no memory. */
EXPORT int symgen_end(struct piece *piece)
{
    for (int field = 0; field < FIELDS; field++)
        piece->last[field] = piece->now[field] + 1;
    piece->last[FIELDS] = piece->features[piece->reference];
    return piece->now[TIME] == piece->end ? 0 : features_push(piece->steps, piece->now);
}
