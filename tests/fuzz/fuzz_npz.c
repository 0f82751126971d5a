#include "source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const source s = {"fuzz.npz", data, size, (size_t)1 << 20};
    array a;
    error e;
    static const char *const keys[] = {NULL, "x"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (npz_parse(&s, keys[i], &a, &e) == 0) array_free(&a);
    return 0;
}
