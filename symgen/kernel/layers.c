/* A matrix times a few rows at once. */

#include "layers.h"

#define LANES 16
#define VECTORS (PANEL / LANES)
/* Rows that share one reading of the weights. */
#define ROWS 4

typedef float vector __attribute__((vector_size(4 * LANES)));
/* The same where it need not be aligned. */
typedef float loose __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/* Each output is one sum over the inputs in their order, for one row as for many: so a row is the same
   number for number whatever stands beside it. */
static inline __attribute__((always_inline)) void panel(
    const float *weights, int inputs, const float *const *x, float *const *out, int rows)
{
    vector sums[ROWS][VECTORS];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < VECTORS; v++)
            sums[r][v] = *(const loose *)(out[r] + v * LANES);
    for (int k = 0; k < inputs; k++) {
        const float *w = weights + (long)k * PANEL;
        for (int r = 0; r < rows; r++)
            for (int v = 0; v < VECTORS; v++)
                sums[r][v] += *(const loose *)(w + v * LANES) * x[r][k];
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < VECTORS; v++)
            *(loose *)(out[r] + v * LANES) = sums[r][v];
}

/* Two panels side by side for one row: one alone would wait for its sums. */
static inline __attribute__((always_inline)) void two_panels(
    const float *weights, int inputs, const float *x, float *out)
{
    const float *others = weights + (long)inputs * PANEL;
    vector sums[2 * VECTORS];
    for (int v = 0; v < 2 * VECTORS; v++)
        sums[v] = *(const loose *)(out + v * LANES);
    for (int k = 0; k < inputs; k++)
        for (int v = 0; v < VECTORS; v++) {
            sums[v] += *(const loose *)(weights + (long)k * PANEL + v * LANES) * x[k];
            sums[VECTORS + v] += *(const loose *)(others + (long)k * PANEL + v * LANES) * x[k];
        }
    for (int v = 0; v < 2 * VECTORS; v++)
        *(loose *)(out + v * LANES) = sums[v];
}

static inline __attribute__((always_inline)) void one_row(
    const float *weights, int panels, int inputs, const float *x, float *out)
{
    for (long place = 0; place < panels / 2 * 2l * PANEL; place += 2 * PANEL)
        two_panels(weights + place * inputs, inputs, x, out + place);
    if (panels % 2) {
        long place = (panels - 1l) * PANEL;
        float *to = out + place;
        panel(weights + place * inputs, inputs, &x, &to, 1);
    }
}

static inline __attribute__((always_inline)) void some_rows(
    const float *weights, int panels, int inputs, const float *const *x, float *const *out, int rows)
{
    for (int p = 0; p < panels; p++) {
        float *to[ROWS];
        for (int r = 0; r < rows; r++)
            to[r] = out[r] + (long)p * PANEL;
        panel(weights + (long)p * PANEL * inputs, inputs, x, to, rows);
    }
}

static WIDE void product(
    const float *weights, int panels, int inputs, const float *const *x, float *const *out, int count)
{
    int row = count - count % ROWS;
    for (int p = 0; p < panels && row; p++)
        for (int r = 0; r < row; r += ROWS) {
            float *to[ROWS];
            for (int i = 0; i < ROWS; i++)
                to[i] = out[r + i] + (long)p * PANEL;
            panel(weights + (long)p * PANEL * inputs, inputs, x + r, to, ROWS);
        }
    switch (count % ROWS) {
    case 3:
        some_rows(weights, panels, inputs, x + row, out + row, 3);
        break;
    case 2:
        some_rows(weights, panels, inputs, x + row, out + row, 2);
        break;
    case 1:
        one_row(weights, panels, inputs, x[row], out[row]);
    }
}

/* -- weights of 16 bits ------------------------------------------------------------------ */

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define HALF_TARGET "avx512f"
#define HALF_LANES 16
#define HALF_NAME _512
#define HALF_LOAD(from) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(from)))
#include "halves.h"

#define HALF_TARGET "avx2,f16c"
#define HALF_LANES 8
#define HALF_NAME _256
#define HALF_LOAD(from) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(from)))
#include "halves.h"

/* Whether this processor reads weights of 16 bits: half the way from the memory, the same numbers. */
EXPORT int symgen_reads_halves(void)
{
    return __builtin_cpu_supports("avx512f") || (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c"));
}

static void half_product(
    const uint16_t *weights, int panels, int inputs, const float *const *x, float *const *out, int count)
{
    if (__builtin_cpu_supports("avx512f"))
        product_512(weights, panels, inputs, x, out, count);
    else
        product_256(weights, panels, inputs, x, out, count);
}

#else

EXPORT int symgen_reads_halves(void)
{
    return 0;
}

static void half_product(
    const uint16_t *weights, int panels, int inputs, const float *const *x, float *const *out, int count)
{
    (void)weights, (void)panels, (void)inputs, (void)x, (void)out, (void)count;
}

#endif

/* Add a matrix of `panels` panels times each of `count` rows to what stands in `out`; its weights have 16 bits
   if `halves`, else 32. */
EXPORT void symgen_product(const void *weights, int halves, int panels, int inputs, const float *const *x,
    float *const *out, int count)
{
    if (halves)
        half_product(weights, panels, inputs, x, out, count);
    else
        product(weights, panels, inputs, x, out, count);
}
