/* combine.c: a weighted sum of losses whose derivatives meet in the same arrays. */
#include <math.h>

#include "family.h"
#include "isa.h"
#include "losskit.h"

/* Derivatives that may meet when they are of the same kind. */
typedef enum role { ROLE_ALONE, ROLE_FIRST, ROLE_CURVATURE, ROLE_PRODUCT } role;

static role role_of(int id)
{
    switch (id) {
    case LK_ARG_VALUE:
    case LK_ARG_CENTER_STEP:
        return ROLE_ALONE;
    case LK_ARG_CURVATURE:
        return ROLE_CURVATURE;
    case LK_ARG_HESSIAN_VECTOR:
        return ROLE_PRODUCT;
    default:
        return ROLE_FIRST;
    }
}

/* Whether the term has the tensor, and it has elements; then its view. The tensor has passed the
 * checks of the term's own call. */
static int view(const lk_term *term, int id, lk_array *array)
{
    const lk_tensor *tensor = lk_argument_of(term->call, (lk_argument_id)id);
    if (!tensor) return 0;
    for (int d = 0; d < tensor->ndim; d++)
        if (tensor->shape[d] == 0) return 0;
    return lk_array_input("sum", lk_argument_describe((lk_argument_id)id)->name, tensor, NULL, NULL,
                          array) == LK_OK;
}

static const char *loss_name(const lk_term *term) { return lk_loss_describe(term->loss)->name; }

/* An output of one term and a tensor of another: apart, or derivatives that are to be added. */
static lk_status check_pair(const lk_term *terms, int k, int output, int other, int id)
{
    lk_array a, b;
    int same;
    if (!view(&terms[k], output, &a) || !view(&terms[other], id, &b)) return LK_OK;
    if (!lk_array_overlap(&a, &b, &same)) return LK_OK;
    const int is_output = lk_argument_describe((lk_argument_id)id)->output;
    const char *name = lk_argument_describe((lk_argument_id)output)->name;
    const char *other_name = lk_argument_describe((lk_argument_id)id)->name;
    if (!is_output || !same || role_of(output) != role_of(id) || role_of(id) == ROLE_ALONE)
        return lk_fail(LK_INVALID, "sum: %s of term %d (%s) overlaps %s of term %d (%s)%s", name, k,
                       loss_name(&terms[k]), other_name, other, loss_name(&terms[other]),
                       is_output ? " and cannot be added to it" : ", which it needs");
    if ((terms[k].call->flags ^ terms[other].call->flags) & LK_ACCUMULATE)
        return lk_fail(LK_INVALID,
                       "sum: terms %d (%s) and %d (%s) share %s; both must accumulate, or neither",
                       k, loss_name(&terms[k]), other, loss_name(&terms[other]), name);
    return LK_OK;
}

static lk_status check_pairs(const lk_term *terms, int n_terms)
{
    for (int k = 0; k < n_terms; k++)
        for (int output = LK_ARG_VALUE; output < LK_ARGUMENTS; output++) {
            if (!lk_argument_of(terms[k].call, (lk_argument_id)output)) continue;
            for (int other = 0; other < n_terms; other++)
                for (int id = 0; id < LK_ARGUMENTS && other != k; id++) {
                    const lk_status status = check_pair(terms, k, output, other, id);
                    if (status) return status;
                }
        }
    return LK_OK;
}

/* Whether an earlier term has written the output. */
static int is_written(const lk_term *terms, int k, int output)
{
    lk_array mine, earlier;
    int same;
    if (!view(&terms[k], output, &mine)) return 0;
    for (int other = 0; other < k; other++)
        for (int id = LK_ARG_VALUE; id < LK_ARGUMENTS; id++)
            if (view(&terms[other], id, &earlier) && lk_array_overlap(&mine, &earlier, &same))
                return 1;
    return 0;
}

/* The term adds to what others have written, and its call does not ask for that by itself. */
static int must_add(const lk_term *terms, int k)
{
    if (terms[k].call->flags & LK_ACCUMULATE) return 0;
    for (int output = LK_ARG_GRADIENT; output < LK_ARGUMENTS; output++)
        if (is_written(terms, k, output)) return 1;
    return 0;
}

/* An output that must be cleared first cannot lie over one of the term's own inputs. */
static lk_status check_in_place(const lk_term *terms, int k)
{
    if (!must_add(terms, k)) return LK_OK;
    for (int output = LK_ARG_GRADIENT; output < LK_ARGUMENTS; output++)
        for (int id = 0; id < LK_ARG_VALUE; id++) {
            lk_array a, b;
            int same;
            if (!view(&terms[k], output, &a) || !view(&terms[k], id, &b)) continue;
            if (lk_array_overlap(&a, &b, &same))
                return lk_fail(LK_INVALID,
                               "sum: %s of term %d (%s) lies over its %s, while other outputs of "
                               "the term are added to those of earlier terms",
                               lk_argument_describe((lk_argument_id)output)->name, k,
                               loss_name(&terms[k]),
                               lk_argument_describe((lk_argument_id)id)->name);
        }
    return LK_OK;
}

static lk_status check_term(const lk_term *terms, int k)
{
    const lk_term *term = &terms[k];
    size_t bytes;
    const lk_status status =
        lk_workspace_size(term->loss, term->params, term->n_params, term->call, &bytes);
    if (status) return status;
    if (!isfinite(term->factor))
        return lk_fail(LK_INVALID, "sum: the factor %g of term %d (%s) is not finite", term->factor,
                       k, loss_name(term));
    if (term->call->reduction != terms[0].call->reduction)
        return lk_fail(LK_INVALID, "sum: term %d (%s) has reduction %d, term 0 (%s) has %d", k,
                       loss_name(term), (int)term->call->reduction, loss_name(terms),
                       (int)terms[0].call->reduction);
    return LK_OK;
}

static int clear_task(void *context, void *scratch, int64_t first, size_t n, double *lanes,
                      int64_t *count)
{
    static const double zeros[LK_CHUNK];
    (void)scratch, (void)lanes, (void)count;
    for (size_t done = 0; done < n; done += LK_CHUNK) {
        const size_t part = n - done < LK_CHUNK ? n - done : (size_t)LK_CHUNK;
        lk_array_store(context, lk_isa_current()->f64, sizeof(double), first + (int64_t)done, part,
                       zeros);
    }
    return 0;
}

/* Zeros in the term's derivatives (and steps) that no earlier term has written. */
static void clear_fresh(const lk_term *terms, int k, int with_steps)
{
    enum { TASK = 4096 };
    for (int output = LK_ARG_GRADIENT; output < LK_ARGUMENTS; output++) {
        lk_array array;
        lk_totals ignored;
        if (role_of(output) == ROLE_ALONE && !with_steps) continue;
        if (!view(&terms[k], output, &array) || is_written(terms, k, output)) continue;
        lk_task_plan plan = {.n = 1, .task = TASK};
        for (int d = 0; d < array.ndim; d++) plan.n *= array.shape[d];
        plan.parallel = plan.n >= LK_PARALLEL_FROM;
        lk_run_tasks(&plan, clear_task, &array, &ignored);
    }
}

/* The same call without derivatives; the step of the centers does not know the factor. */
static void drop_derivatives(lk_call *call)
{
    call->gradient = call->curvature = call->hessian_vector = NULL;
    call->target_gradient = call->auxiliary_gradient = NULL;
    call->weights_gradient = call->bias_gradient = NULL;
    call->other_gradient = call->negative_gradient = NULL;
}

static lk_status run_term(const lk_term *terms, int k, lk_result *result)
{
    const lk_term *term = &terms[k];
    lk_call call = *term->call;
    call.result = result;
    if (must_add(terms, k)) {
        clear_fresh(terms, k, 1);
        call.flags |= LK_ACCUMULATE;
    }
    /* 0 times an infinite gradient would be NaN. */
    if (term->factor == 0) drop_derivatives(&call);
    const lk_status status = lk_evaluate_times(term, &call);
    if (!status && term->factor == 0 && !(call.flags & LK_ACCUMULATE)) clear_fresh(terms, k, 0);
    return status;
}

lk_status lk_evaluate_sum(const lk_term *terms, int n_terms, lk_result *total)
{
    if (!terms || n_terms < 1) return lk_fail(LK_INVALID, "sum: there are no terms");
    lk_status status = LK_OK;
    for (int k = 0; k < n_terms && !status; k++) status = check_term(terms, k);
    if (!status) status = check_pairs(terms, n_terms);
    for (int k = 0; k < n_terms && !status; k++) status = check_in_place(terms, k);
    lk_result sum = {0, 1, 0};
    for (int k = 0; k < n_terms && !status; k++) {
        lk_result one = {0, 0, 0};
        status = run_term(terms, k, &one);
        if (status) return status;
        if (terms[k].factor != 0) sum.value += terms[k].factor * one.value;
        if (one.count > sum.count) sum.count = one.count;
        if (terms[k].call->result) *terms[k].call->result = one;
    }
    if (!status && total) *total = sum;
    return status;
}
