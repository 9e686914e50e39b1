/* Draw a class from logits: see `Drawing` in symgen/sampling/sampler.py. */

#include <math.h>

#include "kernel.h"

#define MOST 1024

/* Return how many of the likeliest classes hold the share `top_p` of the chances, which sum to 1. */
static int nucleus(const double *chances, int n, double top_p, int top_k, int *order)
{
    int kept = 0;
    double sum = 0.0;
    char taken[MOST] = {0};
    int most = top_k > 0 && top_k < n ? top_k : n;
    while (kept < most) {
        int best = -1;
        for (int i = 0; i < n; i++)
            if (!taken[i] && (best < 0 || chances[i] > chances[best]))
                best = i;
        taken[best] = 1;
        order[kept++] = best;
        sum += chances[best];
        if (sum >= top_p)
            break;
    }
    return kept;
}

/* Return a class, or -1 if none is allowed (then `chance` is not used up). */
EXPORT int symgen_choose(
    const float *logits, const uint8_t *allowed, int n, double scale, double top_p, int top_k, double chance)
{
    double chances[MOST], top = -INFINITY, sum = 0.0;
    int last = -1;
    if (n > MOST)
        return -2;
    for (int i = 0; i < n; i++)
        if (allowed[i] && (double)logits[i] > top)
            top = (double)logits[i];
    for (int i = 0; i < n; i++) {
        chances[i] = allowed[i] ? exp(((double)logits[i] - top) * scale) : 0.0;
        sum += chances[i];
        if (allowed[i])
            last = i;
    }
    if (last < 0)
        return -1;
    if (!(sum > 0.0))
        return -3; /* the network gives no numbers */
    for (int i = 0; i < n; i++)
        chances[i] /= sum;
    if (top_p < 1.0 || top_k > 0) {
        int order[MOST];
        double left[MOST] = {0};
        int kept = nucleus(chances, n, top_p, top_k, order);
        for (int i = 0; i < kept; i++)
            left[order[i]] = chances[order[i]];
        for (int i = 0; i < n; i++)
            chances[i] = left[i];
    }
    sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += chances[i];
    double wanted = chance * sum, running = 0.0;
    for (int i = 0; i < n; i++) {
        running += chances[i];
        if (chances[i] > 0.0)
            last = i;
        if (running > wanted)
            return i;
    }
    return last;
}

/* Return the log of the probability of a class among all of them, in nats, negative as logs are. */
EXPORT double symgen_log_chance(const float *logits, int n, int chosen)
{
    double top = -INFINITY, sum = 0.0;
    for (int i = 0; i < n; i++)
        if ((double)logits[i] > top)
            top = (double)logits[i];
    for (int i = 0; i < n; i++)
        sum += exp((double)logits[i] - top);
    return (double)logits[chosen] - top - log(sum);
}
