/* center_step.c: how the centers of the center loss move. Rows are sorted by class, so that every
 * class adds up its own rows, in their order, whatever the number of threads. */
#include <string.h>

#include "feature_rows.h"

typedef struct step_job {
    const lk_features *f;
    int64_t *begin, *order; /* rows order[begin[j]] .. order[begin[j + 1] - 1] are of class j */
    void *step;
} step_job;

static size_t padded(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

/* Sums in double, and room for the center, a row and the step. */
static size_t scratch_of(const lk_features *f)
{
    return padded((size_t)f->d * sizeof(double)) + 3 * padded((size_t)f->d * f->real_width);
}

static lk_task_plan plan_of(const lk_features *f)
{
    const lk_task_plan plan = {.n = f->classes,
                               .task = 1,
                               .parallel = f->n >= LK_PARALLEL_FROM / f->d,
                               .scratch = scratch_of(f)};
    return plan;
}

size_t lk_center_step_workspace(const lk_features *f)
{
    const lk_task_plan plan = plan_of(f);
    return padded((size_t)(f->classes + 1 + f->n) * sizeof(int64_t)) + lk_task_workspace(&plan);
}

/* A weight of 0 takes a row out, as it does everywhere. */
static int moves(const lk_features *f, int64_t row)
{
    double weight = 1;
    if (f->weight.data) lk_array_load(&f->weight, f->wide, sizeof weight, row, 1, &weight);
    return weight != 0 && lk_takes_part(f, row);
}

static void sort_by_class(step_job *j)
{
    const lk_features *f = j->f;
    memset(j->begin, 0, (size_t)(f->classes + 1) * sizeof *j->begin);
    for (int64_t i = 0; i < f->n; i++)
        if (moves(f, i)) j->begin[lk_label_at(f, i)]++;
    int64_t end = 0;
    for (int64_t c = 0; c <= f->classes; c++) j->begin[c] = end += j->begin[c];
    for (int64_t i = f->n - 1; i >= 0; i--)
        if (moves(f, i)) j->order[--j->begin[lk_label_at(f, i)]] = i;
}

/* Row `index` of a matrix: where it is, or loaded into room. */
static const void *row_at(const lk_features *f, const lk_array *array, int64_t index, void *room)
{
    int64_t step;
    if (lk_rows_are_direct(f, array, &step)) return array->data + index * step * array->width;
    lk_array_load(array, f->reals, f->real_width, index * f->d, (size_t)f->d, room);
    return room;
}

static int step_class(void *context, void *scratch, int64_t class, size_t n, double *lanes,
                      int64_t *count)
{
    const step_job *j = context;
    const lk_features *f = j->f;
    const size_t d = (size_t)f->d, room = padded(d * f->real_width);
    double *sum = scratch;
    char *center = (char *)scratch + padded(d * sizeof *sum), *row = center + room;
    const lk_embedding_kernels *kernels = f->reals->embedding;
    const int64_t first = j->begin[class], last = j->begin[class + 1];
    char *step = j->step ? (char *)j->step + (size_t) class * d * f->real_width : row + room;
    (void)n, (void)lanes, (void)count;
    memset(sum, 0, d * sizeof *sum);
    const void *from = row_at(f, &f->centers, class, center);
    for (int64_t k = first; k < last; k++)
        kernels->depart(d, from, row_at(f, &f->input, j->order[k], row), sum);
    kernels->settle(d, sum, 1 / (1 + (double)(last - first)), step);
    if (!j->step) lk_array_store(&f->center_step, f->reals, f->real_width, class * f->d, d, step);
    return 0;
}

void lk_center_step(const lk_features *f, void *workspace, void *step)
{
    lk_task_plan plan = plan_of(f);
    lk_totals unused;
    if (!f->classes) return;
    step_job job = {.f = f, .begin = workspace, .step = step};
    job.order = job.begin + f->classes + 1;
    plan.workspace = (char *)workspace + padded((size_t)(f->classes + 1 + f->n) * sizeof(int64_t));
    sort_by_class(&job);
    lk_run_tasks(&plan, step_class, &job, &unused);
}
