/* statistics.c: numbers about the whole sample that a loss needs before its first element; they
 * stand in for its third input and are constants in the gradient. */
#include <math.h>
#include <string.h>

#include "losskit.h"
#include "pointwise_job.h"

/* Named values of the parameter behind the third input. */
enum statistic { NONE, CLASS_BALANCE, MAD, MAD_PER_ROW };

static enum statistic wanted(const lk_job *j)
{
    static const char *const names[] = {"", "auto", "mad", "mad_per_row"};
    if (!j->info || !j->info->auxiliary || j->auxiliary_source == LK_AUX_ARRAY) return NONE;
    if (j->info->auxiliary_param < 0) return NONE;
    const lk_parameter *p = &j->info->params[j->info->auxiliary_param];
    for (int k = 0; k < 2; k++)
        for (int s = CLASS_BALANCE; p->named[k].name && s <= MAD_PER_ROW; s++)
            if (j->auxiliary_value == p->named[k].value && !strcmp(p->named[k].name, names[s]))
                return (enum statistic)s;
    return NONE;
}

/* A sample is what the first index of the input selects; a vector is one sample. */
static int64_t samples_of(const lk_job *j, enum statistic statistic)
{
    const lk_tensor *input = j->call->input;
    return input->ndim < 2 || statistic == MAD ? 1 : input->shape[0];
}

lk_status lk_statistics_size(const lk_job *j, size_t *bytes)
{
    const enum statistic statistic = wanted(j);
    *bytes = 0;
    if (statistic == NONE || j->n == 0) return LK_OK;
    const int64_t samples = samples_of(j, statistic);
    const int64_t doubles = samples + (statistic == CLASS_BALANCE ? 0 : j->n / samples);
    if (doubles > (int64_t)(SIZE_MAX / sizeof(double)))
        return lk_fail(LK_NO_MEMORY, "%s: scratch for %lld doubles does not fit in memory", j->name,
                       (long long)doubles);
    *bytes = (size_t)doubles * sizeof(double);
    return LK_OK;
}

/* Targets of a chunk as doubles, and keep[i] = 1 for those that count: neither ignored nor NaN. */
static void load_targets(const lk_job *j, int64_t first, size_t n, double *target, double *keep)
{
    lk_array_load(&j->target, j->isa->f64, sizeof *target, first, n, target);
    for (size_t i = 0; i < n; i++) keep[i] = 1;
    if (j->call->flags & LK_IGNORE) j->isa->f64->keep(n, target, j->call->ignore_target, keep);
    for (size_t i = 0; i < n; i++)
        if (isnan(target[i])) target[i] = keep[i] = 0;
}

static int balance_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                        int64_t *count)
{
    const lk_job *j = context;
    (void)scratch;
    double target[LK_CHUNK], keep[LK_CHUNK];
    for (size_t done = 0; done < n; done += LK_CHUNK) {
        const size_t part = n - done < LK_CHUNK ? n - done : (size_t)LK_CHUNK;
        load_targets(j, j->sample_first + first + (int64_t)done, part, target, keep);
        for (size_t i = 0; i < part; i++) {
            *count += keep[i] != 0;
            target[i] = keep[i] != 0 ? 1 - target[i] : 0;
        }
        j->isa->f64->sum(part, target, lanes);
    }
    return 0;
}

/* beta = n_negative / n for each sample. */
static void balance(const lk_job *j, int64_t samples, double *beta)
{
    lk_job sample = *j;
    sample.n = j->sample_size;
    for (int64_t s = 0; s < samples; s++) {
        lk_totals totals;
        sample.sample_first = s * j->sample_size;
        lk_run_elements(&sample, balance_task, &totals);
        beta[s] = totals.count ? totals.sum / (double)totals.count : 0;
    }
}

static void swap(double *a, double *b)
{
    const double old = *a;
    *a = *b;
    *b = old;
}

/* The k-th smallest of n numbers, moved to a[k] with none larger before it: Hoare's selection. The
 * pivot comes from the middle of a shuffled walk, so that no ordinary order is its worst case. */
static double select_smallest(double *a, int64_t n, int64_t k)
{
    uint64_t random = 0x9e3779b97f4a7c15u;
    for (int64_t low = 0, high = n - 1; low < high;) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const double pivot = a[low + (int64_t)((random >> 33) % (uint64_t)(high - low + 1))];
        int64_t i = low, j = high;
        while (i <= j) {
            while (a[i] < pivot) i++;
            while (a[j] > pivot) j--;
            if (i <= j) swap(&a[i++], &a[j--]);
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return a[k];
}

static double median(double *a, int64_t n)
{
    const double upper = select_smallest(a, n, n / 2);
    if (n % 2) return upper;
    double lower = a[0];
    for (int64_t i = 1; i < n / 2; i++)
        if (a[i] > lower) lower = a[i];
    return lower + (upper - lower) / 2;
}

/* Residuals of one sample that count, in scratch; returns how many. */
static int64_t residuals(const lk_job *j, int64_t sample, double *r)
{
    double input[LK_CHUNK], target[LK_CHUNK], keep[LK_CHUNK];
    const int64_t begin = sample * j->sample_size, end = begin + j->sample_size;
    int64_t kept = 0;
    for (int64_t first = begin; first < end; first += LK_CHUNK) {
        const size_t n = end - first < LK_CHUNK ? (size_t)(end - first) : (size_t)LK_CHUNK;
        lk_array_load(&j->input, j->isa->f64, sizeof *input, first, n, input);
        load_targets(j, first, n, target, keep);
        for (size_t i = 0; i < n; i++)
            if (keep[i] != 0 && !isnan(input[i] - target[i])) r[kept++] = input[i] - target[i];
    }
    return kept;
}

/* scale = 1.4826 MAD estimates the standard deviation of Gaussian residuals. */
static lk_status mad(const lk_job *j, int64_t samples, double *scale, double *scratch)
{
    for (int64_t s = 0; s < samples; s++) {
        scale[s] = 1;
        const int64_t n = residuals(j, s, scratch);
        if (n == 0) continue;
        const double centre = median(scratch, n);
        for (int64_t i = 0; i < n; i++) scratch[i] = fabs(scratch[i] - centre);
        scale[s] = 1.482602218505602 * median(scratch, n);
        if (scale[s] > 0 && scale[s] < HUGE_VAL) continue;
        return lk_fail(LK_INVALID,
                       "%s: the median absolute deviation of the residuals of sample %lld is %g; "
                       "give the scale as a number",
                       j->name, (long long)s, scale[s] / 1.482602218505602);
    }
    return LK_OK;
}

lk_status lk_statistics(lk_job *j, void *workspace)
{
    const enum statistic statistic = wanted(j);
    const int64_t samples = samples_of(j, statistic);
    double *table = workspace;
    j->sample_auxiliary = table;
    j->sample_size = j->n / samples;
    lk_status status = LK_OK;
    if (statistic == CLASS_BALANCE)
        balance(j, samples, table);
    else
        status = mad(j, samples, table, table + samples);
    j->auxiliary_source = LK_AUX_PER_SAMPLE;
    if (samples == 1) { /* one constant, which the direct path takes as well */
        j->auxiliary_source = LK_AUX_CONSTANT;
        j->auxiliary_value = table[0];
    }
    return status;
}
