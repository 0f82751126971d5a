/* test_kinds.c: what the losses over rows, regions, features and sequences say of themselves, and
 * that their typed functions hand over each parameter in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "losskit.h"

enum { LAST = LK_EXPECTED_EDIT_DISTANCE, MOST = 64 };

#define FOR_EACH_INFO(info)                                            \
    for (int id = 1; id < MOST; id++)                                  \
        for (const lk_loss_info *info = lk_loss_describe((lk_loss)id); \
             info && info->kind != LK_KIND_POINTWISE; info = NULL)

static void test_names(void **state)
{
    (void)state;
    int n = 0;
    FOR_EACH_INFO(info)
    {
        n++;
        assert_true(id > LK_SIGMOID_FOCAL && id <= LAST);
        assert_int_equal(lk_loss_by_name(info->name), id);
        for (int other = 1; other < id; other++) {
            const lk_loss_info *before = lk_loss_describe((lk_loss)other);
            if (!before) continue;
            assert_string_not_equal(info->name, before->name);
            assert_string_not_equal(info->title, before->title);
        }
    }
    assert_int_equal(n, LAST - LK_SIGMOID_FOCAL);
}

static void expect_text(const lk_loss_info *info, const char *what, const char *text)
{
    if (!text || !*text) fail_msg("%s has no %s", info->name, what);
}

static void test_texts(void **state)
{
    static const char *const families[] = {"",       "classes",   "classes",
                                           "region", "embedding", "sequence"};
    (void)state;
    FOR_EACH_INFO(info)
    {
        expect_text(info, "title", info->title);
        expect_text(info, "tex", info->tex);
        expect_text(info, "gradient_tex", info->gradient_tex);
        expect_text(info, "source", info->source);
        expect_text(info, "input", info->input);
        expect_text(info, "target", info->target);
        assert_string_equal(info->family, families[info->kind]);
        for (int k = 0; k < info->n_params; k++) {
            const lk_parameter *p = &info->params[k];
            int named = 0;
            expect_text(info, "parameter name", p->name);
            expect_text(info, "parameter meaning", p->meaning);
            for (int m = 0; m < LK_MAX_NAMED; m++)
                named |= p->named[m].name && p->named[m].value == p->preset;
            if (!named && !(p->preset >= p->lowest && p->preset <= p->highest))
                fail_msg("%s: the preset of %s is out of bounds", info->name, p->name);
        }
        if (info->traits & LK_SMOOTH) assert_true(info->traits & LK_DIFFERENTIABLE);
        if (info->traits & LK_LIPSCHITZ) assert_true(info->lipschitz.constant > 0);
        if (info->traits & LK_BOUNDED)
            assert_true(info->bound.constant > 0 || info->bound.factor > 0);
    }
}

/* An output comes with the input that it belongs to. */
static void test_takes(void **state)
{
    (void)state;
    FOR_EACH_INFO(info)
    {
        uint32_t needs;
        const uint32_t takes = lk_loss_takes((lk_loss)id, &needs);
        assert_int_equal(takes, info->takes);
        assert_int_equal(needs, info->needs);
        assert_int_equal(needs & ~takes, 0);
        assert_true(needs >> LK_ARG_INPUT & 1);
        assert_true(takes >> LK_ARG_VALUE & takes >> LK_ARG_GRADIENT & 1);
        assert_int_equal(needs >> LK_ARG_VALUE, 0);
        assert_int_equal(takes >> LK_ARG_VECTOR & 1, takes >> LK_ARG_HESSIAN_VECTOR & 1);
        if (info->kind == LK_KIND_SEQUENCE) assert_true(takes >> LK_ARG_TARGET_LENGTHS & 1);
        if (takes >> LK_ARG_HYPOTHESIS_LENGTHS & 1) assert_true(needs >> LK_ARG_HYPOTHESES & 1);
        for (int a = LK_ARG_GRADIENT; a < LK_ARGUMENTS; a++)
            if (takes >> a & 1)
                assert_true(takes >> lk_argument_describe((lk_argument_id)a)->like & 1);
    }
    assert_int_equal(lk_loss_takes((lk_loss)0, NULL), 0);
}

static void test_arguments(void **state)
{
    (void)state;
    lk_call call = LK_CALL_INIT;
    lk_tensor mark;
    call.center_step = &mark;
    for (int a = 0; a < LK_ARGUMENTS; a++) {
        const lk_argument *argument = lk_argument_describe((lk_argument_id)a);
        assert_int_equal(argument->output, a >= LK_ARG_VALUE);
        assert_true(*argument->name && *argument->meaning);
        for (int other = 0; other < a; other++) {
            assert_string_not_equal(argument->name,
                                    lk_argument_describe((lk_argument_id)other)->name);
            assert_true(argument->offset != lk_argument_describe((lk_argument_id)other)->offset);
        }
        const lk_tensor *member = *(const lk_tensor **)((char *)&call + argument->offset);
        assert_true(member == (a == LK_ARG_CENTER_STEP ? &mark : NULL));
    }
    assert_null(lk_argument_describe(LK_ARGUMENTS));
    assert_null(lk_argument_describe((lk_argument_id)-1));
}

/* ---- the typed functions ----------------------------------------------------------------------
 */

typedef lk_status typed_call(const double *p);
#define TYPED(name, ...)                          \
    static lk_status call_##name(const double *p) \
    {                                             \
        (void)p;                                  \
        return lk_##name(__VA_ARGS__);            \
    }
TYPED(softmax, NULL)
TYPED(log_softmax, NULL)
TYPED(softmax_cross_entropy, NULL, p[0], p[1], p[2], p[3])
TYPED(nll, NULL)
TYPED(softmax_focal, NULL, p[0], p[1])
TYPED(kl_divergence, NULL, p[0], p[1])
TYPED(js_divergence, NULL, p[0], p[1])
TYPED(multiclass_hinge, NULL, p[0], p[1], p[2], p[3])
TYPED(symmetric_cross_entropy, NULL, p[0], p[1], p[2])
TYPED(generalized_cross_entropy, NULL, p[0])
TYPED(poly1, NULL, p[0])
TYPED(linear_cross_entropy, NULL, p[0], p[1], p[2], p[3])
TYPED(large_margin_softmax, NULL, p[0], p[1])
TYPED(arcface, NULL, p[0], p[1])
TYPED(cosface, NULL, p[0], p[1])
TYPED(dice, NULL, p[0], p[1], p[2])
TYPED(tversky, NULL, p[0], p[1], p[2], p[3])
TYPED(focal_tversky, NULL, p[0], p[1], p[2], p[3], p[4])
TYPED(jaccard, NULL, p[0], p[1])
TYPED(lovasz_hinge, NULL)
TYPED(l1_norm, NULL)
TYPED(l2_norm, NULL)
TYPED(center, NULL)
TYPED(contrastive, NULL, p[0])
TYPED(triplet_margin, NULL, p[0], p[1], p[2], p[3])
TYPED(info_nce, NULL, p[0], p[1])
TYPED(supervised_contrastive, NULL, p[0])
TYPED(cosine_embedding, NULL, p[0])
TYPED(ctc, NULL, p[0], p[1], p[2], p[3])
TYPED(soft_edit_distance, NULL, p[0], p[1])
TYPED(expected_edit_distance, NULL, p[0])

#define ENTRY(name)        \
    {                      \
#name, call_##name \
    }
static const struct {
    const char *name;
    typed_call *call;
} typed[] = {ENTRY(softmax),
             ENTRY(log_softmax),
             ENTRY(softmax_cross_entropy),
             ENTRY(nll),
             ENTRY(softmax_focal),
             ENTRY(kl_divergence),
             ENTRY(js_divergence),
             ENTRY(multiclass_hinge),
             ENTRY(symmetric_cross_entropy),
             ENTRY(generalized_cross_entropy),
             ENTRY(poly1),
             ENTRY(linear_cross_entropy),
             ENTRY(large_margin_softmax),
             ENTRY(arcface),
             ENTRY(cosface),
             ENTRY(dice),
             ENTRY(tversky),
             ENTRY(focal_tversky),
             ENTRY(jaccard),
             ENTRY(lovasz_hinge),
             ENTRY(l1_norm),
             ENTRY(l2_norm),
             ENTRY(center),
             ENTRY(contrastive),
             ENTRY(triplet_margin),
             ENTRY(info_nce),
             ENTRY(supervised_contrastive),
             ENTRY(cosine_embedding),
             ENTRY(ctc),
             ENTRY(soft_edit_distance),
             ENTRY(expected_edit_distance)};

/* NaN is no parameter: the sentence tells which one it was. */
static void test_typed_functions(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof typed / sizeof *typed; t++) {
        const lk_loss_info *info = lk_loss_describe((lk_loss)(LK_SOFTMAX + (int)t));
        double params[LK_MAX_PARAMS] = {0};
        char sentence[160];
        assert_string_equal(info->name, typed[t].name);
        for (int k = 0; k < info->n_params; k++) params[k] = info->params[k].preset;
        assert_int_equal(typed[t].call(params), LK_INVALID);
        snprintf(sentence, sizeof sentence, "%s: the call is NULL", info->name);
        assert_string_equal(lk_last_error(), sentence);
        for (int k = 0; k < info->n_params; k++) {
            const double preset = params[k];
            params[k] = NAN;
            assert_int_equal(typed[t].call(params), LK_INVALID);
            params[k] = preset;
            snprintf(sentence, sizeof sentence, "%s: %s = nan is outside", info->name,
                     info->params[k].name);
            assert_int_equal(strncmp(lk_last_error(), sentence, strlen(sentence)), 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),           cmocka_unit_test(test_texts),
        cmocka_unit_test(test_takes),           cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_typed_functions),
    };
    return cmocka_run_group_tests_name("kinds", tests, NULL, NULL);
}
