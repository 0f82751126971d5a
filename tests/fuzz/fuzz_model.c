/* fuzz_model.c: any bytes as a model file. What is read is written again, and read and written
 * once more gives the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "losskit_learn.h"

static void require(int condition)
{
    if (!condition) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lk_model *model, *again;
    void *first, *second;
    size_t first_size, second_size;
    if (lk_model_read(data, size, &model)) {
        require(!model && *lk_last_error());
        return 0;
    }
    require(lk_model_write(model, &first, &first_size) == LK_OK);
    require(lk_model_read(first, first_size, &again) == LK_OK);
    require(lk_model_write(again, &second, &second_size) == LK_OK);
    require(first_size == second_size && !memcmp(first, second, first_size));
    lk_model_free(model);
    lk_model_free(again);
    free(first);
    free(second);
    return 0;
}
