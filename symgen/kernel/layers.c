/* Layers of the event network for a few rows at once. */

#include <string.h>

#include "layers.h"

#define LANES 16
#define VECTORS (PANEL / LANES)
/* Rows that share one reading of the weights. */
#define ROWS 4

typedef float vector __attribute__((vector_size(4 * LANES)));

static inline __attribute__((always_inline)) void panel(
    const float *weights, int inputs, const float *const *x, float *const *out, int rows)
{
    /* Each output is one sum over the inputs in their order, for one row as for many: so a row is
       the same number for number whatever stands beside it. */
    vector sums[ROWS][VECTORS];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < VECTORS; v++)
            memcpy(&sums[r][v], out[r] + v * LANES, sizeof(vector));
    for (int k = 0; k < inputs; k++) {
        vector w[VECTORS];
        memcpy(w, weights + (long)k * PANEL, sizeof w);
        for (int r = 0; r < rows; r++)
            for (int v = 0; v < VECTORS; v++)
                sums[r][v] += w[v] * x[r][k];
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < VECTORS; v++)
            memcpy(out[r] + v * LANES, &sums[r][v], sizeof(vector));
}

/* Add a matrix of `panels` panels times each of `count` rows to what stands in `out`. */
EXPORT WIDE void symgen_product(
    const float *weights, int panels, int inputs, const float *const *x, float *const *out, int count)
{
    for (int p = 0; p < panels; p++) {
        const float *w = weights + (long)p * PANEL * inputs;
        int row = 0;
        while (row < count) {
            float *to[ROWS];
            int rows = count - row < ROWS ? 1 : ROWS;
            for (int r = 0; r < rows; r++)
                to[r] = out[row + r] + (long)p * PANEL;
            if (rows == ROWS)
                panel(w, inputs, x + row, to, ROWS);
            else
                panel(w, inputs, x + row, to, 1);
            row += rows;
        }
    }
}
