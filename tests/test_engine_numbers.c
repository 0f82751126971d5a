/* test_engine_numbers.c: special numbers. What one element holds does not reach the others; NaN in
 * gives NaN out; finite numbers give no NaN, whatever their size and the parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "support/element_types.h"
#include "support/sample.h"
#include "support/scene.h"

static const int dtypes[] = {LK_F32, LK_F64};
enum { N = 67, EVERYTHING = 31, AUXILIARY = 1 << IN_AUXILIARY, WEIGHT = 1 << IN_WEIGHT };

static const lk_domain *domain_of(const lk_loss_info *info, int in)
{
    static const lk_domain all = {-HUGE_VAL, HUGE_VAL, 0};
    return in == IN_INPUT       ? &info->input_domain
           : in == IN_TARGET    ? &info->target_domain
           : in == IN_AUXILIARY ? &info->auxiliary_domain
                                : &all;
}

/* ---- one special element ----------------------------------------------------------------------
 */

/* With x in element i of an input all other elements are as before; NaN reaches every output of
 * element i: those in `reached`. */
static void check_one(const scene *want, const plan *p, int in, int64_t i, double x,
                      unsigned reached)
{
    scene s;
    rng r = {1};
    scene_make(&s, want->loss, p, &r);
    s.call.flags = want->call.flags;
    view_set(&s.in[in], i, x);
    if (scene_run(&s)) fail_msg("%s", lk_last_error());
    for (int k = 0; k < OUTS; k++)
        for (int64_t e = 0; s.outs >> k & 1 && e < N; e++) {
            if (e == i && isnan(x) && reached >> k & 1 && !isnan(view_get(&s.out[k], e)))
                fail_msg("%s %s: NaN in %s[%lld] gives %s = %g", s.info->name,
                         element_name(p->dtype), scene_in_name(in), (long long)i, scene_out_name(k),
                         view_get(&s.out[k], e));
            if (e != i &&
                !element_same(view_at(&want->out[k], e), 0, view_at(&s.out[k], e), 0, p->dtype))
                fail_msg("%s %s: %g in %s[%lld] changes %s[%lld]", s.info->name,
                         element_name(p->dtype), x, scene_in_name(in), (long long)i,
                         scene_out_name(k), (long long)e);
        }
    if (isnan(x)) assert_true(isnan(s.result.value));
    scene_free(&s);
}

static void check_specials(lk_loss id, const plan *p, uint32_t flags)
{
    const double specials[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 0x1p-140, -0x1p-1060, FLT_MAX};
    scene want;
    rng r = {1};
    scene_make(&want, id, p, &r);
    want.call.flags = flags;
    assert_int_equal(scene_run(&want), LK_OK);
    for (int in = 0; in < IN_UPSTREAM; in++)
        for (size_t k = 0; k < sizeof specials / sizeof *specials; k++)
            for (int64_t i = 0; i < N && want.ins >> in & 1; i++) {
                const double x = p->dtype == LK_F32 ? (double)(float)specials[k] : specials[k];
                if (!in_domain(domain_of(want.info, in), x)) continue;
                check_one(&want, p, in, i, x, EVERYTHING);
            }
    scene_free(&want);
}

static void test_elements_are_independent(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    for (int k = 0; k < 2; k++) {
        const plan fast = {
            .dtype = dtypes[k], .ndim = 1, .shape = {N}, .ins = AUXILIARY, .outs = 7};
        plan full = fast;
        full.ins |= WEIGHT;
        full.outs = EVERYTHING;
        check_specials(id, &fast, 0);
        check_specials(id, &full, 0);
        full.ins = AUXILIARY;
        check_specials(id, &full, LK_CURVATURE_FLOOR);
    }
}

/* ---- all sizes of numbers ---------------------------------------------------------------------
 */

/* Both signs of every power of two of the type and its neighbour below, that the domain holds. */
static int64_t all_sizes(const lk_domain *d, int dtype, int step, double *to)
{
    const int least = dtype == LK_F32 ? -149 : -1074, most = dtype == LK_F32 ? 127 : 1023;
    const double largest = dtype == LK_F32 ? (double)FLT_MAX : DBL_MAX;
    int64_t n = 0;
    for (int e = least; e <= most + step; e += step)
        for (int k = 0; k < 4; k++) {
            double x = e > most ? largest : ldexp(1, e);
            if (k & 1) x = dtype == LK_F32 ? (double)nextafterf((float)x, 0) : nextafter(x, 0);
            if (in_domain(d, k & 2 ? -x : x)) to[n++] = k & 2 ? -x : x;
        }
    const double more[] = {d->lowest, d->highest, d->lowest + 0x1p-20, d->highest - 0x1p-20, -1, 0};
    for (int k = 0; k < 6; k++)
        if (isfinite(more[k]) && in_domain(d, more[k]) && fabs(more[k]) <= largest)
            to[n++] = more[k];
    return n;
}

enum { MOST = 9000 };
typedef struct sweep {
    lk_loss id;
    int dtype;
    double params[LK_MAX_PARAMS], inputs[MOST], targets[MOST], thirds[MOST];
    int64_t n_inputs, n_targets, n_thirds;
    double input[MOST], out[OUTS][MOST]; /* of the dtype */
    unsigned complained;
} sweep;

/* Complains once for each loss, dtype and output; returns how often. */
static int check_no_nan(sweep *w, const lk_call *c, double target, double third)
{
    int found = 0;
    const lk_tensor *outs[OUTS] = {c->value, c->gradient, c->curvature, c->target_gradient,
                                   c->auxiliary_gradient};
    for (int k = 0; k < OUTS; k++)
        for (int64_t i = 0; outs[k] && i < w->n_inputs; i++) {
            const double x =
                w->dtype == LK_F32 ? (double)((const float *)w->out[k])[i] : w->out[k][i];
            if (!isnan(x) || w->complained >> k & 1) continue;
            const lk_loss_info *info = lk_loss_describe(w->id);
            w->complained |= 1u << k;
            found++;
            print_error("%s %s, parameters %g %g: %s (mode %d) of input %a, target %a, third %a is "
                        "NaN\n",
                        info->name, element_name(w->dtype), info->n_params ? w->params[0] : 0,
                        info->n_params > 1 ? w->params[1] : 0, scene_out_name(k),
                        (int)c->curvature_mode, w->inputs[i], target, third);
        }
    return found;
}

static int sweep_inputs(sweep *w, double target, double third, lk_curvature mode)
{
    static const int64_t one = 1;
    const lk_loss_info *info = lk_loss_describe(w->id);
    const int has[OUTS] = {1, 1, 1, has_target_gradient(info),
                           info->auxiliary_gradient_tex != NULL};
    const lk_tensor x = lk_vector(w->input, w->dtype, &w->n_inputs);
    const lk_tensor y = lk_vector(&target, LK_F64, &one), a = lk_vector(&third, LK_F64, &one);
    lk_tensor out[OUTS];
    lk_call c = LK_CALL_INIT;
    const lk_tensor **slots[OUTS] = {&c.value, &c.gradient, &c.curvature, &c.target_gradient,
                                     &c.auxiliary_gradient};
    c.input = &x;
    c.target = &y;
    if (!isnan(third)) c.auxiliary = &a;
    c.reduction = LK_SUM;
    c.curvature_mode = mode;
    for (int k = 0; k < OUTS; k++) {
        out[k] = lk_vector(w->out[k], w->dtype, &w->n_inputs);
        if (has[k]) *slots[k] = &out[k];
    }
    if (lk_evaluate(w->id, w->params, info->n_params, &c)) fail_msg("%s", lk_last_error());
    return check_no_nan(w, &c, target, third);
}

static void choose_sizes(sweep *w, const lk_loss_info *info, int coarser)
{
    const int wide = w->dtype == LK_F64;
    w->n_inputs = all_sizes(&info->input_domain, w->dtype, wide ? coarser : 1, w->inputs);
    w->n_targets = all_sizes(&info->target_domain, w->dtype, (wide ? 64 : 8) * coarser, w->targets);
    w->n_thirds = 0;
    if (info->auxiliary)
        w->n_thirds =
            all_sizes(&info->auxiliary_domain, w->dtype, (wide ? 300 : 45) * coarser, w->thirds);
    if (info->auxiliary_param >= 0 || !info->auxiliary) w->thirds[w->n_thirds++] = NAN;
    for (int64_t i = 0; i < w->n_inputs; i++) element_set(w->input, w->dtype, i, w->inputs[i]);
}

static int sweep_loss(sweep *w, lk_loss id, int dtype)
{
    const lk_loss_info *info = lk_loss_describe(id);
    int found = 0;
    w->complained = 0;
    w->id = id;
    w->dtype = dtype;
    for (int choice = 0; extreme_params(info, choice, w->params); choice++) {
        choose_sizes(w, info, choice ? 4 : 1);
        for (int mode = LK_CURVATURE_TRUE; mode <= LK_CURVATURE_UPPER; mode++) {
            if (mode == LK_CURVATURE_FISHER && !info->fisher_tex) continue;
            if (mode == LK_CURVATURE_UPPER && !info->upper_tex) continue;
            for (int64_t t = 0; t < w->n_targets; t++)
                for (int64_t a = 0; a < w->n_thirds; a++)
                    found += sweep_inputs(w, w->targets[t], w->thirds[a], (lk_curvature)mode);
        }
    }
    return found;
}

static void test_finite_numbers_give_no_nan(void **state)
{
    sweep *w = malloc(sizeof *w);
    int found = 0;
    (void)state;
    assert_non_null(w);
    FOR_EACH_LOSS(id)
    for (int k = 0; k < 2; k++) found += sweep_loss(w, id, dtypes[k]);
    free(w);
    assert_int_equal(found, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements_are_independent),
        cmocka_unit_test(test_finite_numbers_give_no_nan),
    };
    return cmocka_run_group_tests_name("engine numbers", tests, NULL, NULL);
}
