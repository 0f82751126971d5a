/* test_number_files.c: files of every type of number are read as the doubles that they hold. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "losskit.h"
#include "number_array.h"

enum { HEADER = 118, COUNT = 7 };

static void expect_numbers(const char *type, const void *data, size_t size, const double *want)
{
    char path[64], header[HEADER + 1];
    snprintf(path, sizeof path, "numbers_%ld.npy", (long)getpid());
    const int used =
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }",
                 type, COUNT);
    memset(header + used, ' ', (size_t)(HEADER - used));
    header[HEADER - 1] = '\n';
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, f);
    fwrite(header, 1, HEADER, f);
    fwrite(data, size, COUNT, f);
    fclose(f);
    array a;
    error e = {.text = ""};
    if (number_array_read(path, &a, &e)) fail_msg("%s", e.text);
    remove(path);
    assert_int_equal(a.dtype, LK_F64);
    assert_int_equal(a.count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        const double x = ((const double *)a.data)[i];
        if (x != want[i] && !(isnan(x) && isnan(want[i])))
            fail_msg("%s: number %d is %.17g; expected %.17g", type, i, x, want[i]);
    }
    array_free(&a);
}

static void all_types_become_doubles(void **state)
{
    (void)state;
    /* one, the largest, the least normal and subnormal ones, minus a third, infinity, NaN */
    static const uint16_t half[COUNT] = {0x3c00, 0x7bff, 0x0400, 0x8001, 0xb555, 0xfc00, 0x7e01};
    static const double halves[COUNT] = {1, 65504, 0x1p-14, -0x1p-24, -0x1.554p-2, -HUGE_VAL, NAN};
    static const float single[COUNT] = {1, 0x1.fffffep127F, 0.1F, -2.5F, 0, -0x1p-149F, 3};
    static const double singles[COUNT] = {1, 0x1.fffffep127, (double)0.1F, -2.5, 0, -0x1p-149, 3};
    static const int64_t whole[COUNT] = {0, 1, -1, INT64_C(1) << 53, -7, 100, 9};
    static const double wholes[COUNT] = {0, 1, -1, 0x1p53, -7, 100, 9};
    static const uint8_t byte[COUNT] = {0, 1, 255, 3, 4, 5, 128};
    static const double bytes[COUNT] = {0, 1, 255, 3, 4, 5, 128};
    expect_numbers("<f2", half, sizeof *half, halves);
    expect_numbers("<f4", single, sizeof *single, singles);
    expect_numbers("<f8", halves, sizeof *halves, halves);
    expect_numbers("<i8", whole, sizeof *whole, wholes);
    expect_numbers("|u1", byte, sizeof *byte, bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_types_become_doubles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
