/* Products with weights of 16 bits, for one width of vectors: included with `HALF_TARGET`, `HALF_LANES` and `HALF_NAME`.
   Each weight is the same number as in 32 bits, and the sums are those of `panel` in layers.c. */

#define VECTORS_OF_HALVES (PANEL / HALF_LANES)
#define JOIN_HALVES(name, suffix) name##suffix
#define NAME_HALVES(name, suffix) JOIN_HALVES(name, suffix)
#define HALVES(name) NAME_HALVES(name, HALF_NAME)

typedef float HALVES(wide) __attribute__((vector_size(4 * HALF_LANES)));
typedef float HALVES(wide_loose) __attribute__((vector_size(4 * HALF_LANES), aligned(4), may_alias));

static inline __attribute__((always_inline, target(HALF_TARGET))) void HALVES(panels)(
    const uint16_t *weights, int side, int inputs, const float *const *x, float *const *out, int rows)
{
    /* `side` panels for each row: one alone would wait for its sums. */
    HALVES(wide) sums[ROWS][2 * VECTORS_OF_HALVES];
    int vectors = side * VECTORS_OF_HALVES;
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            sums[r][v] = *(const HALVES(wide_loose) *)(out[r] + v * HALF_LANES);
    for (int k = 0; k < inputs; k++)
        for (int v = 0; v < vectors; v++) {
            int p = v / VECTORS_OF_HALVES, place = v % VECTORS_OF_HALVES;
            HALVES(wide) w = (HALVES(wide))HALF_LOAD(
                weights + ((long)p * inputs + k) * PANEL + place * HALF_LANES);
            for (int r = 0; r < rows; r++)
                sums[r][v] += w * x[r][k];
        }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            *(HALVES(wide_loose) *)(out[r] + v * HALF_LANES) = sums[r][v];
}

static __attribute__((target(HALF_TARGET))) void HALVES(product)(
    const uint16_t *weights, int panels, int inputs, const float *const *x, float *const *out, int count)
{
    int row = 0;
    for (; row + ROWS <= count; row += ROWS)
        for (int p = 0; p < panels; p++) {
            float *to[ROWS];
            for (int r = 0; r < ROWS; r++)
                to[r] = out[row + r] + (long)p * PANEL;
            HALVES(panels)(weights + (long)p * PANEL * inputs, 1, inputs, x + row, to, ROWS);
        }
    for (; row + 2 <= count; row += 2)
        for (int p = 0; p < panels; p++) {
            float *to[2] = {out[row] + (long)p * PANEL, out[row + 1] + (long)p * PANEL};
            HALVES(panels)(weights + (long)p * PANEL * inputs, 1, inputs, x + row, to, 2);
        }
    for (; row < count; row++)
        for (int p = 0; p < panels; p += 2) {
            float *to = out[row] + (long)p * PANEL;
            const uint16_t *w = weights + (long)p * PANEL * inputs;
            if (p + 1 < panels)
                HALVES(panels)(w, 2, inputs, x + row, &to, 1);
            else
                HALVES(panels)(w, 1, inputs, x + row, &to, 1);
        }
}

#undef VECTORS_OF_HALVES
#undef JOIN_HALVES
#undef NAME_HALVES
#undef HALVES
#undef HALF_TARGET
#undef HALF_LANES
#undef HALF_NAME
#undef HALF_LOAD
