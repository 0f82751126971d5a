/* The text formats: CSV and LIBSVM. */
#include "files_support.h"

#include "losskit_learn.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int parser(const source *s, const char *key, array *out, error *e);

static const double counted[] = {1, 2, 3, 4, 5, 6};

static void check(parser *parse, const char *text, const char *key, const char *shape,
                  const double *values)
{
    bytes b = {.size = 0};
    put_text(&b, text);
    const source s = source_of("a", &b);
    array a;
    error e;
    const int status = parse(&s, key, &a, &e);
    expect_array(status, &a, &e, LK_F64, shape, values);
}

typedef struct refusal {
    const char *text, *key, *sentence;
} refusal;

static void refuse(parser *parse, const refusal *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bytes b = {.size = 0};
        put_text(&b, cases[i].text);
        const source s = source_of("a", &b);
        array a;
        error e;
        const int status = parse(&s, cases[i].key, &a, &e);
        expect_sentence(status, &a, &e, cases[i].sentence);
    }
}

static void csv_reads_tables(void **state)
{
    (void)state;
    const double special[] = {NAN, -INFINITY, 0.5, -2e3, 0};
    check(csv_parse, "1\n2\n3\n", NULL, "(3,)", counted);
    check(csv_parse, "1,2\n3,4", NULL, "(2, 2)", counted);
    check(csv_parse, "1;2\r\n3;4\r\n\r\n\n", NULL, "(2, 2)", counted);
    check(csv_parse, "1\t2\t3\n", NULL, "(1, 3)", counted);
    check(csv_parse, " 1 ;\"\t2 \"\n", NULL, "(1, 2)", (const double[]){1, 2});
    check(csv_parse, "\"1\",\"2\"\n3,\"4\"\n", NULL, "(2, 2)", counted);
    check(csv_parse,
          "\xef\xbb\xbf"
          "1,2\n",
          NULL, "(1, 2)", counted);
    check(csv_parse, "NaN\n-Infinity\n.5\n-2.E+3\n1e-999\n", NULL, "(5,)", special);
}

static void csv_reads_columns(void **state)
{
    (void)state;
    const double second[] = {2, 4};
    check(csv_parse, "a,b\n1,2\n3,4\n", NULL, "(2, 2)", counted);
    check(csv_parse, "a,b\n1,2\n3,4\n", "b", "(2,)", second);
    check(csv_parse, "a,b\n1,2\n3,4\n", "2", "(2,)", second);
    check(csv_parse, "1,2\n3,4\n", "2", "(2,)", second);
    check(csv_parse, "2,x\n2,1\n4,3\n", "2", "(2,)", second);
    check(csv_parse, "name,b\nx,2\ny,4\n", "b", "(2,)", second);
    check(csv_parse, "\"a;\n\"\"b\"\"\";c\n2;1\n4;3\n", "a;\n\"b\"", "(2,)", second);
    check(csv_parse, "\"a,b\"\n1\n2\n", NULL, "(2,)", counted);
}

static void csv_refuses(void **state)
{
    (void)state;
    static const refusal cases[] = {
        {"", NULL, "a: it holds no row of numbers"},
        {"\n\r\n", NULL, "a: it holds no row of numbers"},
        {"a,b\n", NULL, "a: line 1 is a header, and no row of numbers follows"},
        {"1,2\n3\n", NULL, "a: line 2: the number of fields is 1; expected 2 as in line 1"},
        {"1,2\n3,4,5\n", NULL, "a: line 2: the number of fields is 3; expected 2 as in line 1"},
        {"1\n\n2\n", NULL, "a: line 2, column 1: the field is empty; expected a number"},
        {"1,\n", NULL, "a: line 1, column 2: the field is empty; expected a number"},
        {",1\n2,3\n", NULL, "a: line 1, column 1: the field is empty; expected a number"},
        {"1,2\n3,\n", NULL, "a: line 2, column 2: the field is empty; expected a number"},
        {"1,2\n3, \n", NULL, "a: line 2, column 2: the field is empty; expected a number"},
        {"a,b\n1,2\n3,x\n", NULL, "a: line 3, column 2: \"x\" is not a number"},
        {"1\n0x10\n", NULL, "a: line 2, column 1: \"0x10\" is not a number"},
        {"1\nnan(1)\n", NULL, "a: line 2, column 1: \"nan(1)\" is not a number"},
        {"1\n1e\n", NULL, "a: line 2, column 1: \"1e\" is not a number"},
        {"1\n.\n", NULL, "a: line 2, column 1: \".\" is not a number"},
        {"1\n--1\n", NULL, "a: line 2, column 1: \"--1\" is not a number"},
        {"1\n1 2\n", NULL, "a: line 2, column 1: \"1 2\" is not a number"},
        {"1\n2\r3\n", NULL, "a: line 2, column 1: \"2?3\" is not a number"},
        {"1;2\n1,5;2\n", NULL, "a: line 2, column 1: \"1,5\" is not a number"},
        {"1\n-1e999\n", NULL, "a: line 2, column 1: \"-1e999\" is beyond the range of a double"},
        {"1\n\"2\n3\n", NULL, "a: line 2, column 1: the quote is never closed"},
        {"1,2\n\"3\"x,4\n", NULL,
         "a: line 2, column 1: \"x\" follows the closing quote; expected a delimiter"},
        {"\"a\nb\"\n1\nx\n", NULL, "a: line 4, column 1: \"x\" is not a number"},
        {"a\n\"x\ny\"\n", NULL, "a: line 2, column 1: \"x?y\" is not a number"},
        {"1\nabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij\n", NULL,
         "a: line 2, column 1: \"abcdefghijabcdefghijabcdefghijabcdefghij\" is not a number"},
        {"a,b\n1,2\n", "c",
         "a: there is no column \"c\"; expected a name of the header or a number from 1 to 2"},
        {"a,b\n1,2\n", "3",
         "a: there is no column \"3\"; expected a name of the header or a number from 1 to 2"},
        {"a,b\n1,2\n", "",
         "a: there is no column \"\"; expected a name of the header or a number from 1 to 2"},
        {"a,a\n1,2\n", "a",
         "a: line 1: the header has \"a\" more than once; expected the number of a column, from 1 "
         "to 2"},
        {"1,2\n", "0", "a: there is no column \"0\"; expected a number from 1 to 2"},
        {"1,2\n", "x", "a: there is no column \"x\"; expected a number from 1 to 2"},
        {"1,2\n", "18446744073709551617",
         "a: there is no column \"18446744073709551617\"; expected a number from 1 to 2"},
        {"\xff\xfe"
         "1",
         NULL, "a: it is UTF-16 text; expected UTF-8"},
    };
    refuse(csv_parse, cases, sizeof cases / sizeof *cases);
}

static void text_refuses_sizes(void **state)
{
    (void)state;
    array a;
    error e;
    bytes b = {.size = 0};
    put_text(&b, "1\n");
    for (int i = 0; i < 1201; i++) put_text(&b, "1");
    source s = source_of("a.csv", &b);
    expect_sentence(csv_parse(&s, NULL, &a, &e), &a, &e,
                    "a.csv: line 2, column 1: \"1111111111111111111111111111111111111111...\" has "
                    "1201 characters; expected a number of at most 1200");
    b.data[1] = '\0';
    expect_sentence(
        csv_parse(&s, NULL, &a, &e), &a, &e,
        "a.csv: byte 1 is zero, so that it is no text; expected .npy, .npz, IDX, CSV or LIBSVM");
    b.size = 0;
    put_text(&b, "1\n2\n3\n");
    s = source_of("a.csv", &b);
    s.limit = 23;
    expect_sentence(
        csv_parse(&s, NULL, &a, &e), &a, &e,
        "a.csv: an array of shape (3,) takes 24 bytes in memory; the limit is 23 bytes");
    s.limit = 24;
    expect_array(csv_parse(&s, NULL, &a, &e), &a, &e, LK_F64, "(3,)", counted);
}

static void numbers_are_exact(void **state)
{
    (void)state;
    static const double values[] = {0.1, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308};
    check(csv_parse,
          "0.1\n1.7976931348623157e308\n4.9406564584124654e-324\n2.2250738585072014E-308", NULL,
          "(4,)", values);
}

/* Decimals of all lengths, on both sides of what one multiplication or division gets right. */
static void numbers_are_those_of_strtod(void **state)
{
    (void)state;
    lk_random random = {1};
    int differences = 0;
    for (int i = 0; i < 200000; i++) {
        char text[64] = {0}, *p = text;
        const int64_t digits = 1 + lk_random_below(&random, 20);
        const int64_t point = lk_random_below(&random, digits + 2);
        const int64_t sign = lk_random_below(&random, 3);
        if (sign) *p++ = "-+"[sign - 1];
        for (int64_t d = 0; d < digits; d++) {
            if (d == point) *p++ = '.';
            *p++ = (char)('0' + lk_random_below(&random, 10));
        }
        if (lk_random_below(&random, 2)) sprintf(p, "e%d", (int)lk_random_below(&random, 60) - 30);
        const double expected = strtod(text, NULL);
        double found = NAN;
        assert_int_equal(number_parse(text, strlen(text), &found), NUMBER_OK);
        if (memcmp(&found, &expected, sizeof found)) print_message("%s\n", text);
        differences += memcmp(&found, &expected, sizeof found) != 0;
    }
    assert_int_equal(differences, 0);
    double value;
    const char *const edges[] = {"9007199254740992", "9007199254740993", "-0", "1e22", "1e23"};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        const double expected = strtod(edges[i], NULL);
        assert_int_equal(number_parse(edges[i], strlen(edges[i]), &value), NUMBER_OK);
        assert_memory_equal(&value, &expected, sizeof value);
    }
    const char *const wrong[] = {"1e", "1e+", "e5", ".e5", "1.2.3", "1e5.", "+-1", "1e1x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(number_parse(wrong[i], strlen(wrong[i]), &value), NUMBER_SYNTAX);
}

static void libsvm_reads(void **state)
{
    (void)state;
    const char *text = "+1 1:0.5 3:-2 # note 9:9\n\n# only a note\r\n-1\t2:1e3 \r\n0";
    const double labels[] = {1, -1, 0}, features[] = {0.5, 0, -2, 0, 1000, 0, 0, 0, 0};
    check(libsvm_parse, text, NULL, "(3,)", labels);
    check(libsvm_parse, text, "labels", "(3,)", labels);
    check(libsvm_parse, text, "features", "(3, 3)", features);
    check(libsvm_parse, "1\n2\n", "features", "(2, 0)", NULL);
}

static void libsvm_is_known_by_content(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int expected;
    } cases[] = {{"# note\n\n+1 3:4\n", 1},
                 {"\xef\xbb\xbf-1.5\t12:x", 1},
                 {"1 2\n1 1:2", 0},
                 {"1 x:2", 0},
                 {"1 :2", 0},
                 {"x 1:2", 0},
                 {"1", 0},
                 {"", 0},
                 {"1 2", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes b = {.size = 0};
        put_text(&b, cases[i].text);
        const source s = source_of("a", &b);
        assert_int_equal(libsvm_is(&s), cases[i].expected);
    }
}

static void libsvm_refuses(void **state)
{
    (void)state;
    static const refusal cases[] = {
        {"", NULL, "a: it holds no row"},
        {"# note\n", NULL, "a: it holds no row"},
        {"x 1:2\n", NULL, "a: line 1, column 1: \"x\" is not a number"},
        {"1,2 1:2\n", NULL, "a: line 1, column 1: \"1,2\" is not a number"},
        {"1 0:2\n", NULL, "a: line 1, column 3: index 0; expected one above 0 (from 1, ascending)"},
        {"1 2:2 2:3\n", NULL,
         "a: line 1, column 7: index 2; expected one above 2 (from 1, ascending)"},
        {"1\n1 3:2 1:3\n", NULL,
         "a: line 2, column 7: index 1; expected one above 3 (from 1, ascending)"},
        {"1 -1:2\n", NULL, "a: line 1, column 3: \"-1\" is not an index"},
        {"1 x:2\n", NULL, "a: line 1, column 3: \"x\" is not an index"},
        {"1 2\n", NULL, "a: line 1, column 3: \"2\"; expected INDEX:VALUE"},
        {"1 :2\n", NULL, "a: line 1, column 3: \":2\"; expected INDEX:VALUE"},
        {"1 1:\n", NULL, "a: line 1, column 3: the field is empty; expected a number"},
        {"1 1:x\n", NULL, "a: line 1, column 3: \"x\" is not a number"},
        {"1 1:2:3\n", NULL, "a: line 1, column 3: \"2:3\" is not a number"},
        {"1 qid:3 1:2\n", NULL, "a: line 1, column 3: query identifiers (qid) are not read"},
        {"1 2147483648:1\n", NULL,
         "a: line 1, column 3: the index \"2147483648\" is above 2147483647"},
        {"1 99999999999999999999999999:1\n", NULL,
         "a: line 1, column 3: the index \"99999999999999999999999999\" is above 2147483647"},
        {"1 2147483647:1\n", "features",
         "a: an array of shape (1, 2147483647) takes 17179869176 bytes in memory; the limit is "
         "1048576 bytes"},
        {"1\n", "x", "a: \":x\" names nothing here; expected \":labels\" or \":features\""},
        {"\xfe\xff", NULL, "a: it is UTF-16 text; expected UTF-8"},
    };
    refuse(libsvm_parse, cases, sizeof cases / sizeof *cases);
    bytes b = {.size = 0};
    put_text(&b, "1 200000000:1\n");
    source s = source_of("a.svm", &b);
    s.limit = LK_ARRAY_LIMIT;
    array a;
    error e;
    expect_sentence(libsvm_parse(&s, "features", &a, &e), &a, &e,
                    "a.svm: an array of shape (1, 200000000) takes 1600000000 bytes in memory; the "
                    "limit is 1073741824 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_reads_tables),  cmocka_unit_test(csv_reads_columns),
        cmocka_unit_test(csv_refuses),       cmocka_unit_test(text_refuses_sizes),
        cmocka_unit_test(numbers_are_exact), cmocka_unit_test(numbers_are_those_of_strtod),
        cmocka_unit_test(libsvm_reads),      cmocka_unit_test(libsvm_is_known_by_content),
        cmocka_unit_test(libsvm_refuses),
    };
    return cmocka_run_group_tests_name("text files", tests, NULL, NULL);
}
