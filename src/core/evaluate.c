/* evaluate.c: the entries by id, and the way from there into the engine of the loss's family. */
#include "family.h"
#include "float_environment.h"
#include "losskit.h"
#include "pointwise_job.h"
#include "registry.h"

static lk_status run(const lk_request *request, size_t *bytes)
{
    static lk_engine *const engines[] = {
        [LK_KIND_ROWS] = lk_run_rows,         [LK_KIND_LINEAR] = lk_run_linear,
        [LK_KIND_REGION] = lk_run_region,     [LK_KIND_EMBEDDING] = lk_run_embedding,
        [LK_KIND_SEQUENCE] = lk_run_sequence,
    };
    if (request->info->kind == LK_KIND_POINTWISE) return lk_run_pointwise(request, bytes);
    const lk_float_environment old = lk_enter_float_environment();
    const int outer = lk_begin_tasks();
    lk_status status = lk_check_call(request);
    if (!status) status = engines[request->info->kind](request, bytes);
    lk_end_tasks(outer);
    lk_leave_float_environment(old);
    return status;
}

static lk_status resolve_and_run(lk_loss loss, const double *params, int n_params,
                                 const lk_call *call, double factor, size_t *bytes)
{
    double resolved[LK_MAX_PARAMS];
    const lk_loss_info *info = lk_resolve(loss, params, n_params, resolved);
    if (!info) return LK_INVALID;
    const lk_request request = {info, (int)loss, resolved, call, factor};
    return run(&request, bytes);
}

lk_status lk_evaluate(lk_loss loss, const double *params, int n_params, const lk_call *call)
{
    return resolve_and_run(loss, params, n_params, call, 1, NULL);
}

lk_status lk_workspace_size(lk_loss loss, const double *params, int n_params, const lk_call *call,
                            size_t *bytes)
{
    if (!bytes) return lk_fail(LK_INVALID, "lk_workspace_size: bytes is NULL");
    return resolve_and_run(loss, params, n_params, call, 1, bytes);
}

lk_status lk_evaluate_times(const lk_term *term, const lk_call *call)
{
    return resolve_and_run(term->loss, term->params, term->n_params, call, term->factor, NULL);
}
