/* family.h: what the engines of all families share: the checked call, its workspace, its result. */
#ifndef LK_FAMILY_H
#define LK_FAMILY_H

#include "losskit.h"
#include "tasks.h"
#include "tensor_view.h"

/* A resolved call on its way into an engine. */
typedef struct lk_request {
    const lk_loss_info *info;
    int id;
    const double *params;
    const lk_call *call;
    double factor; /* times every derivative, besides the upstream gradient */
} lk_request;

/* An engine. `bytes` not NULL: checks the call, tells the workspace that it needs and computes
 * nothing. The floating-point environment is set. */
typedef lk_status lk_engine(const lk_request *request, size_t *bytes);
lk_engine lk_run_rows, lk_run_linear, lk_run_region, lk_run_embedding, lk_run_sequence;

/* One term of a sum: lk_evaluate() with every derivative times the term's factor, and another call
 * than the term's own. */
lk_status lk_evaluate_times(const lk_term *term, const lk_call *call);

/* Tensors that the loss needs and does not have, or has and does not take; size, reduction, flags
 * and modes. Reads no tensor. */
lk_status lk_check_call(const lk_request *request);

/* The tensor of a call. */
const lk_tensor *lk_argument_of(const lk_call *call, lk_argument_id id);

/* A view with the name that sentences call it by. */
typedef struct lk_named_array {
    const char *name;
    const lk_array *array; /* data NULL: absent */
} lk_named_array;
/* Outputs may not overlap one another, nor an input unless both are the same view (*in_place). */
lk_status lk_check_overlaps(const char *loss, const lk_named_array *inputs, int n_inputs,
                            const lk_named_array *outputs, int n_outputs, int *in_place);

/* The caller's workspace when it is large enough, else one from malloc, in *own for free().
 * Aligned to 64; bytes include LK_WORKSPACE_SLACK for that. */
enum { LK_WORKSPACE_SLACK = 63 };
lk_status lk_take_workspace(const lk_request *request, size_t bytes, void **workspace, void **own);

/* What the sum is divided by; 0 when there is nothing to average. */
double lk_divisor(const lk_call *call, int64_t count, double weights);
void lk_report(const lk_call *call, const lk_totals *totals, double divisor);

#endif
