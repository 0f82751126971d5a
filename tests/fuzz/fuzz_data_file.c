#include "data_parts.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"-1", "b"};
    static const data_request requests[] = {
        {.path = "fuzz"},
        {.path = "fuzz", .label = "b", .weight = "1", .task = DATA_CLASSES},
        {.path = "fuzz", .label = "2", .part = "test", .task = DATA_NUMBERS},
        {.path = "fuzz", .class_names = names, .n_classes = 2, .unlabelled = 1, .n_features = 2}};
    const source s = {"fuzz", data, size, (size_t)1 << 20};
    data_file f;
    error e;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        if (data_file_parse(&requests[i], &s, &f, &e) == 0) data_file_free(&f);
    return 0;
}
