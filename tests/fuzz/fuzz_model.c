/* fuzz_model.c: any bytes as a model file. What is read predicts, is written again, and read and
 * written once more gives the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "losskit_learn.h"

enum { ROWS = 3, MOST = 1000 /* features */ };

static void require(int condition)
{
    if (!condition) abort();
}

/* Reads nothing beyond the model's arrays, whatever they hold. */
static void predict(const lk_model *model)
{
    static double x[ROWS * MOST];
    lk_model_info info;
    lk_model_describe(model, &info);
    if (info.features > MOST) return;
    for (int k = 0; k < ROWS * MOST; k++) x[k] = k % 7 - 3;
    const lk_dataset data = {.rows = ROWS, .features = info.features, .dense = x};
    double *const scores = malloc((size_t)(ROWS * info.outputs) * sizeof *scores);
    require(scores != NULL);
    require(!lk_model_predict(model, &data, scores) || *lk_last_error());
    free(scores);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lk_model *model, *again;
    void *first, *second;
    size_t first_size, second_size;
    lk_set_num_threads(1);
    if (lk_model_read(data, size, &model)) {
        require(!model && *lk_last_error());
        return 0;
    }
    predict(model);
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
