/* The plain binary formats: .npy and IDX. */
#include "files_support.h"

#include "losskit.h"

#include <stdio.h>
#include <string.h>

#define HEADER(descr, fortran, shape) \
    "{'descr': '" descr "', 'fortran_order': " fortran ", 'shape': " shape ", }\n"

static void check_npy(int version, const char *header, const void *data, size_t size, int dtype,
                      const char *shape, const double *values)
{
    const bytes b = npy_bytes(version, header, data, size);
    const source s = source_of("a.npy", &b);
    array a;
    error e;
    const int status = npy_parse(&s, &a, &e);
    expect_array(status, &a, &e, dtype, shape, values);
}

static void npy_reads_every_type(void **state)
{
    (void)state;
    static const struct {
        const char *descr;
        const char *data;
        size_t size;
        int dtype;
        int count;
        double values[2];
    } cases[] = {
        {"<f8", TEXT_BYTES("\0\0\0\0\0\0\xf8\x3f"), LK_F64, 1, {1.5}},
        {">f8", TEXT_BYTES("\x3f\xf8\0\0\0\0\0\0"), LK_F64, 1, {1.5}},
        {"<f4", TEXT_BYTES("\0\0\x20\xc0"), LK_F32, 1, {-2.5}},
        {">f4", TEXT_BYTES("\xc0\x20\0\0"), LK_F32, 1, {-2.5}},
        {"<f2", TEXT_BYTES("\x34\x12"), LK_F16, 1, {0x1234}},
        {">f2", TEXT_BYTES("\x12\x34"), LK_F16, 1, {0x1234}},
        {"<V2", TEXT_BYTES("\xc0\x3f"), LK_BF16, 1, {1.5}},
        {"|V2", TEXT_BYTES("\xc0\x3f"), LK_BF16, 1, {1.5}},
        {"bfloat16", TEXT_BYTES("\xc0\x3f"), LK_BF16, 1, {1.5}},
        {"|i1", TEXT_BYTES("\x80\x7f"), LK_I32, 2, {-128, 127}},
        {"<i2", TEXT_BYTES("\0\x80\xfe\xff"), LK_I32, 2, {-32768, -2}},
        {">i2", TEXT_BYTES("\x80\0\xff\xfe"), LK_I32, 2, {-32768, -2}},
        {"<i4", TEXT_BYTES("\xfd\xff\xff\xff"), LK_I32, 1, {-3}},
        {">i4", TEXT_BYTES("\xff\xff\xff\xfd"), LK_I32, 1, {-3}},
        {"<i8", TEXT_BYTES("\xfd\xff\xff\xff\xff\xff\xff\xff"), LK_I64, 1, {-3}},
        {">i8", TEXT_BYTES("\0\0\0\1\0\0\0\2"), LK_I64, 1, {4294967298.0}},
        {"|u1", TEXT_BYTES("\0\xff"), LK_U8, 2, {0, 255}},
        {"<u2", TEXT_BYTES("\xff\xff"), LK_I32, 1, {65535}},
        {"<u4", TEXT_BYTES("\xff\xff\xff\xff"), LK_I64, 1, {4294967295.0}},
        {"<u8", TEXT_BYTES("\5\0\0\0\0\0\0\0"), LK_I64, 1, {5}},
        {"|b1", TEXT_BYTES("\1\0"), LK_U8, 2, {1, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char shape[8], header[80];
        snprintf(shape, sizeof shape, "(%d,)", cases[i].count);
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n",
                 cases[i].descr, shape);
        check_npy(1, header, cases[i].data, cases[i].size, cases[i].dtype, shape, cases[i].values);
    }
}

static void npy_reads_every_layout(void **state)
{
    (void)state;
    const char *six = "\1\2\3\4\5\6";
    const double rows[] = {1, 2, 3, 4, 5, 6}, turned[] = {1, 3, 5, 2, 4, 6};
    const double cube[] = {1, 5, 3, 7, 2, 6, 4, 8};
    check_npy(1, HEADER("|u1", "False", "(2, 3)"), six, 6, LK_U8, "(2, 3)", rows);
    check_npy(1, HEADER("|u1", "True", "(2, 3)"), six, 6, LK_U8, "(2, 3)", turned);
    check_npy(1, HEADER("|u1", "True", "(2, 2, 2)"), "\1\2\3\4\5\6\7\10", 8, LK_U8, "(2, 2, 2)",
              cube);
    check_npy(1, HEADER("|i1", "True", "(6,)"), six, 6, LK_I32, "(6,)", rows);
    check_npy(2, HEADER("|u1", "False", "(3, 2,)"), six, 6, LK_U8, "(3, 2)", rows);
    check_npy(3, HEADER("|u1", "False", "(6,)"), six, 6, LK_U8, "(6,)", rows);
    check_npy(1, HEADER("|u1", "False", "()"), six, 1, LK_U8, "()", rows);
    check_npy(1, HEADER("<f8", "False", "(0, 3)"), NULL, 0, LK_F64, "(0, 3)", NULL);
    check_npy(1, "{\"shape\":(1,),\"fortran_order\":False,\"descr\":\"|u1\"}", six, 1, LK_U8,
              "(1,)", rows);
}

static const struct {
    const char *header;
    size_t data;
    const char *sentence;
} refused_headers[] = {
    {HEADER("|O", "False", "(1,)"), 8,
     "a.npy: the header at byte 21 has dtype '|O', Python objects; expected numbers"},
    {"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4,
     "a.npy: the header at byte 20 has a structured dtype; expected one number per element"},
    {HEADER("<c8", "False", "(1,)"), 8,
     "a.npy: the header at byte 21 has dtype '<c8'; expected f2, f4, f8, i1 to i8, u1 to u8, "
     "b1, or V2 (bfloat16)"},
    {HEADER("<f3", "False", "(1,)"), 3,
     "a.npy: the header at byte 21 has dtype '<f3'; expected f2, f4, f8, i1 to i8, u1 to u8, "
     "b1, or V2 (bfloat16)"},
    {HEADER("|f4", "False", "(1,)"), 4,
     "a.npy: the header at byte 21 has dtype '|f4'; expected f2, f4, f8, i1 to i8, u1 to u8, "
     "b1, or V2 (bfloat16)"},
    {HEADER("?f4", "False", "(1,)"), 4,
     "a.npy: the header at byte 21 has dtype '?f4'; expected f2, f4, f8, i1 to i8, u1 to u8, "
     "b1, or V2 (bfloat16)"},
    {HEADER("<U5", "False", "(1,)"), 20,
     "a.npy: the header at byte 21 has dtype '<U5'; expected f2, f4, f8, i1 to i8, u1 to u8, "
     "b1, or V2 (bfloat16)"},
    {HEADER("<f4", "Maybe", "(1,)"), 4,
     "a.npy: the header at byte 44 has 'M'; expected True or False"},
    {HEADER("<f4", "False", "(-1,)"), 4, "a.npy: the shape at byte 61 has a negative length"},
    {HEADER("<f4", "False", "(9223372036854775808,)"), 4,
     "a.npy: the shape at byte 61 has a length above the largest int64"},
    {HEADER("<f4", "False", "(4294967296, 4294967296)"), 4,
     "a.npy: the header at byte 10 says shape (4294967296, 4294967296) of float32, more bytes "
     "than can be counted"},
    {HEADER("<f4", "False", "(0, 4294967296, 4294967296)"), 0,
     "a.npy: the header at byte 10 says shape (0, 4294967296, 4294967296) of float32, more "
     "bytes than can be counted"},
    {HEADER("<f8", "False", "(9223372036854775807,)"), 0,
     "a.npy: the header at byte 10 says shape (9223372036854775807,) of float64, more bytes "
     "than can be counted"},
    {HEADER("<f4", "False", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), 4,
     "a.npy: the shape at byte 85 has more than 8 dimensions"},
    {HEADER("<f4", "False", "(1)"), 4,
     "a.npy: the header at byte 62 has ')'; expected ',' after the only length"},
    {HEADER("<f4", "False", "(1 2)"), 8,
     "a.npy: the header at byte 63 has '2'; expected ',' or ')' in the shape"},
    {HEADER("<f4", "False", "(x,)"), 4, "a.npy: the header at byte 61 has 'x'; expected a length"},
    {HEADER("<f4", "False", "[1]"), 4,
     "a.npy: the header at byte 60 has '['; expected '(' before the shape"},
    {HEADER("<f4", "False", "(5,)"), 12,
     "a.npy: the header at byte 10 says shape (5,) of float32, 20 bytes, but only 12 follow"},
    {HEADER("<f4", "False", "(5,)"), 21,
     "a.npy: the header at byte 10 says shape (5,) of float32, 20 bytes, but 21 follow; the "
     "surplus begins at byte 88"},
    {"", 0, "a.npy: it ends at byte 10, within the .npy header"},
    {"{", 0, "a.npy: it ends at byte 11, within the .npy header"},
    {"{'descr", 0, "a.npy: the header ends at byte 17; expected a closing quote"},
    {"{'descr' '<f4'}", 0, "a.npy: the header at byte 19 has '''; expected ':'"},
    {"{'descr': '<f4' 'shape': (1,)}", 0,
     "a.npy: the header at byte 26 has '''; expected ',' or '}'"},
    {"{'descr': 4}", 0, "a.npy: the header at byte 20 has '4'; expected a quoted dtype"},
    {"{'descr': '<f4', 'descr': '<f4'}", 0,
     "a.npy: the header at byte 27 has the key 'descr'; expected 'descr', 'fortran_order' or "
     "'shape', each once"},
    {"{'dtype': '<f4'}", 0,
     "a.npy: the header at byte 11 has the key 'dtype'; expected 'descr', 'fortran_order' or "
     "'shape', each once"},
    {"{'descr': '<f4', 'shape': (1,)}", 4,
     "a.npy: the header at byte 10 lacks one of 'descr', 'fortran_order' and 'shape'"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", 4,
     "a.npy: the header at byte 66 has 'x'; expected nothing after '}'"},
};

static void npy_refuses(void **state)
{
    (void)state;
    static const unsigned char zeros[64];
    for (size_t i = 0; i < sizeof refused_headers / sizeof *refused_headers; i++) {
        const bytes b = npy_bytes(1, refused_headers[i].header, zeros, refused_headers[i].data);
        const source s = source_of("a.npy", &b);
        array a;
        error e;
        const int status = npy_parse(&s, &a, &e);
        expect_sentence(status, &a, &e, refused_headers[i].sentence);
    }
}

static void npy_refuses_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t size;
        const char *sentence;
    } cases[] = {
        {TEXT_BYTES("NUMPY"), "a.npy: it does not begin with the magic of .npy"},
        {TEXT_BYTES("\x93NUMPY\1\0\2"), "a.npy: it ends at byte 9, within the .npy header"},
        {TEXT_BYTES("\x93NUMPY\4\0\2\0{}\n\n"),
         "a.npy: byte 6: .npy version 4.0; expected version 1.0, 2.0 or 3.0"},
        {TEXT_BYTES("\x93NUMPY\1\1\2\0{}\n\n"),
         "a.npy: byte 6: .npy version 1.1; expected version 1.0, 2.0 or 3.0"},
        {TEXT_BYTES("\x93NUMPY\1\0\xff\xff{}"),
         "a.npy: byte 8: the header is said to have 65535 bytes, but only 2 follow"},
        {TEXT_BYTES("\x93NUMPY\2\0\xff\xff\xff\xff"),
         "a.npy: byte 8: the header is said to have 4294967295 bytes, but only 0 follow"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes b = {.size = 0};
        put(&b, cases[i].data, cases[i].size);
        const source s = source_of("a.npy", &b);
        array a;
        error e;
        const int status = npy_parse(&s, &a, &e);
        expect_sentence(status, &a, &e, cases[i].sentence);
    }
}

static void npy_refuses_values(void **state)
{
    (void)state;
    array a;
    error e;
    const bytes big = npy_bytes(1, HEADER("<u8", "False", "(2,)"),
                                "\xff\xff\xff\xff\xff\xff\xff\x7f\0\0\0\0\0\0\0\x80", 16);
    source s = source_of("a.npy", &big);
    expect_sentence(npy_parse(&s, &a, &e), &a, &e,
                    "a.npy: byte 76: the uint64 9223372036854775808 is above the largest int64, "
                    "which is what holds it here");
    const bytes odd = npy_bytes(1, HEADER("|b1", "False", "(2,)"), "\1\2", 2);
    s = source_of("a.npy", &odd);
    expect_sentence(npy_parse(&s, &a, &e), &a, &e, "a.npy: byte 69: a bool is 2; expected 0 or 1");
    const bytes wide = npy_bytes(1, HEADER("|i1", "False", "(20,)"), "01234567890123456789", 20);
    s = source_of("a.npy", &wide);
    s.limit = 79;
    expect_sentence(
        npy_parse(&s, &a, &e), &a, &e,
        "a.npy: an array of shape (20,) takes 80 bytes in memory; the limit is 79 bytes");
    s.limit = 80;
    assert_int_equal(npy_parse(&s, &a, &e), 0);
    array_free(&a);
}

static void check_idx(const char *data, size_t size, int dtype, const char *shape,
                      const double *values)
{
    bytes b = {.size = 0};
    put(&b, data, size);
    const source s = source_of("a.idx", &b);
    array a;
    error e;
    const int status = idx_parse(&s, &a, &e);
    expect_array(status, &a, &e, dtype, shape, values);
}

static void idx_reads_every_type(void **state)
{
    (void)state;
    const double small[] = {1, 255}, negative[] = {-2}, half[] = {1.5};
    check_idx(TEXT_BYTES("\0\0\10\2\0\0\0\1\0\0\0\2\1\xff"), LK_U8, "(1, 2)", small);
    check_idx(TEXT_BYTES("\0\0\11\1\0\0\0\1\xfe"), LK_I32, "(1,)", negative);
    check_idx(TEXT_BYTES("\0\0\13\1\0\0\0\1\xff\xfe"), LK_I32, "(1,)", negative);
    check_idx(TEXT_BYTES("\0\0\14\1\0\0\0\1\xff\xff\xff\xfe"), LK_I32, "(1,)", negative);
    check_idx(TEXT_BYTES("\0\0\15\1\0\0\0\1\x3f\xc0\0\0"), LK_F32, "(1,)", half);
    check_idx(TEXT_BYTES("\0\0\16\0\x3f\xf8\0\0\0\0\0\0"), LK_F64, "()", half);
}

static void idx_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t size;
        const char *sentence;
    } cases[] = {
        {TEXT_BYTES("\0\1\10\1"),
         "a.idx: it does not begin with the 00 00 TYPE NDIM of an IDX file"},
        {TEXT_BYTES("\0\0\12\1\0\0\0\0"),
         "a.idx: byte 2: the type is 0x0a; expected 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e"},
        {TEXT_BYTES("\0\0\10\11"), "a.idx: byte 3: 9 dimensions; expected at most 8"},
        {TEXT_BYTES("\0\0\10\2\0\0\0\1"),
         "a.idx: 2 dimensions take 12 bytes of header, but it has 8 bytes"},
        {TEXT_BYTES("\0\0\15\2\0\0\0\1\0\0\0\2\0\0\0\0\0\0\0"),
         "a.idx: the header at byte 4 says shape (1, 2) of float32, 8 bytes, but only 7 follow"},
        {TEXT_BYTES("\0\0\10\1\0\0\0\1\1\2"),
         "a.idx: the header at byte 4 says shape (1,) of uint8, 1 bytes, but 2 follow; the surplus "
         "begins at byte 9"},
        {TEXT_BYTES("\0\0\10\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
         "a.idx: the header at byte 4 says shape (4294967295, 4294967295, 4294967295) of uint8, "
         "more bytes than can be counted"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes b = {.size = 0};
        put(&b, cases[i].data, cases[i].size);
        const source s = source_of("a.idx", &b);
        array a;
        error e;
        const int status = idx_parse(&s, &a, &e);
        expect_sentence(status, &a, &e, cases[i].sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(npy_reads_every_type), cmocka_unit_test(npy_reads_every_layout),
        cmocka_unit_test(npy_refuses),          cmocka_unit_test(npy_refuses_bytes),
        cmocka_unit_test(npy_refuses_values),   cmocka_unit_test(idx_reads_every_type),
        cmocka_unit_test(idx_refuses),
    };
    return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
