/* linear_margin.c: losses that change the label's score by the angle between features and weights.
 *
 * With w = W_y and c = w.x / (|w| |x|), dc/dx = w / (|w| |x|) - c x / |x|^2: a derivative by the
 * cosine is a multiple of w, which goes through the matrix products as part of the gradient of the
 * scores, and a multiple of x, added afterwards. Exchange x and w for the weights. */
#include <math.h>

#include "linear_job.h"
#include "linear_list.h"
#include "losskit.h"

int lk_margin_is_angular(const lk_linear_job *j)
{
    return j->request->id == LK_LARGE_MARGIN_SOFTMAX && j->request->params[0] > 1;
}

int lk_margin_is_cosine(const lk_linear_job *j)
{
    return j->request->id == LK_ARCFACE || j->request->id == LK_COSFACE;
}

double lk_large_margin_lambda(double step, double initial, double gamma, double power,
                              double lowest)
{
    const double lambda = initial * pow(1 + gamma * step, -power);
    return lambda > lowest ? lambda : lowest;
}

static double dot(const lk_linear_job *j, const char *a, int64_t row_a, const char *b,
                  int64_t row_b)
{
    double sum = 0;
    for (int64_t d = 0; d < j->dims; d++)
        sum += lk_real_at(j, a, row_a * j->dims + d) * lk_real_at(j, b, row_b * j->dims + d);
    return sum;
}

static double norm(const lk_linear_job *j, const char *a, int64_t row)
{
    return sqrt(dot(j, a, row, a, row));
}

/* to[row] += factor from[row_from] */
static void add(const lk_linear_job *j, char *to, int64_t row, double factor, const char *from,
                int64_t row_from)
{
    for (int64_t d = 0; factor != 0 && d < j->dims; d++)
        lk_set_real(j, to, row * j->dims + d,
                    lk_real_at(j, to, row * j->dims + d) +
                        factor * lk_real_at(j, from, row_from * j->dims + d));
}

static double clip(double c) { return c > 1 ? 1 : c < -1 ? -1 : c; }

static void weight_norm_task(void *context, size_t c)
{
    lk_linear_job *j = context;
    j->w_norm[c] = norm(j, j->w, (int64_t)c);
    j->along_w[c] = 0;
}

void lk_margin_begin(lk_linear_job *j) { lk_parallel((size_t)j->classes, weight_norm_task, j); }

/* 1 / (|x| |w|); 0 for a norm of 0, which makes the cosine 0 and its gradient too. */
static double inverse_norms(const lk_linear_job *j, int64_t row, int64_t class)
{
    const double norms = j->x_norm[row] * j->w_norm[class];
    return norms > 0 ? 1 / norms : 0;
}

static void angular_score(lk_linear_job *j, int64_t r)
{
    const int64_t y = j->label[r], at = r * j->classes + y;
    if (y < 0) return;
    const double plain = lk_real_at(j, j->scores, at), lambda = j->request->params[1];
    const double c = clip(plain * inverse_norms(j, r, y)), norms = j->x_norm[r] * j->w_norm[y];
    const margin_angle angle = large_margin_angle(c, (int)j->request->params[0]);
    lk_set_real(j, j->scores, at, (lambda * plain + norms * angle.psi) / (1 + lambda));
    j->along_x[r] = c;
}

static double label_cosine(const lk_linear_job *j, double c, double *slope)
{
    const double m = j->request->params[1];
    if (j->request->id == LK_ARCFACE) return arcface(c, m, slope);
    *slope = 1;
    return c - m;
}

static void cosine_scores(lk_linear_job *j, int64_t r)
{
    const double s = j->request->params[0];
    for (int64_t c = 0; c < j->classes; c++) {
        const int64_t at = r * j->classes + c;
        const double cosine = clip(lk_real_at(j, j->scores, at) * inverse_norms(j, r, c));
        double f = cosine;
        if (c == j->label[r]) f = label_cosine(j, cosine, &j->along_x[r]);
        lk_set_real(j, j->scores, at, s * f);
    }
}

static void scores_of_row(void *context, size_t row)
{
    lk_linear_job *j = context;
    const int64_t r = (int64_t)row;
    j->x_norm[r] = norm(j, j->x, r);
    if (lk_margin_is_angular(j))
        angular_score(j, r);
    else
        cosine_scores(j, r);
}

void lk_margin_scores(lk_linear_job *j) { lk_parallel((size_t)j->n, scores_of_row, j); }

static void cosine_gradient(void *context, size_t row)
{
    const lk_linear_job *j = context;
    const int64_t r = (int64_t)row;
    for (int64_t c = 0; c < j->classes; c++) {
        const int64_t at = r * j->classes + c;
        const double slope = c == j->label[r] ? j->along_x[r] : 1;
        const double g = lk_real_at(j, j->scores, at);
        lk_set_real(j, j->scores, at, g * slope * j->request->params[0] * inverse_norms(j, r, c));
    }
}

static void angular_gradient(lk_linear_job *j, int64_t r)
{
    const int64_t y = j->label[r], at = r * j->classes + y;
    const double c = j->along_x[r], lambda = j->request->params[1];
    j->along_x[r] = 0;
    if (y < 0) return;
    const double g = lk_real_at(j, j->scores, at) / (1 + lambda);
    const margin_angle angle = large_margin_angle(c, (int)j->request->params[0]);
    const int has_angle = inverse_norms(j, r, y) > 0;
    lk_set_real(j, j->scores, at, g * (lambda + (has_angle ? angle.slope : 0)));
    if (!has_angle) return;
    const double along = g * (angle.psi - c * angle.slope);
    j->along_x[r] = along * j->w_norm[y] / j->x_norm[r];
    j->along_w[y] += along * j->x_norm[r] / j->w_norm[y];
}

void lk_margin_gradient(lk_linear_job *j)
{
    if (lk_margin_is_cosine(j)) lk_parallel((size_t)j->n, cosine_gradient, j);
    for (int64_t r = 0; lk_margin_is_angular(j) && r < j->n; r++) angular_gradient(j, r);
}

/* A gradient through a direction has no part along it. */
static void project(const lk_linear_job *j, char *gradient, const char *along, int64_t row,
                    double size)
{
    if (size > 0)
        add(j, gradient, row, -dot(j, gradient, row, along, row) / (size * size), along, row);
}

void lk_margin_finish_input(lk_linear_job *j)
{
    for (int64_t r = 0; r < j->n; r++) {
        if (lk_margin_is_angular(j))
            add(j, j->dx, r, j->along_x[r], j->x, r);
        else
            project(j, j->dx, j->x, r, j->x_norm[r]);
    }
}

void lk_margin_finish_weights(lk_linear_job *j)
{
    for (int64_t c = 0; c < j->classes; c++) {
        if (lk_margin_is_angular(j))
            add(j, j->dw, c, j->along_w[c], j->w, c);
        else
            project(j, j->dw, j->w, c, j->w_norm[c]);
    }
}
