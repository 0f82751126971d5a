/* test_learn_ensemble.c: EasyEnsemble, with anomaly detectors for members. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "support/learn_numbers.h"

enum { D = 3, MEMBERS = 5 };
static const int64_t sizes[2] = {200, 15};

typedef struct record {
    int calls, fails_at, makes_nothing_at;
    uint64_t seeds[MEMBERS];
    lk_dataset parts[MEMBERS];
} record;

/* Each member is unlike the others by its rows alone. */
static lk_status train(void *context, const lk_dataset *data, uint64_t seed, lk_model **out)
{
    record *const r = context;
    const int call = r->calls++;
    if (call == r->fails_at) return lk_fail(LK_UNSUPPORTED, "member %d fails", call);
    if (call == r->makes_nothing_at) return LK_OK;
    int64_t rows[400];
    for (int64_t i = 0; i < data->rows; i++) rows[i] = i;
    r->seeds[call] = seed;
    assert_int_equal(lk_dataset_take(data, data->rows, rows, &r->parts[call]), LK_OK);
    return lk_train_mahalanobis(data, 0, 0.1, 0.9, out);
}

static void free_record(record *r)
{
    for (int k = 0; k < MEMBERS; k++) lk_dataset_free(&r->parts[k]);
}

static void members_see_balanced_parts(void **state)
{
    (void)state;
    lk_dataset d = random_classes(2, sizes, D, 21);
    record r = {.fails_at = -1, .makes_nothing_at = -1};
    lk_model *m;
    assert_int_equal(lk_train_easy_ensemble(&d, MEMBERS, 4, train, &r, &m), LK_OK);
    lk_model_info info;
    lk_model_describe(m, &info);
    assert_int_equal(info.kind, LK_MODEL_ENSEMBLE);
    assert_int_equal(info.members, MEMBERS);
    assert_int_equal(info.outputs, 1);
    for (int k = 0; k < MEMBERS; k++) {
        double rare = 0, sum = 0, all = 0;
        assert_int_equal(r.parts[k].rows, 30);
        for (int64_t i = 0; i < 30; i++) rare += r.parts[k].target[i];
        assert_true(rare == 15);
        /* all rows of the smallest class */
        for (int64_t i = 0; i < 30; i++)
            if (r.parts[k].target[i] == 1) sum += r.parts[k].dense[i * D];
        for (int64_t i = 0; i < d.rows; i++)
            if (d.target[i] == 1) all += d.dense[i * D];
        assert_near("rare rows", k, sum, all, 1e-13);
        for (int l = 0; l < k; l++) {
            assert_true(r.seeds[k] != r.seeds[l]);
            assert_memory_not_equal(r.parts[k].dense, r.parts[l].dense, 30 * D * sizeof(double));
        }
    }
    free_record(&r);
    lk_model_free(m);
    lk_dataset_free(&d);
}

static void scores_are_the_mean_of_members(void **state)
{
    (void)state;
    lk_dataset d = random_classes(2, sizes, D, 21);
    record r = {.fails_at = -1, .makes_nothing_at = -1};
    lk_model *m;
    assert_int_equal(lk_train_easy_ensemble(&d, MEMBERS, 4, train, &r, &m), LK_OK);
    double scores[215], one[215], mean[215] = {0};
    assert_int_equal(lk_model_predict(m, &d, scores), LK_OK);
    for (int k = 0; k < MEMBERS; k++) {
        lk_model *member;
        assert_int_equal(lk_train_mahalanobis(&r.parts[k], 0, 0.1, 0.9, &member), LK_OK);
        assert_int_equal(lk_model_predict(member, &d, one), LK_OK);
        for (int i = 0; i < 215; i++) mean[i] += one[i] / MEMBERS;
        lk_model_free(member);
    }
    assert_all_near("score", 215, scores, mean, 1e-14);
    free_record(&r);
    lk_model_free(m);
    lk_dataset_free(&d);
}

static void follows_the_seed(void **state)
{
    (void)state;
    lk_dataset d = random_classes(2, sizes, D, 21);
    double scores[3][215];
    for (int k = 0; k < 3; k++) {
        record r = {.fails_at = -1, .makes_nothing_at = -1};
        lk_model *m;
        assert_int_equal(lk_train_easy_ensemble(&d, MEMBERS, k < 2 ? 4 : 5, train, &r, &m), LK_OK);
        assert_int_equal(lk_model_predict(m, &d, scores[k]), LK_OK);
        free_record(&r);
        lk_model_free(m);
    }
    assert_memory_equal(scores[0], scores[1], sizeof scores[0]);
    assert_memory_not_equal(scores[0], scores[2], sizeof scores[0]);
    lk_dataset_free(&d);
}

static void fails_with_its_member(void **state)
{
    (void)state;
    lk_dataset d = random_classes(2, sizes, D, 21);
    record r = {.fails_at = 3, .makes_nothing_at = -1};
    lk_model *m = (lk_model *)(uintptr_t)1;
    assert_int_equal(lk_train_easy_ensemble(&d, MEMBERS, 4, train, &r, &m), LK_UNSUPPORTED);
    assert_told("member 3 fails");
    assert_null(m);
    free_record(&r);
    record s = {.fails_at = -1, .makes_nothing_at = 2};
    assert_int_equal(lk_train_easy_ensemble(&d, MEMBERS, 4, train, &s, &m), LK_INVALID);
    assert_told("made no model");
    free_record(&s);
    assert_int_equal(lk_train_easy_ensemble(&d, 0, 4, train, &s, &m), LK_INVALID);
    assert_told("0 members");
    d.classes = 0;
    assert_int_equal(lk_train_easy_ensemble(&d, 2, 4, train, &s, &m), LK_INVALID);
    assert_told("0 classes");
    lk_dataset_free(&d);
}

/* What a file may hold: members that do not fit, and ensembles of ensembles without end. */
static void checks_its_members(void **state)
{
    (void)state;
    lk_dataset d = random_classes(2, sizes, D, 21);
    record r = {.fails_at = -1, .makes_nothing_at = -1};
    lk_model *m;
    assert_int_equal(lk_train_easy_ensemble(&d, MEMBERS, 4, train, &r, &m), LK_OK);
    assert_int_equal(lk_ensemble_type.check(m), LK_OK);
    lk_model *const second = m->members[1];
    second->outputs = 2;
    assert_int_equal(lk_ensemble_type.check(m), LK_INVALID);
    assert_told("member 1");
    second->outputs = 1;
    second->kind = LK_MODEL_ENSEMBLE;
    assert_int_equal(lk_ensemble_type.check(m), LK_INVALID);
    second->kind = LK_MODEL_GAUSSIAN;
    lk_model *inner;
    free_record(&r);
    r.calls = 0;
    assert_int_equal(lk_train_easy_ensemble(&d, 2, 4, train, &r, &inner), LK_OK);
    m->members[1] = inner;
    assert_int_equal(lk_ensemble_type.check(m), LK_INVALID);
    lk_model_free(inner);
    m->members[1] = NULL;
    assert_int_equal(lk_ensemble_type.check(m), LK_INVALID);
    m->members[1] = second;
    lk_model_remove(second, "mean");
    assert_int_equal(lk_ensemble_type.check(m), LK_INVALID);
    assert_told("mean");
    const int64_t members = m->n_members;
    m->n_members = 0;
    assert_int_equal(lk_ensemble_type.check(m), LK_INVALID);
    assert_told("without members");
    m->n_members = members;
    free_record(&r);
    lk_model_free(m);
    lk_dataset_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_see_balanced_parts),
        cmocka_unit_test(scores_are_the_mean_of_members),
        cmocka_unit_test(follows_the_seed),
        cmocka_unit_test(fails_with_its_member),
        cmocka_unit_test(checks_its_members),
    };
    return cmocka_run_group_tests_name("learn_ensemble", tests, NULL, NULL);
}
