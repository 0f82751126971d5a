/* test_cli_scenes.c: every loss can be drawn, and what is drawn of losses over groups, pairs and
 * sequences are their values and slopes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parameters.h"
#include "plot_axis.h"
#include "plot_scene.h"

enum { PLACES = 3 };

static void evaluate(lk_loss loss, double target, const double places[PLACES], double y[3][PLACES])
{
    parameters p;
    error e = {.text = ""};
    double *const rows[3] = {y[0], y[1], y[2]};
    parameters_preset(&p, lk_loss_describe(loss));
    if (plot_scene_evaluate(loss, p.values, target, PLACES, places, rows, &e))
        fail_msg("%s: %s", lk_loss_describe(loss)->name, e.text);
}

static void every_loss_has_an_axis(void **state)
{
    (void)state;
    int scenes = 0;
    for (int id = 1; lk_loss_describe((lk_loss)id); id++) {
        plot_axis axis;
        error e = {.text = ""};
        if (plot_axis_find((lk_loss)id, &axis, &e)) fail_msg("%s", e.text);
        scenes += axis == PLOT_SCENE;
        assert_int_equal(axis == PLOT_SCENE, plot_scene_find((lk_loss)id) != NULL);
    }
    assert_int_equal(scenes, 20);
}

/* Of the axis's words, worked out by hand. */
static void values_are_those_of_the_axis(void **state)
{
    static const struct {
        lk_loss loss;
        double target, place, value;
    } cases[] = {
        {LK_SOFTMAX, 1, 0, 0.5},
        {LK_LOG_SOFTMAX, 1, 2, -0.12692801104297263}, /* -log(1 + e^-2) */
        {LK_LINEAR_CROSS_ENTROPY, 1, 0.25, 1.3862943611198906},
        {LK_KL_DIVERGENCE, 0.5, 0.25, 0.14384103622589045}, /* log(4/3) / 2 */
        {LK_DICE, 1, 0.4, 1 - 3.4 / 4.6},
        {LK_JACCARD, 1, 0.8, 1 - 2.6 / 3.4},
        {LK_L1_NORM, 1, -3, 4},
        {LK_L2_NORM, 1, 3, 3.1622776601683795},
        {LK_CENTER, 1, 3, 4.5},
        {LK_CONTRASTIVE, 0, 0.25, 0.28125},
        {LK_CONTRASTIVE, 1, 0.5, 0.125},
        {LK_TRIPLET_MARGIN, 1, 1, 1},
        {LK_COSINE_EMBEDDING, 1, 60, 0.5},
        {LK_INFO_NCE, 1, 45, 0.69314718055994531},
        {LK_SUPERVISED_CONTRASTIVE, 1, 45, 0.69314718055994531},
        {LK_EXPECTED_EDIT_DISTANCE, 1, 0, 0.5},
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const double places[PLACES] = {cases[k].place, cases[k].place, cases[k].place};
        double y[3][PLACES];
        evaluate(cases[k].loss, cases[k].target, places, y);
        if (!(fabs(y[0][0] - cases[k].value) <= 2e-6))
            fail_msg("%s at %g: %.17g, not %.17g", lk_loss_describe(cases[k].loss)->name,
                     cases[k].place, y[0][0], cases[k].value);
    }
}

/* Where the place is the input itself, the slopes are those along it. */
static void slopes_are_those_of_the_curve(void **state)
{
    static const lk_loss losses[] = {LK_SOFTMAX,
                                     LK_LOG_SOFTMAX,
                                     LK_DICE,
                                     LK_TVERSKY,
                                     LK_FOCAL_TVERSKY,
                                     LK_JACCARD,
                                     LK_L1_NORM,
                                     LK_L2_NORM,
                                     LK_CENTER,
                                     LK_CONTRASTIVE,
                                     LK_LOVASZ_HINGE,
                                     LK_TRIPLET_MARGIN,
                                     LK_EXPECTED_EDIT_DISTANCE};
    const double h = 1e-4, x = 0.6, places[PLACES] = {x - h, x, x + h};
    (void)state;
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++) {
        double y[3][PLACES];
        evaluate(losses[k], 0, places, y);
        const double slope = (y[0][2] - y[0][0]) / (2 * h), bend = (y[1][2] - y[1][0]) / (2 * h);
        if (fabs(y[1][1] - slope) > 1e-6 || fabs(y[2][1] - bend) > 1e-6)
            fail_msg("%s: slope %g, not %g; curvature %g, not %g",
                     lk_loss_describe(losses[k])->name, y[1][1], slope, y[2][1], bend);
    }
}

static void logits_are_taken_of_the_probabilities(void **state)
{
    const double places[PLACES] = {0.1, 0.5, 0.9};
    static const lk_loss losses[] = {LK_DICE, LK_KL_DIVERGENCE, LK_SOFT_EDIT_DISTANCE};
    (void)state;
    for (int k = 0; k < 3; k++) {
        const lk_loss_info *info = lk_loss_describe(losses[k]);
        double plain[3][PLACES], y[3][PLACES], *const rows[3] = {y[0], y[1], y[2]};
        parameters p;
        error e = {.text = ""};
        evaluate(losses[k], 0.5, places, plain);
        parameters_preset(&p, info);
        assert_int_equal(parameters_set(&p, info, "logits=yes", &e), 0);
        assert_int_equal(plot_scene_evaluate(losses[k], p.values, 0.5, PLACES, places, rows, &e),
                         0);
        for (int i = 0; i < PLACES; i++) assert_true(fabs(y[0][i] - plain[0][i]) < 1e-12);
    }
}

static void a_target_that_is_no_probability_is_refused(void **state)
{
    const double places[PLACES] = {0.1, 0.5, 0.9};
    double y[3][PLACES], *const rows[3] = {y[0], y[1], y[2]};
    parameters p;
    error e = {.text = ""};
    (void)state;
    parameters_preset(&p, lk_loss_describe(LK_KL_DIVERGENCE));
    assert_int_not_equal(
        plot_scene_evaluate(LK_KL_DIVERGENCE, p.values, 1.5, PLACES, places, rows, &e), 0);
    assert_string_equal(e.text, "--target: 1.5 is not a probability");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_loss_has_an_axis),
        cmocka_unit_test(values_are_those_of_the_axis),
        cmocka_unit_test(slopes_are_those_of_the_curve),
        cmocka_unit_test(logits_are_taken_of_the_probabilities),
        cmocka_unit_test(a_target_that_is_no_probability_is_refused),
    };
    return cmocka_run_group_tests_name("scenes", tests, NULL, NULL);
}
