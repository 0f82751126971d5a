#include "feature_plane.h"

#include <stdlib.h>
#include <string.h>

void plane_network_of(const image_set *set, const lk_objective *objective, int n_objective,
                      uint64_t seed, plane_network *out)
{
    memset(out, 0, sizeof *out);
    for (int k = 0; k < PLANE_LAYERS - 1; k++)
        out->layers[k] = (lk_layer){.units = set->units[k], .activation = LK_ACTIVATION_PRELU};
    out->layers[PLANE_LAYERS - 1] = (lk_layer){.units = 2, .activation = LK_ACTIVATION_LINEAR};
    const lk_mlp_options init = LK_MLP_OPTIONS_INIT;
    out->options = init;
    out->options.layers = out->layers;
    out->options.n_layers = PLANE_LAYERS;
    out->options.objective = objective;
    out->options.n_objective = n_objective;
    out->options.learning_rate = 3e-3;
    out->options.schedule = LK_SCHEDULE_COSINE;
    out->options.epochs = set->epochs;
    out->options.batch = set->batch;
    out->options.seed = seed;
}

lk_status plane_points(const lk_model *model, const lk_dataset *data, double **points)
{
    *points = malloc((size_t)(2 * data->rows + 1) * sizeof **points);
    if (!*points) return lk_fail(LK_NO_MEMORY, "no memory for %lld points", (long long)data->rows);
    const lk_status status = lk_mlp_activations(model, data, PLANE_LAYERS - 1, *points);
    if (!status) return LK_OK;
    free(*points);
    *points = NULL;
    return status;
}

void plane_middles(const lk_dataset *data, const double *points, double middle[DIGITS][2])
{
    double rows[DIGITS] = {0};
    for (int c = 0; c < DIGITS; c++) middle[c][0] = middle[c][1] = 0;
    for (int64_t i = 0; i < data->rows; i++) {
        const int c = (int)data->target[i];
        rows[c]++;
        middle[c][0] += points[2 * i];
        middle[c][1] += points[2 * i + 1];
    }
    for (int c = 0; c < DIGITS; c++)
        for (int d = 0; d < 2; d++) middle[c][d] /= rows[c];
}

lk_status plane_scatter(experiment *x, const figure_look *look, const lk_dataset *data,
                        const double *points, int64_t shown)
{
    const int64_t rows = data->rows < shown ? data->rows : shown;
    double *at = malloc((size_t)(2 * rows + 1) * sizeof *at);
    if (!at) return lk_fail(LK_NO_MEMORY, "no memory for a figure");
    figure(x, look);
    for (int64_t c = 0; c < data->classes; c++) {
        const char digit[2] = {(char)('0' + c), 0};
        int64_t n = 0;
        for (int64_t i = 0; i < rows; i++) {
            if ((int64_t)data->target[i] != c) continue;
            at[n] = points[2 * i];
            at[rows + n++] = points[2 * i + 1];
        }
        if (n) figure_points(x, digit, n, at, at + rows);
    }
    free(at);
    return LK_OK;
}

void plane_histogram(int64_t n, const double *values, double from, double to, int bins, double *at,
                     double *share)
{
    const double width = (to - from) / bins;
    for (int b = 0; b < bins; b++) {
        at[b] = from + (b + 0.5) * width;
        share[b] = 0;
    }
    for (int64_t i = 0; i < n; i++) {
        const double place = (values[i] - from) / width;
        share[place >= bins ? bins - 1 : place > 0 ? (int)place : 0] += 1 / (double)n;
    }
}
