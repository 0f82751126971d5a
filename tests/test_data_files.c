/* Tables and LIBSVM as data sets: columns, labels, and every sentence. */
#include "files_data.h"

#include <stdio.h>
#include <string.h>

/* ---- CSV ----------------------------------------------------------------------------------------
 */

static void csv_has_features_and_a_label(void **state)
{
    (void)state;
    const data_request q = {.path = "a"};
    data_file f = parse_well(&q, "x,\"the \"\"y\"\"\",kind\r\n1,2,b\r\n3,4,a\r\n5,6,b\r\n");
    expect_shape(&f, 3, 2, 2);
    EXPECT(f.data.dense, 1, 2, 3, 4, 5, 6);
    EXPECT(f.data.target, 1, 0, 1);
    assert_int_equal(f.data.targets, 1);
    assert_null(f.data.weight);
    expect_names(f.class_names, 2, "a|b");
    expect_names(f.feature_names, 2, "x|the \"y\"");
    assert_string_equal(f.label_name, "kind");
    data_file_free(&f);
    assert_null(f.data.dense);
    f = parse_well(&q, "1;2;7\n3;4;7.5");
    expect_shape(&f, 2, 2, 0);
    EXPECT(f.data.target, 7, 7.5);
    assert_null(f.class_names);
    assert_null(f.feature_names);
    assert_null(f.label_name);
    data_file_free(&f);
}

static void csv_tells_headers_from_words(void **state)
{
    (void)state;
    static const struct {
        const char *text, *label;
        int64_t rows;
    } cases[] = {{"5.1,setosa\n4.9,versicolor\n", NULL, 2}, /* words are labels */
                 {"0,class\n4.9,versicolor\n", NULL, 1},    /* the usual name of one */
                 {"0,kind\n4.9,versicolor\n", "kind", 1},   /* the name asked for */
                 {"0,kind\n4.9,1\n", NULL, 1},              /* a word over a number */
                 {"x,kind\n4.9,a\n", NULL, 1},
                 {"4.9,a\n", NULL, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const data_request q = {.path = "a", .label = cases[i].label};
        data_file f = parse_well(&q, cases[i].text);
        assert_int_equal(f.data.rows, cases[i].rows);
        assert_int_equal(f.data.features, 1);
        data_file_free(&f);
    }
}

static void csv_chooses_the_label(void **state)
{
    (void)state;
    static const struct {
        const char *header, *label;
        int column;
    } cases[] = {{"a,b,c", NULL, 3}, {"a,Label,c", NULL, 2}, {"target,b,c", NULL, 1},
                 {"a,y,c", NULL, 2}, {"a,class,y", NULL, 3}, {"class,y,c", NULL, 3},
                 {"a,b,c", "b", 2},  {"a,b,c", "1", 1},      {"2,b,c", "2", 1},
                 {"a,y,c", "c", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s\n10.5,20.5,30.5\n", cases[i].header);
        const data_request q = {.path = "a", .label = cases[i].label};
        data_file f = parse_well(&q, text);
        EXPECT(f.data.target, 10 * cases[i].column + 0.5);
        data_file_free(&f);
    }
}

static void csv_has_weights(void **state)
{
    (void)state;
    const data_request named = {.path = "a", .weight = "w"},
                       numbered = {.path = "a", .weight = "3"};
    data_file f = parse_well(&named, "w,x,y\n0.5,1,0\n0,2,1\n");
    expect_shape(&f, 2, 1, 2);
    EXPECT(f.data.weight, 0.5, 0);
    EXPECT(f.data.dense, 1, 2);
    expect_names(f.feature_names, 1, "x");
    data_file_free(&f);
    f = parse_well(&numbered, "1,5,2\n3,6,2\n"); /* the label is then the last but one */
    EXPECT(f.data.dense, 1, 3);
    EXPECT(f.data.target, 0, 1);
    EXPECT(f.data.weight, 2, 2);
    expect_names(f.class_names, 2, "5|6");
    data_file_free(&f);
}

static void csv_quotes_labels(void **state)
{
    (void)state;
    const data_request q = {.path = "a"};
    data_file f =
        parse_well(&q, "1,\"b,\n\"\"c\"\"\"\n2, a \n3,\"b,\n\"\"c\"\"\"\n4,a\n5,\"\"\"\"\n");
    expect_names(f.class_names, 3, "\"|a|b,\n\"c\"");
    EXPECT(f.data.target, 2, 1, 2, 1, 0);
    data_file_free(&f);
}

static void csv_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *label, *weight, *sentence;
    } cases[] = {
        {"", NULL, NULL, "a: it is empty; expected CSV, LIBSVM, .npy, .npz or IDX"},
        {"\n", NULL, NULL, "a: it holds no row of numbers"},
        {"a,y\n", NULL, NULL, "a: line 1 is a header, and no row of numbers follows"},
        {"x,z,y\n1,2,a\n1,two,b\n", NULL, NULL,
         "a: line 3, column 2 \"z\": \"two\" is not a number"},
        {"x,z,y\n1,,a\n", NULL, NULL,
         "a: line 2, column 2 \"z\": the field is empty; expected a number"},
        {"1,2,a\n1,?,b\n", NULL, NULL, "a: line 2, column 2: \"?\" is not a number"},
        {"x,y\nnan,a\n", NULL, NULL,
         "a: line 2, column 1 \"x\": \"nan\"; expected a finite number"},
        {"x,y\n1e999,a\n", NULL, NULL,
         "a: line 2, column 1 \"x\": \"1e999\" is beyond the range of a double"},
        {"x,y\n1,a\n2,\n", NULL, NULL,
         "a: line 3, column 2 \"y\": the label is empty; expected a number or a word"},
        {"x,y\n1,2\n2,nan\n", NULL, NULL,
         "a: line 3, column 2 \"y\": the label \"nan\"; expected a finite number or a word"},
        {"x,w,y\n1,-1,a\n", NULL, "w",
         "a: line 2, column 2 \"w\": \"-1\"; expected a finite number that is not negative, a "
         "weight"},
        {"x,y\n1,2,3\n", NULL, NULL,
         "a: line 2: the number of fields is 3; expected 2 as in line 1"},
        {"x,y\n1,\"2\n", NULL, NULL, "a: line 2, column 2: the quote is never closed"},
        {"x,y\n1,2\n", "z", NULL,
         "a: there is no column \"z\"; expected a name of the header or a number from 1 to 2"},
        {"1,2\n", NULL, "3", "a: there is no column \"3\"; expected a number from 1 to 2"},
        {"x,x,y\n1,2,3\n", "x", NULL,
         "a: line 1: the header has \"x\" more than once; expected the number of a column, from 1 "
         "to "
         "3"},
        {"x,y\n1,2\n", "y", "2", "a: column 2 is both the label and the weight"},
        {"1\n2\n", NULL, NULL, "a: its 1 column leaves none of features"},
        {"1,2\n2,3\n", "1", "2", "a: its 2 columns leave none of features"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const data_request q = {.path = "a", .label = cases[i].label, .weight = cases[i].weight};
        parse_badly(&q, cases[i].text, cases[i].sentence);
    }
}

/* ---- labels -------------------------------------------------------------------------------------
 */

static void labels_are_classes_or_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        data_task task;
        const char *classes;
    } cases[] = {
        {"0,10\n0,9\n0,-1\n0,+9\n", DATA_AUTO, "-1|9|10"},  {"0,1\n0,1.0\n0,0\n", DATA_AUTO, "0|1"},
        {"0,1\n0,1.0\n0,a\n0,B\n", DATA_AUTO, "1|1.0|B|a"}, {"0,0.5\n0,0.25\n", DATA_AUTO, NULL},
        {"0,0.5\n0,.25\n", DATA_CLASSES, ".25|0.5"},        {"0,1\n0,2\n", DATA_NUMBERS, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const data_request q = {.path = "a", .task = cases[i].task};
        data_file f = parse_well(&q, cases[i].text);
        if (cases[i].classes)
            expect_names(f.class_names, f.data.classes, cases[i].classes);
        else
            assert_true(f.data.classes == 0 && !f.class_names);
        data_file_free(&f);
    }
    const data_request numbers = {.path = "a", .task = DATA_NUMBERS};
    parse_badly(
        &numbers, "0,1\n0,two\n0,one\n",
        "a: line 2: the label \"two\" is not a number; expected one, since numbers are to be "
        "learned");
}

static void many_whole_numbers_are_no_classes(void **state)
{
    (void)state;
    for (int different = DATA_CLASSES_AUTO; different <= DATA_CLASSES_AUTO + 1; different++) {
        char text[2048] = "";
        for (int i = 0; i < different; i++) snprintf(text + strlen(text), 16, "0,%d\n", 500 - i);
        const data_request q = {.path = "a"};
        data_file f = parse_well(&q, text);
        assert_int_equal(f.data.classes, different > DATA_CLASSES_AUTO ? 0 : different);
        EXPECT(f.data.target, different > DATA_CLASSES_AUTO ? 500 : different - 1);
        data_file_free(&f);
    }
}

static void a_model_knows_its_classes(void **state)
{
    (void)state;
    static const char *const words[] = {"cat", "dog", "1"}, *const numbers[] = {"3", "-1", "+7"};
    data_request q = {.path = "a", .class_names = words, .n_classes = 3};
    data_file f = parse_well(&q, "0,1\n0,dog\n");
    expect_shape(&f, 2, 1, 3);
    EXPECT(f.data.target, 2, 1);
    expect_names(f.class_names, 3, "cat|dog|1");
    data_file_free(&f);
    parse_badly(&q, "x,y\n0,dog\n0,cow\n",
                "a: line 3: the label \"cow\" is no class of the model, which are cat, dog, 1");
    q.class_names = numbers;
    f = parse_well(&q, "0,7.0\n0,-1\n0,3\n");
    EXPECT(f.data.target, 2, 1, 0);
    data_file_free(&f);
    parse_badly(&q, "0,7.0\n0,8\n",
                "a: line 2: the label \"8\" is no class of the model, which are 3, -1, +7");
}

static void labels_may_be_absent(void **state)
{
    (void)state;
    static const char *const known[] = {"-1", "+1"};
    data_request q = {.path = "a", .unlabelled = 1, .n_features = 2, .known_label = "y"};
    data_file f = parse_well(&q, "p,q\n1,2\n3,4\n");
    expect_shape(&f, 2, 2, 0);
    assert_true(!f.data.target && !f.data.targets && !f.label_name);
    expect_names(f.feature_names, 2, "p|q");
    data_file_free(&f);
    f = parse_well(&q, "p,y,q\n1,?,3\n4,,5\n"); /* whatever stands there */
    assert_null(f.data.target);
    EXPECT(f.data.dense, 1, 3, 4, 5);
    data_file_free(&f);
    q.known_weight = "w";
    f = parse_well(&q, "p,w,q\n1,2.5,3\n");
    assert_null(f.data.target);
    EXPECT(f.data.weight, 2.5);
    data_file_free(&f);
    f = parse_well(&q, "p,q\n1,3\n");
    assert_null(f.data.weight);
    data_file_free(&f);
    q.label = "y";
    parse_badly(
        &q, "p,q\n1,3\n",
        "a: there is no column \"y\"; expected a name of the header or a number from 1 to 2");
    q = (data_request){.path = "a", .unlabelled = 1, .n_features = 2};
    parse_badly(&q, "1,2,3,4\n",
                "a: it has 3 columns of features beside the label; the model takes 2");
    q.class_names = known;
    q.n_classes = 2;
    f = parse_well(&q, "0 1:5\n0 2:6 9:7\n"); /* what LIBSVM has to write for an unknown label */
    expect_shape(&f, 2, 2, 0);
    assert_null(f.data.target);
    data_file_free(&f);
}

static void a_taken_label_is_told(void **state)
{
    (void)state;
    data_request q = {.path = "a"};
    parse_badly(
        &q, "x,y,kind\n1,2,cat\n3,4,dog\n",
        "a: line 2, column 3 \"kind\": \"cat\" is not a number; the label is \"y\", --label "
        "names another");
}

/* A model remembers what its label and weight were called. */
static void known_columns_count_where_they_are(void **state)
{
    (void)state;
    data_request q = {.path = "a", .n_features = 2, .known_label = "y", .known_weight = "w"};
    data_file f = parse_well(&q, "w,y,p,q\n1,2.5,3,4\n");
    EXPECT(f.data.target, 2.5);
    EXPECT(f.data.weight, 1);
    EXPECT(f.data.dense, 3, 4);
    data_file_free(&f);
    f = parse_well(&q, "y,p,q\n2.5,3,4\n");
    EXPECT(f.data.target, 2.5);
    assert_null(f.data.weight);
    data_file_free(&f);
    f = parse_well(&q, "3,4,2.5\n"); /* no header: the last column, as ever */
    EXPECT(f.data.target, 2.5);
    data_file_free(&f);
    f = parse_well(&q, "2.5 1:3\n");
    EXPECT(f.data.target, 2.5);
    data_file_free(&f);
    parse_badly(
        &q, "p,q,z\n3,4,2.5\n",
        "a: there is no column \"y\"; expected a name of the header or a number from 1 to 3");
}

/* ---- LIBSVM -------------------------------------------------------------------------------------
 */

static void libsvm_stays_sparse(void **state)
{
    (void)state;
    data_request q = {.path = "a"};
    data_file f = parse_well(&q, "+1 1:0.5 30000000:-2 # note\n\n-1\r\n+1 2:3\n");
    expect_shape(&f, 3, 30000000, 2);
    assert_null(f.data.dense);
    static const int64_t starts[] = {0, 2, 2, 3};
    static const int32_t columns[] = {0, 29999999, 1};
    assert_memory_equal(f.data.starts, starts, sizeof starts);
    assert_memory_equal(f.data.columns, columns, sizeof columns);
    EXPECT(f.data.values, 0.5, -2, 3);
    EXPECT(f.data.target, 1, 0, 1);
    expect_names(f.class_names, 2, "-1|+1");
    data_file_free(&f);
    q.n_features = 5; /* of a model: what it has not seen is left out */
    f = parse_well(&q, "1 1:0.5 9:2\n2 2:1\n");
    expect_shape(&f, 2, 5, 2);
    assert_int_equal(f.data.starts[2], 2);
    EXPECT(f.data.values, 0.5, 1);
    data_file_free(&f);
    q.n_features = 0;
    f = parse_well(&q, "1.5 1:1\n");
    expect_shape(&f, 1, 1, 0);
    EXPECT(f.data.target, 1.5);
    data_file_free(&f);
}

/* More rows and pairs than the first room for them. */
static void libsvm_grows(void **state)
{
    (void)state;
    enum { ROWS = 3000, PAIRS = 5 };
    FILE *out = fopen("b.svm", "w");
    assert_non_null(out);
    for (int i = 0; i < ROWS; i++) {
        fprintf(out, "%d", i % 3);
        for (int k = 1; k <= PAIRS; k++) fprintf(out, " %d:%d", k * k, i * k);
        fputs("\n", out);
    }
    fclose(out);
    const data_request q = {.path = "b.svm"};
    data_file f = read_well(&q);
    expect_shape(&f, ROWS, PAIRS * PAIRS, 3);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(f.data.starts[i + 1], (i + 1) * PAIRS);
        EXPECT(f.data.target + i, i % 3);
        for (int k = 1; k <= PAIRS; k++) EXPECT(f.data.values + i * PAIRS + k - 1, i * k);
    }
    data_file_free(&f);
}

static void libsvm_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"1 1:2\nx 1:2\n", "a: line 2, column 1: \"x\" is not a number"},
        {"1 1:2\n1,3 1:2\n", "a: line 2, column 1: \"1,3\" is more than one label; expected one"},
        {"1 1:2\n nan 1:2\n", "a: line 2, column 2: the label \"nan\"; expected a finite number"},
        {"1 1:2 2:inf\n", "a: line 1: feature 2 is inf; expected a finite number"},
        {"1 0:2\n", "a: line 1, column 3: index 0; expected one above 0 (from 1, ascending)"},
        {"1 2:2 1:2\n", "a: line 1, column 7: index 1; expected one above 2 (from 1, ascending)"},
        {"1 1:2\n1 2147483648:1\n",
         "a: line 2, column 3: the index \"2147483648\" is above 2147483647"},
        {"1 1:x\n", "a: line 1, column 3: \"x\" is not a number"},
    };
    write_text("d.svm", "1\n-1\n");
    refuse(&(data_request){.path = "d.svm"}, "d.svm: it has 2 rows of 0 features; expected some");
    data_request q = {.path = "a"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        parse_badly(&q, cases[i].text, cases[i].sentence);
    q.label = "1";
    parse_badly(
        &q, "1 1:2\n",
        "a: LIBSVM has no column \"1\": the label begins the line, and there are no weights");
    write_text("c.svm", "# none\n");
    refuse(&(data_request){.path = "c.svm"}, "c.svm: it holds no row");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_has_features_and_a_label),
        cmocka_unit_test(csv_tells_headers_from_words),
        cmocka_unit_test(csv_chooses_the_label),
        cmocka_unit_test(csv_has_weights),
        cmocka_unit_test(csv_quotes_labels),
        cmocka_unit_test(csv_refuses),
        cmocka_unit_test(labels_are_classes_or_numbers),
        cmocka_unit_test(many_whole_numbers_are_no_classes),
        cmocka_unit_test(a_model_knows_its_classes),
        cmocka_unit_test(labels_may_be_absent),
        cmocka_unit_test(a_taken_label_is_told),
        cmocka_unit_test(known_columns_count_where_they_are),
        cmocka_unit_test(libsvm_stays_sparse),
        cmocka_unit_test_setup_teardown(libsvm_grows, enter, leave),
        cmocka_unit_test_setup_teardown(libsvm_refuses, enter, leave),
    };
    return cmocka_run_group_tests_name("data files", tests, NULL, NULL);
}
