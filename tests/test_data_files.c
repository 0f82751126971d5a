/* Files as data sets: every format, the labels, the names of sets, and every sentence. */
#define _XOPEN_SOURCE 700
#include "files_support.h"

#include "data_parts.h"
#include "input_file.h"
#include "losskit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static int enter(void **state)
{
    (void)state;
    enter_scratch();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    leave_scratch();
    return 0;
}

/* ---- helpers ------------------------------------------------------------------------------------
 */

static void write_text(const char *path, const char *text) { write_file(path, text, strlen(text)); }

static data_file read_well(const data_request *q)
{
    data_file f;
    error e;
    if (data_file_read(q, &f, &e)) fail_msg("%s", e.text);
    return f;
}

static void refuse(const data_request *q, const char *sentence)
{
    static const data_file empty;
    data_file f;
    error e;
    memset(&f, 1, sizeof f);
    assert_int_equal(data_file_read(q, &f, &e), -1);
    assert_string_equal(e.text, sentence);
    assert_memory_equal(&f, &empty, sizeof f);
}

/* The same of text in memory called "a". */
static int parse(const data_request *q, const char *text, data_file *f, error *e)
{
    bytes b = {.size = 0};
    put_text(&b, text);
    const source s = source_of("a", &b);
    return data_file_parse(q, &s, f, e);
}

static data_file parse_well(const data_request *q, const char *text)
{
    data_file f;
    error e;
    if (parse(q, text, &f, &e)) fail_msg("%s", e.text);
    return f;
}

static void parse_badly(const data_request *q, const char *text, const char *sentence)
{
    static const data_file empty;
    data_file f;
    error e;
    memset(&f, 1, sizeof f);
    assert_int_equal(parse(q, text, &f, &e), -1);
    assert_string_equal(e.text, sentence);
    assert_memory_equal(&f, &empty, sizeof f);
}

static void expect_numbers(const double *found, const double *values, int64_t n)
{
    assert_non_null(found);
    for (int64_t i = 0; i < n; i++)
        if (found[i] != values[i]) fail_msg("number %d is %g, not %g", (int)i, found[i], values[i]);
}

#define EXPECT(found, ...)                               \
    expect_numbers(found, (const double[]){__VA_ARGS__}, \
                   (int64_t)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)))

/* The names joined by '|'. */
static void expect_names(char *const *names, int64_t n, const char *joined)
{
    char text[256] = "";
    assert_non_null(names);
    for (int64_t i = 0; i < n; i++) {
        if (i) strcat(text, "|");
        strcat(text, names[i]);
    }
    assert_string_equal(text, joined);
}

static void expect_shape(const data_file *f, int64_t rows, int64_t features, int64_t classes)
{
    assert_int_equal(f->data.rows, rows);
    assert_int_equal(f->data.features, features);
    assert_int_equal(f->data.classes, classes);
}

static bytes gzip(const void *data, size_t size)
{
    bytes out = {.size = 0};
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (z_const Bytef *)data;
    z.avail_in = (uInt)size;
    z.next_out = out.data;
    z.avail_out = sizeof out.data;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.size = z.total_out;
    deflateEnd(&z);
    return out;
}

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
    data_request q = {.path = "a", .label_optional = 1, .n_features = 2, .label = "y"};
    data_file f = parse_well(&q, "p,q\n1,2\n3,4\n");
    expect_shape(&f, 2, 2, 0);
    assert_true(!f.data.target && !f.data.targets && !f.label_name);
    expect_names(f.feature_names, 2, "p|q");
    data_file_free(&f);
    f = parse_well(&q, "p,y,q\n1,2.5,3\n");
    EXPECT(f.data.target, 2.5);
    EXPECT(f.data.dense, 1, 3);
    data_file_free(&f);
    q.weight = "w";
    f = parse_well(&q, "p,w,q\n1,2.5,3\n");
    assert_null(f.data.target);
    EXPECT(f.data.weight, 2.5);
    data_file_free(&f);
    q = (data_request){.path = "a", .label_optional = 1, .n_features = 2};
    parse_badly(&q, "1,2,3,4\n",
                "a: it has 3 columns of features beside the label; the model takes 2");
    q = (data_request){
        .path = "a", .label_optional = 1, .n_features = 2, .class_names = known, .n_classes = 2};
    f = parse_well(&q, "0 1:5\n0 2:6 9:7\n"); /* what LIBSVM has to write for an unknown label */
    expect_shape(&f, 2, 2, 0);
    assert_null(f.data.target);
    data_file_free(&f);
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

/* ---- arrays -------------------------------------------------------------------------------------
 */

static bytes npy_of(const char *type, const char *shape, const void *data, size_t size)
{
    char header[128];
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s}", type,
             shape);
    return npy_bytes(1, header, data, size);
}

/* A zip archive of stored members, as NumPy writes it. */
typedef struct member {
    const char *name;
    bytes npy;
} member;

static void write_npz(const char *path, const member *members, int count)
{
    static bytes all, directory;
    all.size = directory.size = 0;
    for (int i = 0; i < count; i++) {
        const bytes *npy = &members[i].npy;
        char name[64];
        snprintf(name, sizeof name, "%s.npy", members[i].name);
        const size_t at = all.size, length = strlen(name);
        const uint64_t check = crc32(0, npy->data, (uInt)npy->size);
        put_text(&all, "PK\3\4");
        put_text(&directory, "PK\1\2");
        put_little(&directory, 20, 2);
        bytes *const both[] = {&all, &directory};
        for (int b = 0; b < 2; b++) {
            put_little(both[b], 20, 2);
            put_little(both[b], 0, 8); /* flags, method, time, date */
            put_little(both[b], check, 4);
            put_little(both[b], npy->size, 4);
            put_little(both[b], npy->size, 4);
            put_little(both[b], length, 2);
            put_little(both[b], 0, 2);
        }
        put_little(&directory, 0, 10); /* comment, disk, attributes */
        put_little(&directory, at, 4);
        put_text(&all, name);
        put_text(&directory, name);
        put(&all, npy->data, npy->size);
    }
    const size_t at = all.size;
    put(&all, directory.data, directory.size);
    put_text(&all, "PK\5\6");
    put_little(&all, 0, 4);
    put_little(&all, (uint64_t)count, 2);
    put_little(&all, (uint64_t)count, 2);
    put_little(&all, directory.size, 4);
    put_little(&all, at, 4);
    put_little(&all, 0, 2);
    write_file(path, all.data, all.size);
}

static const double table[] = {1, 2, 0, 3, 4, 1, 5, 6, 0};

static void npy_is_a_table(void **state)
{
    (void)state;
    const bytes b = npy_of("<f8", "(3, 3)", table, sizeof table);
    const bytes line = npy_of("<f8", "(9,)", table, sizeof table);
    const bytes image = npy_of("|u1", "(1, 2, 2)", "\0\63\377\0", 4);
    write_file("t.npy", b.data, b.size);
    write_file("l.npy", line.data, line.size);
    write_file("i.npy", image.data, image.size);
    data_request q = {.path = "t.npy"};
    data_file f = read_well(&q);
    expect_shape(&f, 3, 2, 2);
    EXPECT(f.data.dense, 1, 2, 3, 4, 5, 6);
    EXPECT(f.data.target, 0, 1, 0);
    expect_names(f.class_names, 2, "0|1");
    assert_string_equal(f.path, "t.npy");
    data_file_free(&f);
    q.label = "1";
    q.weight = "3";
    f = read_well(&q);
    EXPECT(f.data.dense, 2, 4, 6);
    EXPECT(f.data.target, 0, 1, 2);
    EXPECT(f.data.weight, 0, 1, 0);
    data_file_free(&f);
    q = (data_request){.path = "t.npy", .label_optional = 1, .n_features = 3};
    f = read_well(&q);
    expect_shape(&f, 3, 3, 0);
    assert_null(f.data.target);
    EXPECT(f.data.dense, 1, 2, 0);
    data_file_free(&f);
    refuse(&(data_request){.path = "t.npy", .label = "4"},
           "t.npy: there is no column \"4\"; expected a number from 1 to 3");
    refuse(&(data_request){.path = "t.npy", .label = "y"},
           "t.npy: there is no column \"y\"; expected a number from 1 to 3");
    refuse(&(data_request){.path = "l.npy"},
           "l.npy: it has 1 dimension and no labels; expected a table, or an .npz with x and y");
    refuse(&(data_request){.path = "i.npy"},
           "i.npy: it has 3 dimensions and no labels; expected a table, or an .npz with x and y");
    f = read_well(&(data_request){.path = "i.npy", .label_optional = 1});
    EXPECT(f.data.dense, 0, 0.2, 1, 0);
    data_file_free(&f);
}

static void npz_has_arrays(void **state)
{
    (void)state;
    static const int64_t labels[] = {7, 3, 7};
    static const float weights[] = {1, 0.5f, 2}, negative[] = {1, -2, 1};
    const bytes x = npy_of("<f8", "(3, 2)", table, 6 * sizeof *table);
    const bytes y = npy_of("<i8", "(3,)", labels, sizeof labels);
    const bytes w = npy_of("<f4", "(3,)", weights, sizeof weights);
    const bytes n = npy_of("<f4", "(3,)", negative, sizeof negative);
    const bytes many = npy_of("<f8", "(3, 3)", table, sizeof table);
    write_npz("a.npz", (const member[]){{"X", x}, {"target", y}, {"w", w}, {"n", n}, {"m", many}},
              5);
    data_file f = read_well(&(data_request){.path = "a.npz", .weight = "w"});
    expect_shape(&f, 3, 2, 2);
    EXPECT(f.data.dense, 1, 2, 0, 3, 4, 1);
    EXPECT(f.data.target, 1, 0, 1);
    EXPECT(f.data.weight, 1, 0.5, 2);
    expect_names(f.class_names, 2, "3|7");
    assert_string_equal(f.label_name, "target");
    data_file_free(&f);
    f = read_well(&(data_request){.path = "a.npz", .label = "m"});
    assert_int_equal(f.data.targets, 3);
    EXPECT(f.data.target, 1, 2, 0, 3, 4, 1, 5, 6, 0);
    data_file_free(&f);
    refuse(&(data_request){.path = "a.npz", .label = "m", .task = DATA_CLASSES},
           "a.npz: there are 3 labels in a row; expected one class");
    refuse(&(data_request){.path = "a.npz", .label = "z"}, "a.npz: it has no array z");
    refuse(&(data_request){.path = "a.npz", .weight = "m"},
           "a.npz: the weights have 3 columns; expected 1");
    refuse(&(data_request){.path = "a.npz", .weight = "n"},
           "a.npz: dataset: weight[1, 0] = -2; expected a finite number that is not negative");
    refuse(&(data_request){.path = "a.npz", .part = "test"},
           "a.npz: it has no array x_test, the part \"test\"");
    refuse(&(data_request){.path = "a.npz", .n_features = 3},
           "a.npz: it has 2 features; the model takes 3");
    write_npz("b.npz", (const member[]){{"y", y}}, 1);
    refuse(&(data_request){.path = "b.npz"},
           "b.npz: it has no array x, X, features, data (one of them is expected)");
    write_npz("c.npz", (const member[]){{"x", x}}, 1);
    refuse(&(data_request){.path = "c.npz"}, "c.npz: it has no array y, Y, labels, label, target, "
                                             "targets (one of them is expected)");
    f = read_well(&(data_request){.path = "c.npz", .label_optional = 1});
    assert_null(f.data.target);
    data_file_free(&f);
    write_npz("d.npz", (const member[]){{"x", y}, {"y", y}}, 2);
    refuse(&(data_request){.path = "d.npz"},
           "d.npz: the features have 1 dimension; expected rows and columns");
    const bytes two = npy_of("<i8", "(2,)", labels, 2 * sizeof *labels);
    write_npz("e.npz", (const member[]){{"x", x}, {"y", two}}, 2);
    refuse(&(data_request){.path = "e.npz"}, "e.npz: dataset: target has 2 rows, features have 3");
}

static void npz_has_parts(void **state)
{
    (void)state;
    const bytes train = npy_of("|u1", "(2, 1, 2)", "\0\377\377\63", 4);
    const bytes test = npy_of("|u1", "(1, 1, 2)", "\377\377", 2);
    const bytes y_train = npy_of("|u1", "(2,)", "\4\11", 2),
                y_test = npy_of("|u1", "(1,)", "\11", 1);
    write_npz("m.npz",
              (const member[]){
                  {"x_test", test}, {"x_train", train}, {"y_train", y_train}, {"y_test", y_test}},
              4);
    data_file f = read_well(&(data_request){.path = "m.npz"});
    expect_shape(&f, 2, 2, 2);
    EXPECT(f.data.dense, 0, 1, 1, 0.2);
    EXPECT(f.data.target, 0, 1);
    assert_true(f.height == 1 && f.width == 2 && f.channels == 1);
    data_file_free(&f);
    f = read_well(&(data_request){.path = "m.npz", .part = "test"});
    expect_shape(&f, 1, 2, 1);
    expect_names(f.class_names, 1, "9");
    data_file_free(&f);
}

static void write_idx(const char *path, int ndim, const int *shape, const char *data, int zipped)
{
    bytes b = {.size = 0};
    const unsigned char start[] = {0, 0, 8, (unsigned char)ndim};
    size_t count = 1;
    put(&b, start, sizeof start);
    for (int d = 0; d < ndim; d++) {
        const unsigned char length[] = {0, 0, 0, (unsigned char)shape[d]};
        put(&b, length, sizeof length);
        count *= (size_t)shape[d];
    }
    put(&b, data, count);
    if (zipped) b = gzip(b.data, b.size);
    write_file(path, b.data, b.size);
}

static void idx_images_have_labels_beside_them(void **state)
{
    (void)state;
    static const int images[] = {2, 2, 3}, labels[] = {2}, three[] = {3};
    write_idx("my-images-idx3-ubyte.gz", 3, images, "\0\63\377\0\0\0\1\0\0\0\0\0", 1);
    refuse(
        &(data_request){.path = "my-images-idx3-ubyte.gz"},
        "my-images-idx3-ubyte.gz: no file of labels lies beside it; expected one with \"labels\" "
        "for \"images\" and \"idx1\" for \"idx3\" in its name");
    data_file f =
        read_well(&(data_request){.path = "my-images-idx3-ubyte.gz", .label_optional = 1});
    assert_null(f.data.target);
    data_file_free(&f);
    write_idx("my-labels-idx1-ubyte", 1, labels, "\5\2", 0);
    f = read_well(&(data_request){.path = "my-images-idx3-ubyte.gz"});
    expect_shape(&f, 2, 6, 2);
    EXPECT(f.data.dense, 0, 0.2, 1, 0, 0, 0, 1 / 255.0);
    EXPECT(f.data.target, 1, 0);
    expect_names(f.class_names, 2, "2|5");
    assert_true(f.height == 2 && f.width == 3 && f.channels == 1);
    data_file_free(&f);
    write_idx("my-labels-idx1-ubyte.gz", 1, three, "\5\2\1", 1); /* comes first */
    refuse(&(data_request){.path = "my-images-idx3-ubyte.gz"},
           "my-images-idx3-ubyte.gz: dataset: target has 3 rows, features have 2");
    refuse(&(data_request){.path = "my-images-idx3-ubyte.gz", .label = "y"},
           "my-images-idx3-ubyte.gz: an IDX file has no column or array \"y\"");
    refuse(&(data_request){.path = "my-labels-idx1-ubyte"},
           "my-labels-idx1-ubyte: the features have 1 dimension; expected rows and columns");
}

static void mnist_is_a_directory(void **state)
{
    (void)state;
    static const int images[] = {1, 1, 1}, labels[] = {1};
    assert_int_equal(mkdir("mnist", 0700), 0);
    refuse(&(data_request){.path = "mnist"},
           "mnist: it is a directory without train-images-idx3-ubyte (or the same with \".gz\"); "
           "expected a file, or the files of MNIST");
    write_idx("mnist/t10k-images-idx3-ubyte.gz", 3, images, "\377", 1);
    write_idx("mnist/t10k-labels-idx1-ubyte.gz", 1, labels, "\3", 1);
    data_file f = read_well(&(data_request){.path = "mnist"}); /* the only part */
    assert_string_equal(f.path, "mnist/t10k-images-idx3-ubyte.gz");
    expect_names(f.class_names, 1, "3");
    data_file_free(&f);
    write_idx("mnist/train-images.idx3-ubyte", 3, images, "\377", 0);
    write_idx("mnist/train-labels.idx1-ubyte", 1, labels, "\4", 0);
    static const struct {
        const char *path, *folder, *part, *found;
    } cases[] = {{"mnist", NULL, NULL, "mnist/train-images.idx3-ubyte"},
                 {"mnist/", NULL, "train", "mnist//train-images.idx3-ubyte"},
                 {"mnist", NULL, "test", "mnist/t10k-images-idx3-ubyte.gz"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        f = read_well(&(data_request){.path = cases[i].path, .part = cases[i].part});
        assert_string_equal(f.path, cases[i].found);
        data_file_free(&f);
    }
    refuse(&(data_request){.path = "mnist", .part = "valid"},
           "mnist/train-images.idx3-ubyte: there is no part \"valid\"; expected \"train\" or "
           "\"test\"");
    static const char *const files[] = {
        "mnist/t10k-images-idx3-ubyte.gz", "mnist/t10k-labels-idx1-ubyte.gz",
        "mnist/train-images.idx3-ubyte", "mnist/train-labels.idx1-ubyte"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) assert_int_equal(remove(files[i]), 0);
}

/* ---- where the data is --------------------------------------------------------------------------
 */

static void names_are_looked_up(void **state)
{
    (void)state;
    static const int images[] = {1, 1, 1}, labels[] = {1};
    assert_int_equal(mkdir("data", 0700), 0);
    assert_int_equal(mkdir("env", 0700), 0);
    assert_int_equal(mkdir("dir", 0700), 0);
    write_text("data/digits.csv", "0,1\n");
    const bytes packed = gzip("0,1\n", 4);
    data_request q = {.path = "digits"};
    unsetenv("LOSSKIT_DATA");
    data_file f = read_well(&q);
    assert_string_equal(f.path, "data/digits.csv");
    data_file_free(&f);
    setenv("LOSSKIT_DATA", "env", 1);
    write_file("env/digits.csv.gz", packed.data, packed.size);
    f = read_well(&q);
    assert_string_equal(f.path, "env/digits.csv.gz");
    data_file_free(&f);
    q.folder = "dir";
    write_text("dir/digits.svm", "1 1:1\n");
    f = read_well(&q);
    assert_string_equal(f.path, "dir/digits.svm");
    data_file_free(&f);
    write_text("digits", "0,1\n"); /* what exists is a path */
    f = read_well(&q);
    assert_string_equal(f.path, "digits");
    data_file_free(&f);
    refuse(&(data_request){.path = "dir/none"},
           "dir/none: cannot be opened: No such file or directory");
    refuse(&(data_request){.path = "digits", .part = "test"},
           "digits: it has no part \"test\"; a directory has one, and an .npz with x_test");
    refuse(&(data_request){.path = "none", .folder = "dir"},
           "none: there is no such file, and no data set of this name in dir, env, "
           "data, " LOSSKIT_DATA_FOLDER
           "; digits, breast_cancer and diabetes ship with losskit, --data DIR "
           "names another folder");
    refuse(
        &(data_request){.path = "mnist"},
        "mnist: MNIST does not ship with losskit, and it is not in env, data, " LOSSKIT_DATA_FOLDER
        "; --data DIR names the folder that has it");
    assert_int_equal(mkdir("dir/mnist", 0700), 0);
    write_idx("dir/mnist/t10k-images-idx3-ubyte", 3, images, "\377", 0);
    write_idx("dir/mnist/t10k-labels-idx1-ubyte", 1, labels, "\3", 0);
    static const char *const folders[] = {"dir", "dir/mnist", "dir/mnist/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        f = read_well(&(data_request){.path = "mnist", .folder = folders[i]});
        assert_int_equal(f.data.rows, 1);
        data_file_free(&f);
    }
    unsetenv("LOSSKIT_DATA");
    static const char *const made[] = {"dir/mnist/t10k-images-idx3-ubyte",
                                       "dir/mnist/t10k-labels-idx1-ubyte",
                                       "dir/mnist",
                                       "dir/digits.svm",
                                       "env/digits.csv.gz",
                                       "data/digits.csv"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) assert_int_equal(remove(made[i]), 0);
}

static void standard_input_and_gzip(void **state)
{
    (void)state;
    const bytes packed = gzip("1 1:2\n0 3:4\n", 12), twice = gzip(packed.data, packed.size);
    write_file("in.gz", packed.data, packed.size);
    write_file("twice.gz", twice.data, twice.size);
    const int saved = dup(STDIN_FILENO);
    assert_non_null(freopen("in.gz", "rb", stdin));
    data_file f = read_well(&(data_request){.path = "-"});
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    close(saved);
    expect_shape(&f, 2, 3, 2);
    data_file_free(&f);
    refuse(&(data_request){.path = "twice.gz"},
           "twice.gz: it is gzipped twice; expected once or not");
    write_file("cut.gz", packed.data, packed.size - 9);
    refuse(&(data_request){.path = "cut.gz"}, "cut.gz: the gzip data stops short at byte 23");
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    bytes b = {.size = 0};
    put_text(&b, "1,2,3\n1,2,3\n");
    source s = source_of("a", &b);
    data_file f;
    error e;
    s.limit = 31;
    assert_int_equal(data_file_parse(&(data_request){.path = "a"}, &s, &f, &e), -1);
    assert_string_equal(
        e.text, "a: an array of shape (2, 2) takes 32 bytes in memory; the limit is 31 bytes");
    assert_null(f.data.dense);
    static const unsigned char idx[] = {0,   0,   8,   3,   255, 255, 255, 255,
                                        255, 255, 255, 255, 0,   0,   0,   9};
    write_file("images", idx, sizeof idx);
    error unused;
    assert_int_equal(data_file_read(&(data_request){.path = "images"}, &f, &unused), -1);
    assert_null(f.data.dense);
}

/* The shapes and counts of classes that their sources tell (data/README.md). */
static void shipped_sets_are_whole(void **state)
{
    (void)state;
    const char *folder = LOSSKIT_SOURCE_DIR "/data";
    data_file f = read_well(&(data_request){.path = "digits", .folder = folder});
    expect_shape(&f, 1797, 64, 10);
    static const int digits[] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    int count[10] = {0};
    for (int i = 0; i < 1797; i++) count[(int)f.data.target[i]]++;
    assert_memory_equal(count, digits, sizeof digits);
    assert_string_equal(f.label_name, "digit");
    data_file_free(&f);
    f = read_well(&(data_request){.path = "breast_cancer", .folder = folder});
    expect_shape(&f, 569, 30, 2);
    expect_names(f.class_names, 2, "benign|malignant");
    double malignant = 0;
    for (int i = 0; i < 569; i++) malignant += f.data.target[i];
    assert_true(malignant == 212);
    EXPECT(f.data.dense, 17.99, 10.38, 122.8);
    data_file_free(&f);
    f = read_well(&(data_request){.path = "diabetes", .folder = folder});
    expect_shape(&f, 442, 10, 0);
    EXPECT(f.data.target, 151, 75, 141);
    data_file_free(&f);
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
        cmocka_unit_test(libsvm_stays_sparse),
        cmocka_unit_test_setup_teardown(libsvm_grows, enter, leave),
        cmocka_unit_test_setup_teardown(libsvm_refuses, enter, leave),
        cmocka_unit_test_setup_teardown(npy_is_a_table, enter, leave),
        cmocka_unit_test_setup_teardown(npz_has_arrays, enter, leave),
        cmocka_unit_test_setup_teardown(npz_has_parts, enter, leave),
        cmocka_unit_test_setup_teardown(idx_images_have_labels_beside_them, enter, leave),
        cmocka_unit_test_setup_teardown(mnist_is_a_directory, enter, leave),
        cmocka_unit_test_setup_teardown(names_are_looked_up, enter, leave),
        cmocka_unit_test_setup_teardown(standard_input_and_gzip, enter, leave),
        cmocka_unit_test_setup_teardown(sizes_are_bounded, enter, leave),
        cmocka_unit_test(shipped_sets_are_whole),
    };
    return cmocka_run_group_tests_name("data files", tests, NULL, NULL);
}
