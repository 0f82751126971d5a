#include "learn_linear_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int find(const char *const *names, int n, const char *name)
{
    for (int k = 0; k < n; k++)
        if (!strcmp(names[k], name)) return k;
    return -1;
}

static void read_case(FILE *f, linear_case *c)
{
    static const char *const targets[] = {"number", "positive", "two", "three"};
    static const char *const rules[] = {"free", "penalised", "none"};
    char loss[sizeof c->loss], target[16], bias[16];
    assert_int_equal(fscanf(f, "%63s %15s %d %15s %lf %lf %d", loss, target, &c->weighted, bias,
                            &c->l1, &c->l2, &c->n_params),
                     7);
    assert_in_range(c->n_params, 0, LK_MAX_PARAMS);
    for (int k = 0; k < c->n_params; k++) assert_int_equal(fscanf(f, "%lf", &c->params[k]), 1);
    assert_int_equal(fscanf(f, "%lf %lf %d", &c->tolerance, &c->objective, &c->n_x), 3);
    assert_in_range(c->n_x, 0, MOST_COEFFICIENTS);
    for (int k = 0; k < c->n_x; k++) assert_int_equal(fscanf(f, "%lf", &c->x[k]), 1);
    memcpy(c->loss, loss, sizeof loss);
    c->target = find(targets, TARGETS, target);
    const int rule = find(rules, 3, bias);
    assert_true(c->target >= 0 && rule >= 0);
    c->bias = (lk_bias)rule;
    snprintf(c->text, sizeof c->text, "%s of %s, bias %s, weighted %d, l1 %g, l2 %g", loss, target,
             bias, c->weighted, c->l1, c->l2);
}

static void read_rows(FILE *f, linear_data *d)
{
    long long rows, features;
    assert_int_equal(fscanf(f, " data %lld %lld", &rows, &features), 2);
    assert_true(rows <= MOST_ROWS && features <= MOST_FEATURES);
    d->rows = rows;
    d->features = features;
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t k = 0; k < features; k++)
            assert_int_equal(fscanf(f, "%lf", &d->x[i * features + k]), 1);
        for (int t = 0; t < TARGETS; t++) assert_int_equal(fscanf(f, "%lf", &d->target[t][i]), 1);
        assert_int_equal(fscanf(f, "%lf", &d->weight[i]), 1);
    }
}

int linear_setup(void **state)
{
    linear_data *d = calloc(1, sizeof *d);
    FILE *f = fopen(LOSSKIT_SOURCE_DIR "/tests/conformance/linear_problems.txt", "r");
    assert_non_null(d);
    assert_non_null(f);
    char line[256];
    assert_non_null(fgets(line, sizeof line, f)); /* where it comes from */
    read_rows(f, d);
    while (fscanf(f, " %255s", line) == 1) {
        assert_string_equal(line, "problem");
        assert_true(d->n_cases < MOST_CASES);
        read_case(f, &d->cases[d->n_cases++]);
    }
    assert_true(d->n_cases > 100);
    fclose(f);
    *state = d;
    return 0;
}

int linear_teardown(void **state)
{
    free(*state);
    return 0;
}

static lk_dataset sparse_of(const linear_data *d, const double *target, const double *weight)
{
    int64_t starts[MOST_ROWS + 1] = {0}, n = 0;
    int32_t columns[MOST_ROWS * MOST_FEATURES];
    double values[MOST_ROWS * MOST_FEATURES];
    for (int64_t i = 0; i < d->rows; i++) {
        for (int64_t k = 0; k < d->features; k++) {
            if (d->x[i * d->features + k] == 0) continue;
            columns[n] = (int32_t)k;
            values[n++] = d->x[i * d->features + k];
        }
        starts[i + 1] = n;
    }
    lk_dataset data;
    assert_int_equal(lk_dataset_create_sparse(d->rows, d->features, starts, columns, values, target,
                                              weight, &data),
                     LK_OK);
    return data;
}

static lk_dataset dense_of(const linear_data *d, const double *target, const double *weight)
{
    const int64_t shape[] = {d->rows, d->features};
    const lk_tensor x = lk_view(d->x, LK_F64, 2, shape), y = lk_vector(target, LK_F64, shape);
    const lk_tensor w = lk_vector(weight, LK_F64, shape);
    lk_dataset data;
    assert_int_equal(lk_dataset_create(&x, &y, weight ? &w : NULL, &data), LK_OK);
    return data;
}

static lk_dataset rows_of(const linear_data *d, int target, int sparse, const double *weight)
{
    const double *y = d->target[target];
    lk_dataset data = sparse ? sparse_of(d, y, weight) : dense_of(d, y, weight);
    if (target == TARGET_TWO) assert_int_equal(lk_dataset_set_classes(&data, 2), LK_OK);
    if (target == TARGET_THREE) assert_int_equal(lk_dataset_set_classes(&data, 3), LK_OK);
    return data;
}

lk_dataset linear_rows(const linear_data *d, int target, int sparse)
{
    return rows_of(d, target, sparse, NULL);
}

lk_dataset linear_dataset(const linear_data *d, const linear_case *c, int sparse)
{
    return rows_of(d, c->target, sparse, c->weighted ? d->weight : NULL);
}

const double *array_of(const lk_model *m, const char *wanted)
{
    for (int64_t k = 0; k < lk_model_tensors(m); k++) {
        const char *name;
        lk_tensor t;
        assert_int_equal(lk_model_tensor(m, k, &name, &t), LK_OK);
        if (!strcmp(name, wanted)) return t.data;
    }
    return NULL;
}
