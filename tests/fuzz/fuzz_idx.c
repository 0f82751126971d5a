#include "source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const source s = {"fuzz.idx", data, size, (size_t)1 << 20};
    array a;
    error e;
    if (idx_parse(&s, &a, &e) == 0) array_free(&a);
    return 0;
}
