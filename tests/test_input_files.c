/* Whole inputs, gzip, the choice of the format, PATH:KEY, and the form of the sentences. */
#define _XOPEN_SOURCE 700
#include "files_support.h"

#include "input_file.h"
#include "losskit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double counted[] = {1, 2, 3, 4};

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

static void write_text(const char *path, const char *text) { write_file(path, text, strlen(text)); }

static void check(const char *spec, int dtype, const char *shape, const double *values)
{
    array a;
    error e;
    const int status = array_read(spec, &a, &e);
    expect_array(status, &a, &e, dtype, shape, values);
}

static void refuse(const char *spec, size_t limit, const char *sentence)
{
    array a;
    error e;
    const int status = array_read_within(spec, limit, &a, &e);
    expect_sentence(status, &a, &e, sentence);
}

static void content_then_extension_tell_the_format(void **state)
{
    (void)state;
    static const unsigned char idx[] = {0, 0, 8, 1, 0, 0, 0, 2, 1, 2};
    const bytes npy =
        npy_bytes(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", "\1\2", 2);
    const bytes npy_gz = gzip(npy.data, npy.size), svm_gz = gzip("1\n2\n", 4);
    write_file("a.csv", npy.data, npy.size);
    write_file("b.csv", npy_gz.data, npy_gz.size);
    write_file("c", idx, sizeof idx);
    write_text("d", "1 1:2\n2\n");
    write_file("e.SVM.gz", svm_gz.data, svm_gz.size);
    write_text("f.libsvm", "1 # note\n2");
    write_text("g", "1\n2\n");
    check("a.csv", LK_U8, "(2,)", counted);
    check("b.csv", LK_U8, "(2,)", counted);
    check("c", LK_U8, "(2,)", counted);
    check("d", LK_F64, "(2,)", counted);
    check("e.SVM.gz:labels", LK_F64, "(2,)", counted);
    check("f.libsvm", LK_F64, "(2,)", counted);
    check("g", LK_F64, "(2,)", counted);
}

static void specs_are_split(void **state)
{
    (void)state;
    const double second[] = {2, 4};
    write_text("t.csv", "a,b:c\n1,2\n3,4\n");
    write_text("u.csv:2", "1,2\n");
    write_text("u.csv", "3,4\n");
    check("t.csv:b:c", LK_F64, "(2,)", second);
    check("t.csv:2", LK_F64, "(2,)", second);
    check("u.csv:2", LK_F64, "(1, 2)", counted);
    check("u.csv:2:1", LK_F64, "(1,)", counted);
    refuse("none.csv:x", LK_ARRAY_LIMIT, "none.csv: cannot be opened: No such file or directory");
    refuse("none", LK_ARRAY_LIMIT, "none: cannot be opened: No such file or directory");
    refuse("", LK_ARRAY_LIMIT, "\"\": cannot be opened: No such file or directory");
    refuse(":x", LK_ARRAY_LIMIT, ":x: cannot be opened: No such file or directory");
    refuse(".", LK_ARRAY_LIMIT, ".: it is a directory; expected a file");
}

static void keys_are_refused_where_nothing_has_a_name(void **state)
{
    (void)state;
    static const unsigned char idx[] = {0, 0, 8, 1, 0, 0, 0, 1, 1};
    const bytes npy = npy_bytes(1, "{}", NULL, 0);
    write_file("a.npy", npy.data, npy.size);
    write_file("b.idx", idx, sizeof idx);
    refuse("a.npy:x", LK_ARRAY_LIMIT,
           "a.npy: a .npy file holds one array without a name; \":x\" names nothing");
    refuse("b.idx:x", LK_ARRAY_LIMIT,
           "b.idx: an IDX file holds one array without a name; \":x\" names nothing");
}

static void standard_input_is_read(void **state)
{
    (void)state;
    write_text("in.csv", "a,b\n1,9\n2,9\n");
    const int saved = dup(STDIN_FILENO);
    assert_non_null(freopen("in.csv", "rb", stdin));
    check("-:a", LK_F64, "(2,)", counted);
    refuse("-", LK_ARRAY_LIMIT,
           "standard input: it is empty; expected .npy, .npz, IDX, CSV or LIBSVM");
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    close(saved);
}

static void pipes_and_the_limit(void **state)
{
    (void)state;
    write_text("four", "1\n2\n");
    file_bytes b;
    error e;
    assert_int_equal(input_read("four", 4, &b, &e), 0);
    assert_int_equal(b.size, 4);
    free(b.data);
    expect_sentence(input_read("four", 3, &b, &e), NULL, &e,
                    "four: it holds 4 bytes; the limit is 3 bytes");
    assert_null(b.data);
    /* Has no size that could be refused beforehand. */
    expect_sentence(input_read("/dev/zero", 100000, &b, &e), NULL, &e,
                    "/dev/zero: it holds more than 100000 bytes, the limit");
    assert_null(b.data);
    int ends[2];
    char path[32];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "1\n2\n", 4), 4);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    check(path, LK_F64, "(2,)", counted);
    close(ends[0]);
}

static void expect_gunzip(const bytes *b, size_t limit, const char *sentence)
{
    file_bytes out;
    error e;
    const int status = input_gunzip("a.gz", b->data, b->size, limit, &out, &e);
    expect_sentence(status, NULL, &e, sentence);
    assert_null(out.data);
}

static void gzip_is_checked(void **state)
{
    (void)state;
    static const unsigned char zeros[200000];
    const bytes one = gzip("1\n2\n", 4), bomb = gzip(zeros, sizeof zeros);
    bytes b = one;
    file_bytes out;
    error e;
    put(&b, one.data, one.size);
    assert_int_equal(input_gunzip("a.gz", b.data, b.size, 8, &out, &e), 0);
    assert_int_equal(out.size, 8);
    assert_memory_equal(out.data, "1\n2\n1\n2\n", 8);
    free(out.data);
    expect_gunzip(&b, 7, "a.gz: it holds more than 7 bytes, the limit");
    expect_gunzip(&bomb, 100000, "a.gz: it holds more than 100000 bytes, the limit");
    b = one;
    put_text(&b, "rest");
    expect_gunzip(&b, 100,
                  "a.gz: 4 bytes follow the gzip data that ends at byte 24; expected none");
    b = one;
    b.size -= 1;
    expect_gunzip(&b, 100, "a.gz: the gzip data stops short at byte 23");
    b = one;
    b.data[b.size - 8] ^= 1;
    expect_gunzip(&b, 100, "a.gz: the gzip data is damaged before byte 20: incorrect data check");
    b = one;
    b.data[2] = 7;
    expect_gunzip(&b, 100,
                  "a.gz: the gzip data is damaged before byte 4: unknown compression method");
    b = gzip(one.data, one.size);
    write_file("twice.gz", b.data, b.size);
    refuse("twice.gz", LK_ARRAY_LIMIT, "twice.gz: it is gzipped twice; expected once or not");
}

static void sentences_are_shown_safely(void **state)
{
    (void)state;
    error e;
    error_set(
        &e, "a\033[31m\tb\x7f \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xc3 \xff \xc2\x9b \xe2\x82");
    assert_string_equal(e.text, "a?[31m?b? \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 ? ? ?? ??");
    char name[301];
    memset(name, 'x', 300);
    name[300] = '\0';
    assert_int_equal(error_file(&e, name, "broken"), -1);
    assert_int_equal(strlen(e.text), 3 + 160 + 2 + 6);
    assert_memory_equal(e.text, "...xxx", 6);
    assert_string_equal(e.text + 3 + 160, ": broken");
}

static void shapes_are_counted(void **state)
{
    (void)state;
    const int64_t large = INT64_MAX,
                  widest[8] = {large, large, large, large, large, large, large, large};
    char text[LK_SHAPE_TEXT];
    shape_text(text, sizeof text, 8, widest);
    assert_int_equal(strlen(text), 8 * 19 + 7 * 2 + 2);
    shape_text(text, 8, 8, widest);
    assert_string_equal(text, "(922337");
    assert_int_equal(shape_count(1, (const int64_t[]){-1}), -1);
    assert_int_equal(shape_count(2, (const int64_t[]){-1, -1}), -1);
    assert_int_equal(shape_count(2, widest), -1);
    assert_int_equal(shape_count(0, NULL), 1);
    array a;
    error e;
    const int status = array_allocate(&a, LK_F64, 1, widest, "a", SIZE_MAX, &e);
    expect_sentence(
        status, &a, &e,
        "a: an array of shape (9223372036854775807,) has more elements than can be counted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(content_then_extension_tell_the_format, enter, leave),
        cmocka_unit_test_setup_teardown(specs_are_split, enter, leave),
        cmocka_unit_test_setup_teardown(keys_are_refused_where_nothing_has_a_name, enter, leave),
        cmocka_unit_test_setup_teardown(standard_input_is_read, enter, leave),
        cmocka_unit_test_setup_teardown(pipes_and_the_limit, enter, leave),
        cmocka_unit_test_setup_teardown(gzip_is_checked, enter, leave),
        cmocka_unit_test(sentences_are_shown_safely),
        cmocka_unit_test(shapes_are_counted),
    };
    return cmocka_run_group_tests_name("input files", tests, NULL, NULL);
}
