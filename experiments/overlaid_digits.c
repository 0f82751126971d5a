#include "overlaid_digits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trial.h"

enum { LABELS = OVERLAID_LABELS, PIXELS = OVERLAID_PIXELS };

static lk_status no_memory(void) { return lk_fail(LK_NO_MEMORY, "no memory for pictures"); }

static void lay_over(const double *a, const double *b, double *picture)
{
    for (int k = 0; k < PIXELS; k++) picture[k] = fmin(a[k] + b[k], 16) / 16;
}

static lk_status draw_pictures(const lk_dataset *digits, int64_t n, uint64_t seed, lk_dataset *out)
{
    lk_random random = {seed};
    const lk_status status = trial_rows(n, PIXELS, 0, out);
    if (status) return status;
    free(out->target);
    out->targets = LABELS;
    out->target = calloc((size_t)n * LABELS, sizeof *out->target);
    if (!out->target) {
        lk_dataset_free(out);
        return no_memory();
    }
    for (int64_t i = 0; i < n; i++) {
        const int64_t a = lk_random_below(&random, digits->rows);
        int64_t b = a;
        while (digits->target[b] == digits->target[a]) b = lk_random_below(&random, digits->rows);
        lay_over(digits->dense + a * PIXELS, digits->dense + b * PIXELS, out->dense + i * PIXELS);
        if (digits->target[a] < LABELS) out->target[i * LABELS + (int64_t)digits->target[a]] = 1;
        if (digits->target[b] < LABELS) out->target[i * LABELS + (int64_t)digits->target[b]] = 1;
    }
    return LK_OK;
}

int overlaid_labels(const double *row)
{
    double sum = 0;
    for (int c = 0; c < LABELS; c++) sum += row[c];
    return (int)sum;
}

void overlaid_free(overlaid_digits *p)
{
    lk_dataset_free(&p->train);
    lk_dataset_free(&p->validation);
    lk_dataset_free(&p->test);
}

lk_status overlaid_make(const lk_dataset *digits, uint64_t seed, overlaid_digits *out)
{
    trial_data first, second = {0};
    memset(out, 0, sizeof *out);
    lk_status status = trial_split(digits, 0.4, LK_SCALE_NONE, seed, &first);
    if (status) return status;
    status = trial_split(&first.test, 0.7, LK_SCALE_NONE, seed, &second);
    if (!status)
        status =
            draw_pictures(&first.train, OVERLAID_TRAIN, lk_random_stream(seed, 1), &out->train);
    if (!status)
        status = draw_pictures(&second.train, OVERLAID_VALIDATION, lk_random_stream(seed, 2),
                               &out->validation);
    if (!status)
        status = draw_pictures(&second.test, OVERLAID_TEST, lk_random_stream(seed, 3), &out->test);
    trial_free(&first);
    trial_free(&second);
    if (status) overlaid_free(out);
    return status;
}

lk_status overlaid_as_classes(const lk_dataset *data, lk_dataset *out)
{
    int64_t n = 0;
    for (int64_t i = 0; i < data->rows; i++) n += overlaid_labels(data->target + i * LABELS);
    const lk_status status = trial_rows(n, PIXELS, LABELS, out);
    if (status) return status;
    out->weight = malloc((size_t)(n + 1) * sizeof *out->weight);
    if (!out->weight) {
        lk_dataset_free(out);
        return no_memory();
    }
    int64_t to = 0;
    for (int64_t i = 0; i < data->rows; i++)
        for (int c = 0; c < LABELS; c++) {
            const double *const row = data->target + i * LABELS;
            if (row[c] == 0) continue;
            memcpy(out->dense + to * PIXELS, data->dense + i * PIXELS, PIXELS * sizeof(double));
            out->target[to] = c;
            out->weight[to++] = 1.0 / overlaid_labels(row);
        }
    return LK_OK;
}
