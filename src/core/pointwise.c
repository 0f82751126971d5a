/* pointwise.c: the pointwise engine. A call is checked and described as a job (prepare.c); then
 * either the kernel runs straight over the caller's arrays, or chunks are converted, weighed and
 * stored around it. Both give the same bits. */
#include <math.h>
#include <stdlib.h>

#include "family.h"
#include "float_environment.h"
#include "losskit.h"
#include "pointwise_job.h"

static void *at(const lk_array *array, int64_t index)
{
    return array->data ? array->data + index * array->width : NULL;
}

int lk_run_elements(lk_job *job, lk_task_body *body, lk_totals *totals)
{
    enum { TASK = 4096 };
    const lk_task_plan plan = {.n = job->n, .task = TASK, .parallel = job->n >= LK_PARALLEL_FROM};
    return lk_run_tasks(&plan, body, job, totals);
}

/* The caller's arrays are contiguous and of the computation type: nothing to convert. */
static int direct_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                       int64_t *count)
{
    const lk_job *j = context;
    (void)scratch;
    const lk_span span = {
        .n = n,
        .input = at(&j->input, first),
        .target = at(&j->target, first),
        .auxiliary = j->auxiliary_source == LK_AUX_ARRAY ? at(&j->auxiliary, first) : NULL,
        .auxiliary_value = j->auxiliary_value,
        .params = j->params,
        .scale = j->scale,
        .lanes = lanes,
        .value = at(&j->value, first),
        .gradient = at(&j->gradient, first),
        .curvature = at(&j->curvature, first),
    };
    *count += (int64_t)n;
    return j->kernels->pointwise[j->id](&span);
}

/* Scratch for one chunk, wide enough for doubles. */
typedef struct chunk {
    _Alignas(64) double input[LK_CHUNK], target[LK_CHUNK], auxiliary[LK_CHUNK], weight[LK_CHUNK],
        factor[LK_CHUNK], value[LK_CHUNK], gradient[LK_CHUNK], curvature[LK_CHUNK],
        target_gradient[LK_CHUNK], auxiliary_gradient[LK_CHUNK], old[LK_CHUNK];
} chunk;

static void load(const lk_job *j, const lk_array *array, int64_t first, size_t n, void *to)
{
    lk_array_load(array, j->kernels, j->real_width, first, n, to);
}

static void load_auxiliary(const lk_job *j, int64_t first, size_t n, void *to)
{
    if (j->auxiliary_source == LK_AUX_ARRAY) load(j, &j->auxiliary, first, n, to);
    if (j->auxiliary_source == LK_AUX_CONSTANT) j->kernels->fill(n, to, j->auxiliary_value);
    for (size_t done = 0; j->auxiliary_source == LK_AUX_PER_SAMPLE && done < n;) {
        const int64_t index = first + (int64_t)done, sample = index / j->sample_size;
        const int64_t rest = (sample + 1) * j->sample_size - index;
        const size_t run = (uint64_t)rest < n - done ? (size_t)rest : n - done;
        j->kernels->fill(run, (char *)to + done * j->real_width, j->sample_auxiliary[sample]);
        done += run;
    }
}

static int call_custom(const lk_job *j, size_t n, chunk *c)
{
    j->custom(n, c->input, c->target, j->context, c->value, j->gradient.data ? c->gradient : NULL,
              j->curvature.data ? c->curvature : NULL);
    for (size_t i = 0; i < n; i++) {
        const double sum = c->input[i] + c->target[i];
        if (!isnan(c->input[i]) && !isnan(c->target[i])) continue;
        c->value[i] = c->gradient[i] = c->curvature[i] = sum;
    }
    return 0;
}

static int call_kernel(const lk_job *j, size_t n, chunk *c)
{
    if (j->custom) return call_custom(j, n, c);
    const lk_curvature mode = j->call->curvature_mode;
    lk_span span = {.n = n,
                    .input = c->input,
                    .target = c->target,
                    .auxiliary = c->auxiliary,
                    .params = j->params,
                    .scale = 1,
                    .value = c->value,
                    .gradient = j->gradient.data ? c->gradient : NULL};
    void *curvature = j->curvature.data ? c->curvature : NULL;
    if (!j->target_gradient.data && !j->auxiliary_gradient.data &&
        (!curvature || mode == LK_CURVATURE_TRUE)) {
        span.curvature = curvature;
        return j->kernels->pointwise[j->id](&span);
    }
    *(mode == LK_CURVATURE_FISHER  ? &span.fisher
      : mode == LK_CURVATURE_UPPER ? &span.upper
                                   : &span.curvature) = curvature;
    span.target_gradient = j->target_gradient.data ? c->target_gradient : NULL;
    span.auxiliary_gradient = j->auxiliary_gradient.data ? c->auxiliary_gradient : NULL;
    return j->kernels->every[j->id](&span);
}

static double inside(const lk_domain *d)
{
    return isfinite(d->lowest) ? d->lowest + (d->kind == 1) : 0;
}

/* Targets and weights of a chunk. An ignored element gets weight 0, and numbers of the domain for
 * whatever it holds. */
static int load_target(const lk_job *j, int64_t first, size_t n, chunk *c, int64_t *count)
{
    const lk_kernel_table *k = j->kernels;
    load(j, &j->target, first, n, c->target);
    if (j->weight.data) load(j, &j->weight, first, n, c->weight);
    if (!(j->call->flags & LK_IGNORE)) {
        *count += (int64_t)n;
    } else {
        *count += (int64_t)k->keep(n, c->target, j->call->ignore_target, c->old);
        if (!j->weight.data) k->fill(n, c->weight, 1);
        k->weigh(n, c->weight, c->old);
        if (j->info) {
            const int labels_01 = (j->call->flags & LK_LABELS_01) != 0;
            k->blank(n, c->target, c->old, labels_01 ? 0 : inside(&j->info->target_domain));
            k->blank(n, c->input, c->old, inside(&j->info->input_domain));
            k->blank(n, c->auxiliary, c->old, inside(&j->info->auxiliary_domain));
        }
    }
    return j->call->flags & LK_LABELS_01 ? k->signs(n, c->target) : 0;
}

static void finish(const lk_job *j, const lk_array *array, int64_t first, size_t n, void *reals,
                   const void *factor, void *old)
{
    if (!array->data) return;
    if (factor)
        j->kernels->weigh(n, reals, factor);
    else
        j->kernels->scale(n, reals, j->scale);
    if (j->call->flags & LK_ACCUMULATE) {
        load(j, array, first, n, old);
        j->kernels->add(n, reals, old);
    }
    lk_array_store(array, j->kernels, j->real_width, first, n, reals);
}

/* All loads come before the first store, so that an output may be exactly an input. */
static int run_chunk(const lk_job *j, int64_t first, size_t n, double *lanes, int64_t *count,
                     chunk *c)
{
    const lk_kernel_table *k = j->kernels;
    const int weighted = j->weight.data || j->call->flags & LK_IGNORE;
    load(j, &j->input, first, n, c->input);
    if (j->info && j->info->auxiliary) load_auxiliary(j, first, n, c->auxiliary);
    int bad = load_target(j, first, n, c, count);
    if (j->upstream.data) load(j, &j->upstream, first, n, c->factor);
    bad |= call_kernel(j, n, c);
    if (weighted) k->weigh(n, c->value, c->weight);
    k->sum(n, c->value, lanes);
    if (j->value.data) lk_array_store(&j->value, k, j->real_width, first, n, c->value);

    const void *factor = weighted || j->upstream.data ? c->factor : NULL;
    if (factor && !j->upstream.data) k->fill(n, c->factor, 1);
    if (factor) k->scale(n, c->factor, j->scale);
    if (weighted) k->weigh(n, c->factor, c->weight);
    if (j->curvature.data && j->call->flags & LK_CURVATURE_FLOOR)
        k->raise(n, c->curvature, j->call->curvature_floor);
    finish(j, &j->gradient, first, n, c->gradient, factor, c->old);
    finish(j, &j->curvature, first, n, c->curvature, factor, c->old);
    finish(j, &j->target_gradient, first, n, c->target_gradient, factor, c->old);
    finish(j, &j->auxiliary_gradient, first, n, c->auxiliary_gradient, factor, c->old);
    return bad;
}

static int chunked_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                        int64_t *count)
{
    const lk_job *j = context;
    (void)scratch;
    chunk c;
    int bad = 0;
    for (size_t done = 0; done < n; done += LK_CHUNK) {
        const size_t part = n - done < LK_CHUNK ? n - done : (size_t)LK_CHUNK;
        bad |= run_chunk(j, first + (int64_t)done, part, lanes, count, &c);
    }
    return bad;
}

/* Counts what counts, and sums its weights. */
static int weight_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                       int64_t *count)
{
    const lk_job *j = context;
    (void)scratch;
    chunk c;
    for (size_t done = 0; done < n; done += LK_CHUNK) {
        const size_t part = n - done < LK_CHUNK ? n - done : (size_t)LK_CHUNK;
        (void)load_target(j, first + (int64_t)done, part, &c, count);
        if (!j->weight.data && !(j->call->flags & LK_IGNORE)) j->kernels->fill(part, c.weight, 1);
        j->kernels->sum(part, c.weight, lanes);
    }
    return 0;
}

/* What the sum is divided by; 0 when there is nothing to average. */
static double normalizer(lk_job *j)
{
    lk_totals totals = {(double)j->n, j->n};
    if (j->n && (j->call->flags & LK_IGNORE || j->call->reduction == LK_WEIGHTED_MEAN))
        lk_run_elements(j, weight_task, &totals);
    return lk_divisor(j->call, totals.count, totals.sum);
}

static lk_status compute(lk_job *j)
{
    lk_totals totals = {0, 0};
    const double divisor = normalizer(j);
    j->scale = divisor == 0 ? 0 : j->scale / divisor;
    const int direct = j->direct && j->auxiliary_source != LK_AUX_PER_SAMPLE;
    if (j->n && lk_run_elements(j, direct ? direct_task : chunked_task, &totals))
        return lk_explain_domain(j);
    lk_report(j->call, &totals, divisor);
    return LK_OK;
}

/* Runs a call with the workspace that it needs; bytes not NULL: only tells that. */
static lk_status evaluate(lk_job *j, size_t *bytes)
{
    const lk_float_environment old = lk_enter_float_environment();
    size_t needed = 0;
    void *own = NULL, *workspace = NULL;
    lk_status status = lk_prepare(j);
    if (!status) status = lk_statistics_size(j, &needed);
    if (!status && bytes) *bytes = needed;
    if (!status && needed && !bytes) {
        workspace = j->call->workspace;
        if (!workspace || j->call->workspace_size < needed) workspace = own = malloc(needed);
        if (!workspace)
            status = lk_fail(LK_NO_MEMORY, "%s: no memory for %zu bytes", j->name, needed);
        if (!status) status = lk_statistics(j, workspace);
    }
    if (!status && !bytes) status = compute(j);
    free(own);
    lk_leave_float_environment(old);
    return status;
}

/* Not by an initialiser: the shapes of absent arrays are most of a job, and clearing them would
 * cost a small call a tenth of its time. */
static void clear(lk_job *j)
{
    j->custom = NULL;
    j->input.data = j->target.data = j->auxiliary.data = j->weight.data = j->upstream.data = NULL;
    j->value.data = j->gradient.data = j->curvature.data = NULL;
    j->target_gradient.data = j->auxiliary_gradient.data = NULL;
    j->auxiliary_value = 0;
    j->scale = 1;
    j->sample_first = 0;
}

lk_status lk_run_pointwise(const lk_request *request, size_t *bytes)
{
    lk_job job;
    clear(&job);
    job.info = request->info;
    for (int k = 0; k < job.info->n_params; k++) job.params[k] = request->params[k];
    job.name = job.info->name;
    job.id = request->id;
    job.call = request->call;
    job.scale = request->factor;
    return evaluate(&job, bytes);
}

lk_status lk_evaluate_custom(lk_pointwise_function *loss, void *context, const lk_call *call)
{
    lk_job job;
    clear(&job);
    job.info = NULL;
    job.name = "custom loss";
    job.custom = loss;
    job.context = context;
    job.call = call;
    if (!loss) return lk_fail(LK_INVALID, "custom loss: the function is NULL");
    return evaluate(&job, NULL);
}
