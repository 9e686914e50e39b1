/* Layers of networks: one sum for each output, in one order, and functions that every processor computes alike. */

#ifndef SYMGEN_LAYERS_H
#define SYMGEN_LAYERS_H

#include <string.h>

#include "kernel.h"

/* Outputs of a panel: a matrix lies as panels of so many outputs, in each of them input by input. */
#define PANEL 64

void symgen_product(const void *weights, int halves, int panels, int inputs, const float *const *x,
    float *const *out, int count);

/* e to the x: two to a whole number times a polynomial of the rest; of plain sums and products alone, so
   that it is the same on every machine and in every width of vectors. */
static inline float symgen_exp(float x)
{
    x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
    float whole = x * 1.44269504088896341f + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &whole, sizeof bits);
    whole -= 12582912.0f;
    float rest = x - whole * 0.693359375f;
    rest = rest + whole * 2.12194440e-4f;
    float sum = 1.9875691500e-4f;
    sum = sum * rest + 1.3981999507e-3f;
    sum = sum * rest + 8.3334519073e-3f;
    sum = sum * rest + 4.1665795894e-2f;
    sum = sum * rest + 1.6666665459e-1f;
    sum = sum * rest + 5.0000001201e-1f;
    sum = sum * rest * rest + rest + 1.0f;
    int32_t power = (bits + 127) << 23;
    float scale;
    memcpy(&scale, &power, sizeof scale);
    return sum * scale;
}

/* The same in double. */
static inline double symgen_exp64(double x)
{
    x = x < -700.0 ? -700.0 : x > 700.0 ? 700.0 : x;
    double whole = x * 1.4426950408889634 + 6755399441055744.0;
    int64_t bits;
    memcpy(&bits, &whole, sizeof bits);
    whole -= 6755399441055744.0;
    double rest = x - whole * 6.93147180369123816490e-01;
    rest = rest - whole * 1.90821492927058770002e-10;
    double sum = 1.0 / 6227020800.0;
    sum = sum * rest + 1.0 / 479001600.0;
    sum = sum * rest + 1.0 / 39916800.0;
    sum = sum * rest + 1.0 / 3628800.0;
    sum = sum * rest + 1.0 / 362880.0;
    sum = sum * rest + 1.0 / 40320.0;
    sum = sum * rest + 1.0 / 5040.0;
    sum = sum * rest + 1.0 / 720.0;
    sum = sum * rest + 1.0 / 120.0;
    sum = sum * rest + 1.0 / 24.0;
    sum = sum * rest + 1.0 / 6.0;
    sum = sum * rest + 0.5;
    sum = sum * rest * rest + rest + 1.0;
    int64_t power = (bits + 1023) << 52;
    double scale;
    memcpy(&scale, &power, sizeof scale);
    return sum * scale;
}

static inline float symgen_sigmoid(float x)
{
    return 1.0f / (1.0f + symgen_exp(-x));
}

static inline float symgen_tanh(float x)
{
    return 2.0f / (1.0f + symgen_exp(-2.0f * x)) - 1.0f;
}

#endif
