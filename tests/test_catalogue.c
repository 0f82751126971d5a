/* test_catalogue.c: what the losses say of themselves is complete and true: ids, names, parameters,
 * typed functions, traits, and derivatives that are those of the value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/element_types.h"
#include "support/sample.h"
#include "support/scene.h"

enum { N = 2000, ALL = 32 }; /* ALL pointwise losses; test_kinds.c sees to the others */

/* ---- the descriptions -------------------------------------------------------------------------
 */

static void test_ids_and_names(void **state)
{
    (void)state;
    for (int id = 1; id <= ALL; id++) {
        const lk_loss_info *info = lk_loss_describe((lk_loss)id);
        if (!info) fail_msg("there is no loss with id %d", id);
        assert_int_equal(lk_loss_by_name(info->name), id);
        for (int other = 1; other < id; other++) {
            assert_string_not_equal(info->name, lk_loss_describe((lk_loss)other)->name);
            assert_string_not_equal(info->title, lk_loss_describe((lk_loss)other)->title);
        }
    }
    assert_null(lk_loss_describe((lk_loss)0));
    assert_int_equal(lk_loss_by_name("no such loss"), 0);
    assert_int_equal(lk_loss_by_name("Huber"), 0);
    assert_int_equal(lk_loss_by_name(""), 0);
    assert_int_equal(lk_loss_by_name(NULL), 0);
}

static void test_version(void **state)
{
    char text[40];
    (void)state;
    snprintf(text, sizeof text, "%d.%d.%d", LK_VERSION_MAJOR, LK_VERSION_MINOR, LK_VERSION_PATCH);
    assert_string_equal(lk_version(), text);
}

static void expect_text(const lk_loss_info *info, const char *what, const char *text)
{
    if (!text || !*text) fail_msg("%s has no %s", info->name, what);
}

static void test_texts(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    {
        const lk_loss_info *i = lk_loss_describe(id);
        expect_text(i, "name", i->name);
        expect_text(i, "title", i->title);
        expect_text(i, "tex", i->tex);
        expect_text(i, "source", i->source);
        expect_text(i, "input", i->input);
        expect_text(i, "target", i->target);
        expect_text(i, "gradient_tex", i->gradient_tex);
        expect_text(i, "curvature_tex", i->curvature_tex);
        assert_true(!strcmp(i->family, "margin") || !strcmp(i->family, "regression") ||
                    !strcmp(i->family, "binary"));
        assert_int_equal(!i->auxiliary, !i->auxiliary_meaning);
        if (!i->auxiliary) assert_true(!i->auxiliary_gradient_tex && i->auxiliary_param == -1);
        assert_true(i->auxiliary_param >= -1 && i->auxiliary_param < i->n_params);
    }
}

/* Sentences of valid UTF-8 in one line, as the losses of every family tell who else has them. */
static void test_elsewhere(void **state)
{
    (void)state;
    int n = 0;
    for (const lk_loss_info *i; (i = lk_loss_describe((lk_loss)(n + 1))); n++) {
        expect_text(i, "elsewhere", i->elsewhere);
        const int64_t length = (int64_t)strlen(i->elsewhere), offsets[2] = {0, length};
        const lk_sequences text = {i->elsewhere, LK_TOKENS_CHARACTERS, 1, offsets};
        int64_t distance;
        if (lk_edit_distance(&text, &text, &distance, NULL, NULL))
            fail_msg("elsewhere of %s: %s", i->name, lk_last_error());
        for (const char *c = i->elsewhere; *c; c++)
            if ((unsigned char)*c < ' ' || *c == 0x7f)
                fail_msg("elsewhere of %s has a control character at byte %d", i->name,
                         (int)(c - i->elsewhere));
        if (i->elsewhere[length - 1] != '.')
            fail_msg("elsewhere of %s does not end with a full stop", i->name);
    }
    assert_int_equal(n, LK_EXPECTED_EDIT_DISTANCE);
}

static void check_parameter(const lk_loss_info *info, const lk_parameter *p)
{
    int named = 0;
    expect_text(info, "parameter name", p->name);
    expect_text(info, "parameter meaning", p->meaning);
    for (int k = 0; k < LK_MAX_NAMED; k++)
        named |= p->named[k].name && p->named[k].value == p->preset;
    if (p->named[1].name) assert_non_null(p->named[0].name);
    assert_true(p->lowest <= p->highest);
    assert_true(named || (p->preset >= p->lowest && p->preset <= p->highest));
}

static void check_affine(const lk_loss_info *info, const lk_affine *a)
{
    assert_true(isfinite(a->constant) && isfinite(a->factor));
    assert_true(a->param >= -1 && a->param < (info->n_params ? info->n_params : 1));
}

static void test_parameters_and_domains(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    {
        const lk_loss_info *i = lk_loss_describe(id);
        const lk_domain *domains[] = {&i->input_domain, &i->target_domain, &i->auxiliary_domain};
        assert_in_range(i->n_params, 0, LK_MAX_PARAMS);
        assert_in_range(i->n_kinks, 0, LK_MAX_KINKS);
        for (int k = 0; k < i->n_params; k++) check_parameter(i, &i->params[k]);
        for (int k = 0; k < i->n_kinks; k++) {
            check_affine(i, &i->kinks[k].at);
            assert_in_range(i->kinks[k].order, 0, 9);
            if (i->traits & LK_DIFFERENTIABLE) assert_true(i->kinks[k].order >= 2);
        }
        if (i->traits & LK_SMOOTH) assert_true(!i->n_kinks && i->traits & LK_DIFFERENTIABLE);
        if (i->traits & LK_LIPSCHITZ) check_affine(i, &i->lipschitz);
        if (i->traits & LK_BOUNDED) check_affine(i, &i->bound);
        for (int k = 0; k < (i->auxiliary ? 3 : 2); k++) {
            assert_true(domains[k]->lowest < domains[k]->highest);
            assert_in_range(domains[k]->kind, 0, 2);
        }
        if (i->traits & LK_MARGIN_BASED) assert_true(in_domain(&i->target_domain, -1));
    }
}

/* ---- the typed functions ----------------------------------------------------------------------
 */

#define PRESET(info, k) ((info)->params[k].preset)
#define TYPED0(name)                                                      \
    static lk_status call_##name(const lk_call *c, const lk_loss_info *i) \
    {                                                                     \
        (void)i;                                                          \
        return lk_##name(c);                                              \
    }
#define TYPED1(name)                                                      \
    static lk_status call_##name(const lk_call *c, const lk_loss_info *i) \
    {                                                                     \
        return lk_##name(c, PRESET(i, 0));                                \
    }
#define TYPED2(name)                                                      \
    static lk_status call_##name(const lk_call *c, const lk_loss_info *i) \
    {                                                                     \
        return lk_##name(c, PRESET(i, 0), PRESET(i, 1));                  \
    }
/* clang-format off */
#define LOSSES(NONE, ONE, TWO)                                                                 \
    ONE(zero_one)                                                                              \
    ONE(logistic)                                                                              \
    NONE(hinge)                                                                                \
    NONE(squared_hinge)                                                                        \
    NONE(modified_huber) ONE(ramp) NONE(exponential) NONE(perceptron) ONE(squared_error)       \
        NONE(absolute_error) ONE(huber) ONE(smooth_l1) NONE(log_cosh) TWO(tukey_biweight)      \
            ONE(quantile) ONE(expectile) ONE(epsilon_insensitive) NONE(squared_log_error)      \
                ONE(pseudo_huber) ONE(charbonnier) ONE(cauchy) ONE(welsch) NONE(geman_mcclure) \
                    TWO(barron) ONE(poisson) TWO(gaussian_nll) NONE(gamma) ONE(tweedie)        \
                        TWO(sigmoid_cross_entropy) NONE(binary_cross_entropy)                  \
                            ONE(balanced_sigmoid_cross_entropy) TWO(sigmoid_focal)
/* clang-format on */
LOSSES(TYPED0, TYPED1, TYPED2)

#define ENTRY0(name) {#name, call_##name, 0},
#define ENTRY1(name) {#name, call_##name, 1},
#define ENTRY2(name) {#name, call_##name, 2},
static const struct {
    const char *name;
    lk_status (*call)(const lk_call *, const lk_loss_info *);
    int n_params;
} typed[] = {LOSSES(ENTRY0, ENTRY1, ENTRY2)};

/* The table is in the order of the ids. */
static void test_typed_functions(void **state)
{
    (void)state;
    assert_int_equal(sizeof typed / sizeof *typed, ALL);
    for (int k = 0; k < ALL; k++) {
        const plan p = {.dtype = LK_F32, .ndim = 2, .shape = {9, 70}, .ins = 31, .outs = 31};
        scene want, s;
        rng r = {1};
        const lk_loss id = (lk_loss)(k + 1);
        assert_string_equal(lk_loss_describe(id)->name, typed[k].name);
        assert_int_equal(lk_loss_describe(id)->n_params, typed[k].n_params);
        scene_make(&want, id, &p, &r);
        scene_make(&s, id, &p, &r);
        assert_int_equal(lk_evaluate(id, NULL, 0, &want.call), LK_OK);
        assert_int_equal(typed[k].call(&s.call, s.info), LK_OK);
        scenes_agree(&want, &s, "the typed function");
        scene_free(&s);
        scene_free(&want);
    }
}

/* ---- derivatives ------------------------------------------------------------------------------
 */

typedef struct points {
    lk_loss id; /* 0: custom */
    lk_pointwise_function *custom;
    double in[3][N], out[OUTS][N];
} points;

static void evaluate(points *p)
{
    const int64_t n = N;
    const lk_loss_info *info = lk_loss_describe(p->id ? p->id : LK_SQUARED_ERROR);
    lk_tensor in[3], out[OUTS];
    double params[LK_MAX_PARAMS];
    lk_call c = LK_CALL_INIT;
    plain_params(info, params);
    for (int k = 0; k < 3; k++) in[k] = lk_vector(p->in[k], LK_F64, &n);
    for (int k = 0; k < OUTS; k++) out[k] = lk_vector(p->out[k], LK_F64, &n);
    c.input = &in[0], c.target = &in[1], c.reduction = LK_SUM;
    c.value = &out[0], c.gradient = &out[1], c.curvature = &out[2];
    if (!p->custom && info->auxiliary) c.auxiliary = &in[2];
    if (!p->custom && has_target_gradient(info)) c.target_gradient = &out[3];
    if (!p->custom && info->auxiliary_gradient_tex) c.auxiliary_gradient = &out[4];
    const lk_status status = p->custom ? lk_evaluate_custom(p->custom, NULL, &c)
                                       : lk_evaluate(p->id, params, info->n_params, &c);
    if (status) fail_msg("%s", lk_last_error());
}

static double affine(const lk_affine *a, const double *params)
{
    return a->constant + (a->param < 0 ? 0 : a->factor * params[a->param]);
}

/* Whether a step of this size around point i stays off the kinks and inside the domains. */
static int is_regular(const lk_loss_info *info, const points *p, int64_t i, int in, double step)
{
    const double x = p->in[0][i], y = p->in[1][i];
    const double at = info->axis == LK_AXIS_RESIDUAL ? x - y
                      : info->axis == LK_AXIS_MARGIN ? x * y
                                                     : x;
    const lk_domain *const domains[] = {&info->input_domain, &info->target_domain,
                                        &info->auxiliary_domain};
    double params[LK_MAX_PARAMS];
    plain_params(info, params);
    for (int k = 0; k < info->n_kinks; k++) {
        /* Of a loss with a scale the axis is in its units. */
        const double unit = info->auxiliary && info->axis == LK_AXIS_RESIDUAL ? p->in[2][i] : 1;
        if (fabs(at / unit - affine(&info->kinks[k].at, params)) < 4 * step / unit) return 0;
    }
    return in_domain(domains[in], p->in[in][i] - 8 * step) &&
           in_domain(domains[in], p->in[in][i] + 8 * step);
}

/* How many of the derivatives of output `of` with respect to `in` differ from the output `claim`.
 * The central differences of steps h and 2h also tell how far to trust them. */
static int count_wrong(const points *at, int in, int of, int claim, int *tried)
{
    static points moved[4];
    const double h = 0x1p-14, offsets[4] = {-2 * h, -h, h, 2 * h};
    const lk_loss_info *info = lk_loss_describe(at->id ? at->id : LK_SQUARED_ERROR);
    int wrong = 0;
    for (int m = 0; m < 4; m++) {
        moved[m] = *at;
        for (int64_t i = 0; i < N; i++)
            if (is_regular(info, at, i, in, h)) moved[m].in[in][i] += offsets[m];
        evaluate(&moved[m]);
    }
    for (int64_t i = 0; i < N; i++) {
        if (!is_regular(info, at, i, in, h)) continue;
        const double near = (moved[2].out[of][i] - moved[1].out[of][i]) / (2 * h);
        const double far = (moved[3].out[of][i] - moved[0].out[of][i]) / (4 * h);
        const double best = near + (near - far) / 3, got = at->out[claim][i];
        const double slack = 1e-8 * (1 + fabs(best) + fabs(at->out[of][i])) + fabs(near - far) / 8;
        ++*tried;
        if (fabs(best - got) <= slack) continue;
        if (!wrong++ && at->id)
            print_error("%s: d %s / d %s at %g, %g, %g is %.12g, not %.12g\n", info->name,
                        scene_out_name(of), scene_in_name(in), at->in[0][i], at->in[1][i],
                        at->in[2][i], got, best);
    }
    return wrong;
}

static void draw_points(points *p, lk_loss id)
{
    const lk_loss_info *info = lk_loss_describe(id);
    rng r = {(uint64_t)id};
    memset(p, 0, sizeof *p);
    p->id = id;
    for (int64_t i = 0; i < N; i++) {
        p->in[0][i] = draw(&info->input_domain, &r, 16);
        p->in[1][i] = draw(&info->target_domain, &r, 16);
        if (info->auxiliary) p->in[2][i] = draw(&info->auxiliary_domain, &r, 16);
        if (info->auxiliary && p->in[2][i] < 0.25) p->in[2][i] += 0.25;
    }
}

static void test_derivatives(void **state)
{
    int wrong = 0;
    (void)state;
    FOR_EACH_LOSS(id)
    {
        static points p;
        const lk_loss_info *info = lk_loss_describe(id);
        int tried = 0;
        draw_points(&p, id);
        evaluate(&p);
        wrong += count_wrong(&p, 0, TO_VALUE, TO_GRADIENT, &tried);
        wrong += count_wrong(&p, 0, TO_GRADIENT, TO_CURVATURE, &tried);
        assert_true(tried > N);
        tried = 0;
        if (has_target_gradient(info) && info->target_domain.kind != 2) {
            wrong += count_wrong(&p, 1, TO_VALUE, TO_TARGET, &tried);
            assert_true(tried > N / 2);
        }
        tried = 0;
        if (info->auxiliary_gradient_tex) {
            wrong += count_wrong(&p, 2, TO_VALUE, TO_AUXILIARY, &tried);
            assert_true(tried > N / 2);
        }
    }
    assert_int_equal(wrong, 0);
}

/* Squared error with derivatives that are right, and a little wrong in one place or another. */
static double slope_error, bend_error;
static void squared(size_t n, const double *x, const double *y, void *context, double *value,
                    double *gradient, double *curvature)
{
    (void)context;
    for (size_t i = 0; i < n; i++) {
        value[i] = (x[i] - y[i]) * (x[i] - y[i]);
        if (gradient) gradient[i] = 2 * (x[i] - y[i]) * (x[i] > 3 ? 1 + slope_error : 1);
        if (curvature) curvature[i] = 2 + bend_error;
    }
}

static int wrong_of_squared(int of, int claim)
{
    static points p;
    int tried = 0;
    draw_points(&p, LK_SQUARED_ERROR);
    p.id = (lk_loss)0;
    p.custom = squared;
    evaluate(&p);
    return count_wrong(&p, 0, of, claim, &tried);
}

static void test_broken_derivatives_are_caught(void **state)
{
    (void)state;
    slope_error = bend_error = 0;
    assert_int_equal(wrong_of_squared(TO_VALUE, TO_GRADIENT), 0);
    assert_int_equal(wrong_of_squared(TO_GRADIENT, TO_CURVATURE), 0);
    slope_error = 1e-5;
    assert_true(wrong_of_squared(TO_VALUE, TO_GRADIENT) > N / 10);
    slope_error = 0;
    bend_error = -1e-5;
    assert_true(wrong_of_squared(TO_GRADIENT, TO_CURVATURE) == N);
    bend_error = 0;
}

/* ---- traits -----------------------------------------------------------------------------------
 */

static void expect_trait(const points *p, int64_t i, int holds, const char *trait)
{
    if (!holds)
        fail_msg("%s is not %s at %g, %g", lk_loss_describe(p->id)->name, trait, p->in[0][i],
                 p->in[1][i]);
}

static void check_bounds(const points *p, const lk_loss_info *info)
{
    double params[LK_MAX_PARAMS];
    plain_params(info, params);
    for (int64_t i = 0; i < N; i++) {
        if (info->traits & LK_LIPSCHITZ)
            expect_trait(p, i, fabs(p->out[1][i]) <= affine(&info->lipschitz, params) * (1 + 1e-14),
                         "Lipschitz");
        if (info->traits & LK_BOUNDED)
            expect_trait(p, i, p->out[0][i] <= affine(&info->bound, params) * (1 + 1e-14),
                         "bounded");
        if (info->traits & LK_CONVEX) expect_trait(p, i, p->out[2][i] >= 0, "convex (curvature)");
        if (info->traits & LK_BOUNDS_ZERO_ONE && p->in[0][i] != 0)
            expect_trait(p, i, p->out[0][i] >= (p->in[0][i] * p->in[1][i] < 0), "above zero_one");
    }
}

/* What another input and target must give the same value. */
static void check_same(const points *p, uint32_t trait, const char *name)
{
    static points q;
    const lk_loss_info *info = lk_loss_describe(p->id);
    if (!(info->traits & trait)) return;
    q = *p;
    for (int64_t i = 0; i < N; i++) {
        const double x = p->in[0][i], y = p->in[1][i], shift = (double)(i % 9) - 4;
        q.in[0][i] = trait == LK_SYMMETRIC ? y : trait == LK_MARGIN_BASED ? -x : x + shift;
        q.in[1][i] = trait == LK_SYMMETRIC ? x : trait == LK_MARGIN_BASED ? -y : y + shift;
    }
    evaluate(&q);
    for (int64_t i = 0; i < N; i++) expect_trait(p, i, q.out[0][i] == p->out[0][i], name);
}

/* Between two inputs a convex loss is below its chord. */
static void check_chords(const points *p)
{
    static points other, middle;
    if (!(lk_loss_describe(p->id)->traits & LK_CONVEX)) return;
    other = middle = *p;
    for (int64_t i = 0; i < N; i++) {
        other.in[0][i] = p->in[0][(i + 7) % N];
        middle.in[0][i] = (p->in[0][i] + other.in[0][i]) / 2;
    }
    evaluate(&other);
    evaluate(&middle);
    for (int64_t i = 0; i < N; i++) {
        const double chord = (p->out[0][i] + other.out[0][i]) / 2;
        expect_trait(p, i, middle.out[0][i] <= chord + 1e-14 * (1 + fabs(chord)), "convex");
    }
}

static void test_traits(void **state)
{
    (void)state;
    FOR_EACH_LOSS(id)
    {
        static points p;
        draw_points(&p, id);
        evaluate(&p);
        check_bounds(&p, lk_loss_describe(id));
        check_same(&p, LK_SYMMETRIC, "symmetric");
        check_same(&p, LK_DISTANCE_BASED, "distance based");
        check_same(&p, LK_MARGIN_BASED, "margin based");
        check_chords(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_and_names),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_elsewhere),
        cmocka_unit_test(test_parameters_and_domains),
        cmocka_unit_test(test_typed_functions),
        cmocka_unit_test(test_derivatives),
        cmocka_unit_test(test_broken_derivatives_are_caught),
        cmocka_unit_test(test_traits),
    };
    return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
