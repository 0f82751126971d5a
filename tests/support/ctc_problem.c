#include "support/ctc_problem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

const ctc_options ctc_usual = {0, 1, 0, 0};

double ctc_uniform(rng *r) { return (double)rng_below(r, 1 << 30) / (1 << 30); }

/* Scores in [-reach, reach]. */
void ctc_draw(rng *r, double reach, int64_t n, double *x)
{
    for (int64_t i = 0; i < n; i++) x[i] = reach * (2 * ctc_uniform(r) - 1);
}

lk_status ctc_evaluate(const lk_call *call, ctc_options o)
{
    return lk_ctc(call, o.blank, o.logits, o.zero_infinity, o.torch_gradient);
}

void ctc_close_to(double got, double want, double limit, const char *what)
{
    const int same = got == want || fabs(got - want) <= limit * fmax(1, fabs(want));
    if (!same) fail_msg("%s is %.17g, not %.17g", what, got, want);
}

/* One utterance [T, C] of doubles. */
double ctc_one(int64_t frames, int64_t classes, const double *x, const int *labels, int n,
               ctc_options o, double *gradient, double *curvature)
{
    const int64_t shape[] = {frames, classes}, length = n;
    const lk_tensor input = lk_view(x, LK_F64, 2, shape),
                    target = lk_vector(labels, LK_I32, &length);
    const lk_tensor g = lk_view(gradient, LK_F64, 2, shape);
    const lk_tensor h = lk_view(curvature, LK_F64, 2, shape);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &input;
    call.target = &target;
    call.gradient = gradient ? &g : NULL;
    call.curvature = curvature ? &h : NULL;
    call.result = &result;
    if (ctc_evaluate(&call, o)) fail_msg("%s", lk_last_error());
    return result.value;
}

void ctc_batch_make(ctc_batch *b, rng *r)
{
    const lk_call call = LK_CALL_INIT;
    memset(b, 0, sizeof *b);
    b->shape[0] = CTC_T, b->shape[1] = CTC_N, b->shape[2] = CTC_C;
    b->labels[0] = CTC_N, b->labels[1] = CTC_U, b->count = CTC_N;
    ctc_draw(r, 3, CTC_T * CTC_N * CTC_C, b->x);
    for (int i = 0; i < CTC_N * CTC_U; i++) b->target[i] = 1 + rng_below(r, CTC_C - 1);
    for (int n = 0; n < CTC_N; n++) {
        b->frames[n] = CTC_T - rng_below(r, 10);
        b->lengths[n] = CTC_U - rng_below(r, 3);
        b->weight[n] = 0.5 + ctc_uniform(r);
    }
    b->input = lk_view(b->x, LK_F64, 3, b->shape);
    b->gradient = lk_view(b->g, LK_F64, 3, b->shape);
    b->targets = lk_view(b->target, LK_I64, 2, b->labels);
    b->values = lk_vector(b->value, LK_F64, &b->count);
    b->weights = lk_vector(b->weight, LK_F64, &b->count);
    b->input_lengths = lk_vector(b->frames, LK_I64, &b->count);
    b->target_lengths = lk_vector(b->lengths, LK_I64, &b->count);
    b->call = call;
    b->call.input = &b->input;
    b->call.target = &b->targets;
    b->call.gradient = &b->gradient;
    b->call.value = &b->values;
    b->call.input_lengths = &b->input_lengths;
    b->call.target_lengths = &b->target_lengths;
    b->call.result = &b->result;
}

double *ctc_score(ctc_batch *b, int t, int n, int c) { return &b->x[(t * CTC_N + n) * CTC_C + c]; }

void ctc_refused(ctc_batch *b, ctc_options o, lk_status status, const char *sentence)
{
    memset(b->g, 0x11, sizeof b->g);
    assert_int_equal(ctc_evaluate(&b->call, o), status);
    assert_string_equal(lk_last_error(), sentence);
    for (size_t i = 0; i < sizeof b->g; i++) assert_int_equal(((unsigned char *)b->g)[i], 0x11);
}
