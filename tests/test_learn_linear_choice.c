/* Which solver is chosen, against docs/solvers.md; what each explicit solver reaches; sentences. */
#include "support/learn_linear_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DENSE, SPARSE, WITH_L1, COLUMNS };

typedef struct table_row {
    lk_loss loss;
    double params[LK_MAX_PARAMS];
    int n_params, numbers;
    char solver[COLUMNS][16]; /* "–": refused */
} table_row;

/* "| `loss` a=1 b=2 | targets | dense | sparse | with l1 |" */
static int parse_row(char *line, table_row *row)
{
    if (strncmp(line, "| `", 3) != 0) return 0;
    *row = (table_row){.n_params = 0};
    char *cells[5];
    int n = 0;
    for (char *cell = strtok(line, "|\n"); cell && n < 5; cell = strtok(NULL, "|\n"))
        cells[n++] = cell;
    assert_int_equal(n, 5);
    char *name = strtok(cells[0], " `");
    row->loss = lk_loss_by_name(name);
    assert_true(row->loss != 0);
    const lk_loss_info *info = lk_loss_describe(row->loss);
    for (char *word = strtok(NULL, " `"); word; word = strtok(NULL, " `")) {
        char *value = strchr(word, '=');
        assert_non_null(value);
        *value = '\0';
        assert_string_equal(word, info->params[row->n_params].name);
        row->params[row->n_params++] = strtod(value + 1, NULL);
    }
    row->numbers = strstr(cells[1], "numbers") != NULL;
    for (int k = 0; k < COLUMNS; k++)
        assert_int_equal(sscanf(cells[2 + k], " %15s", row->solver[k]), 1);
    return 1;
}

static int is_layer(lk_loss loss)
{
    return loss == LK_LARGE_MARGIN_SOFTMAX || loss == LK_ARCFACE || loss == LK_COSFACE;
}

static void check_choice(const linear_data *d, const table_row *row, int column)
{
    const lk_loss_info *info = lk_loss_describe(row->loss);
    const int rows_loss = info->kind != LK_KIND_POINTWISE;
    const int target = row->numbers ? TARGET_POSITIVE : rows_loss ? TARGET_THREE : TARGET_TWO;
    lk_dataset data = linear_rows(d, target, column == SPARSE);
    lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
    o.loss = row->loss;
    o.params = row->params;
    o.n_params = row->n_params;
    o.l1 = column == WITH_L1 ? 0.01 : 0;
    o.l2 = row->loss == LK_ARCFACE || row->loss == LK_COSFACE ? 0 : 0.01;
    o.bias = is_layer(row->loss) ? LK_BIAS_NONE : LK_BIAS_FREE;
    o.iterations = 5;
    lk_model *m;
    lk_linear_report report;
    const lk_status status = lk_train_linear(&data, &o, &m, &report);
    const char *solver = status ? "–" : lk_solver_name(report.solver);
    if (status && status != LK_UNSUPPORTED) fail_msg("%s: %s", info->name, lk_last_error());
    if (strcmp(solver, row->solver[column]) != 0)
        fail_msg("%s: the table says %s, the library chose %s", info->name, row->solver[column],
                 solver);
    lk_model_free(m);
    lk_dataset_free(&data);
}

static void expect_refusal(const linear_data *d, lk_loss loss)
{
    lk_dataset data = linear_rows(d, TARGET_TWO, 0);
    lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
    o.loss = loss;
    lk_model *m;
    const lk_status status = lk_train_linear(&data, &o, &m, NULL);
    if (status != LK_UNSUPPORTED && status != LK_INVALID)
        fail_msg("%s is trained, but is not in the table", lk_loss_describe(loss)->name);
    assert_null(m);
    assert_true(strlen(lk_last_error()) > 20);
    lk_dataset_free(&data);
}

static void the_table_of_solvers_is_true(void **state)
{
    const linear_data *d = *state;
    FILE *f = fopen(LOSSKIT_SOURCE_DIR "/docs/solvers.md", "r");
    assert_non_null(f);
    int seen[200] = {0}, rows = 0;
    char line[512];
    while (fgets(line, sizeof line, f)) {
        table_row row;
        if (!parse_row(line, &row)) continue;
        rows++;
        seen[row.loss] = 1;
        for (int column = 0; column < COLUMNS; column++) check_choice(d, &row, column);
    }
    fclose(f);
    assert_in_range(rows, 40, 200);
    for (int loss = 1; lk_loss_describe((lk_loss)loss); loss++)
        if (!seen[loss]) expect_refusal(d, (lk_loss)loss);
}

static void what_has_no_dual_is_trained_without(void **state)
{
    static const struct {
        lk_loss loss;
        lk_solver solver;
    } cases[] = {{LK_SQUARED_HINGE, LK_SOLVER_NEWTON},
                 {LK_HINGE, LK_SOLVER_SGD},
                 {LK_RAMP, LK_SOLVER_SGD},
                 {LK_MULTICLASS_HINGE, LK_SOLVER_SGD}};
    lk_dataset data = linear_rows(*state, TARGET_TWO, 0);
    for (int k = 0; k < 4; k++) {
        lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
        o.loss = cases[k].loss;
        o.l2 = 0;
        lk_model *m;
        lk_linear_report report;
        assert_int_equal(lk_train_linear(&data, &o, &m, &report), LK_OK);
        assert_int_equal(report.solver, cases[k].solver);
        if (!(report.objective < 0.5))
            fail_msg("%s: %g", lk_loss_describe(o.loss)->name, report.objective);
        lk_model_free(m);
    }
    lk_dataset_free(&data);
}

/* ---- every solver on one problem ----------------------------------------------------------------
 */

static double objective_by(const lk_dataset *data, lk_linear_options o, lk_solver solver)
{
    lk_model *m;
    lk_linear_report report;
    o.solver = solver;
    if (lk_train_linear(data, &o, &m, &report))
        fail_msg("%s: %s", lk_solver_name(solver), lk_last_error());
    assert_int_equal(report.solver, solver);
    lk_model_free(m);
    return report.objective;
}

static void expect_same(const lk_dataset *data, lk_linear_options o, const lk_solver *solvers)
{
    const double best = objective_by(data, o, solvers[0]);
    for (int k = 1; solvers[k]; k++) {
        const double value = objective_by(data, o, solvers[k]);
        const double tolerance = solvers[k] == LK_SOLVER_SGD ? 1e-4 : 1e-9;
        if (!(fabs(value - best) <= tolerance * fabs(best)))
            fail_msg("%s of %s: %.15g, not %.15g", lk_solver_name(solvers[k]),
                     lk_loss_describe(o.loss)->name, value, best);
    }
}

static void solvers_agree(void **state)
{
    static const lk_solver smooth[] = {LK_SOLVER_NEWTON, LK_SOLVER_LBFGS, LK_SOLVER_PROXIMAL,
                                       LK_SOLVER_SGD, LK_SOLVER_AUTO};
    static const lk_solver squares[] = {LK_SOLVER_QR,       LK_SOLVER_NEWTON, LK_SOLVER_LBFGS,
                                        LK_SOLVER_PROXIMAL, LK_SOLVER_SGD,    LK_SOLVER_AUTO};
    static const lk_solver kinked[] = {LK_SOLVER_DUAL, LK_SOLVER_SGD, LK_SOLVER_AUTO};
    lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
    o.l2 = 0.05;
    for (int bias = LK_BIAS_FREE; bias <= LK_BIAS_NONE; bias++) {
        o.bias = (lk_bias)bias;
        lk_dataset two = linear_rows(*state, TARGET_TWO, 0);
        o.loss = LK_LOGISTIC;
        expect_same(&two, o, smooth);
        o.loss = LK_SIGMOID_FOCAL;
        expect_same(&two, o, smooth);
        o.loss = LK_HINGE;
        o.tolerance = 1e-8;
        expect_same(&two, o, kinked);
        o.tolerance = 0;
        lk_dataset_free(&two);
        lk_dataset number = linear_rows(*state, TARGET_NUMBER, 0);
        o.loss = LK_SQUARED_ERROR;
        expect_same(&number, o, squares);
        lk_dataset_free(&number);
        lk_dataset three = linear_rows(*state, TARGET_THREE, 0);
        o.loss = LK_SOFTMAX_CROSS_ENTROPY;
        expect_same(&three, o, smooth);
        lk_dataset_free(&three);
    }
}

/* ---- sentences ----------------------------------------------------------------------------------
 */

static void expect_sentence(const lk_dataset *data, const lk_linear_options *o, const char *part)
{
    lk_model *m = (lk_model *)(uintptr_t)data;
    lk_linear_report report = {.iterations = 7};
    assert_int_not_equal(lk_train_linear(data, o, &m, &report), LK_OK);
    assert_null(m);
    assert_int_equal(report.iterations, 0);
    if (!strstr(lk_last_error(), part)) fail_msg("\"%s\" lacks \"%s\"", lk_last_error(), part);
}

#define EXPECT(field, value, part)                        \
    do {                                                  \
        lk_linear_options wrong = LK_LINEAR_OPTIONS_INIT; \
        wrong.field = value;                              \
        expect_sentence(&data, &wrong, part);             \
    } while (0)

static void wrong_options_are_told(void **state)
{
    lk_dataset data = linear_rows(*state, TARGET_TWO, 0);
    EXPECT(l1, -1, "l1 = -1");
    EXPECT(l2, NAN, "l2 = nan");
    EXPECT(l2, HUGE_VAL, "l2 = inf");
    EXPECT(tolerance, 2, "tolerance = 2");
    EXPECT(iterations, -3, "iterations = -3");
    EXPECT(learning_rate, -0.5, "learning_rate = -0.5");
    EXPECT(batch, 0, "batch = 0");
    EXPECT(bias, (lk_bias)9, "rule 9");
    EXPECT(solver, (lk_solver)77, "solver 77");
    EXPECT(loss, (lk_loss)999, "loss 999");
    EXPECT(n_params, 3, "logistic takes 1 parameters; there are 3");
    EXPECT(solver, LK_SOLVER_QR, "qr cannot train logistic");
    EXPECT(solver, LK_SOLVER_IRLS, "irls cannot train logistic");
    EXPECT(solver, LK_SOLVER_CCCP, "cccp cannot train logistic");
    EXPECT(loss, LK_ZERO_ONE, "zero_one");
    EXPECT(loss, LK_NLL, "softmax_cross_entropy");
    EXPECT(loss, LK_BINARY_CROSS_ENTROPY, "sigmoid_cross_entropy");
    EXPECT(loss, LK_KL_DIVERGENCE, "logits = 1");
    EXPECT(loss, LK_ARCFACE, "no bias");
    EXPECT(loss, LK_DICE, "dice");
    lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
    o.loss = LK_HINGE;
    o.solver = LK_SOLVER_NEWTON;
    expect_sentence(&data, &o, "kinks");
    o.loss = LK_LOGISTIC;
    o.l1 = 0.1;
    expect_sentence(&data, &o, "no l1 penalty");
    lk_dataset_free(&data);
}

static void wrong_data_are_told(void **state)
{
    lk_linear_options o = LK_LINEAR_OPTIONS_INIT;
    lk_dataset data = linear_rows(*state, TARGET_NUMBER, 1);
    o.loss = LK_SOFTMAX_CROSS_ENTROPY;
    expect_sentence(&data, &o, "needs classes");
    o.loss = LK_POISSON; /* takes no negative numbers */
    expect_sentence(&data, &o, "poisson");
    o.loss = LK_SQUARED_ERROR;
    o.solver = LK_SOLVER_QR;
    expect_sentence(&data, &o, "dense");
    free(data.target);
    data.target = NULL;
    expect_sentence(&data, &o, "no target");
    lk_dataset_free(&data);
    const lk_dataset empty = {.targets = 1};
    expect_sentence(&empty, &o, "no rows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_solvers_is_true),
        cmocka_unit_test(what_has_no_dual_is_trained_without),
        cmocka_unit_test(solvers_agree),
        cmocka_unit_test(wrong_options_are_told),
        cmocka_unit_test(wrong_data_are_told),
    };
    return cmocka_run_group_tests(tests, linear_setup, linear_teardown);
}
