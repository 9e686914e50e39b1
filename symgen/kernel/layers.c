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
    const float *weights, int panels, int inputs, const float *x, float *out, int back)
{
    int pairs = panels / 2;
    for (int i = 0; i < pairs; i++) {
        long place = (back ? pairs - 1 - i : i) * 2l * PANEL;
        two_panels(weights + place * inputs, inputs, x, out + place);
    }
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

/* Add a matrix of `panels` panels times each of `count` rows to what stands in `out`. */
EXPORT WIDE void symgen_product(
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
        one_row(weights, panels, inputs, x[row], out[row], 0);
    }
}

/* The same for one row, from the last panel to the first: what was read last is still near. */
WIDE void symgen_product_back(const float *weights, int panels, int inputs, const float *x, float *out)
{
    one_row(weights, panels, inputs, x, out, 1);
}
