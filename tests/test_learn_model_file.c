/* test_learn_model_file.c: models as bytes. The layout is compared with bytes put together here;
 * whatever the bytes are, reading them ends with a model or with a sentence. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "losskit_learn.h"
#include "model.h"
#include "support/learn_models.h"

typedef struct file {
    uint8_t *bytes;
    size_t size;
} file;

static file write_model(const lk_model *m)
{
    void *bytes;
    size_t size;
    if (lk_model_write(m, &bytes, &size)) fail_msg("%s", lk_last_error());
    return (file){bytes, size};
}

/* In memory of just this size, so that AddressSanitizer sees a read beyond it. */
static file file_of(const char *header, size_t header_size, size_t data_size)
{
    file f = {malloc(8 + header_size + data_size + 1), 8 + header_size + data_size};
    assert_non_null(f.bytes);
    for (int k = 0; k < 8; k++) f.bytes[k] = (uint8_t)((uint64_t)header_size >> 8 * k);
    memcpy(f.bytes + 8, header, header_size);
    memset(f.bytes + 8 + header_size, 0, data_size);
    return f;
}

static void assert_same_bytes(const file *a, const file *b)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->bytes, b->bytes, a->size);
}

/* ---- layout -------------------------------------------------------------------------------------
 */

#define LINEAR_METADATA                                                                         \
    "\"__metadata__\":{\"losskit.classes\":\"0\",\"losskit.features\":\"2\","                   \
    "\"losskit.format\":\"1\",\"losskit.kind\":\"linear\",\"losskit.loss\":\"huber\","          \
    "\"losskit.outputs\":\"1\",\"losskit.parameters\":\"{\\\"delta\\\":0.10000000000000001}\"," \
    "\"losskit.targets\":\"1\"}"
#define BIAS "\"bias\":{\"data_offsets\":[0,8],\"dtype\":\"F64\",\"shape\":[1]}"
#define WEIGHT "\"weight\":{\"data_offsets\":[8,24],\"dtype\":\"F64\",\"shape\":[1,2]}"

static void test_layout(void **state)
{
    (void)state;
    static const char header[] = "{" LINEAR_METADATA "," BIAS "," WEIGHT "}";
    /* 0.25, 1.5 and -2 in binary64: sign and exponent are in the last two bytes */
    static const uint8_t data[24] = {[6] = 0xd0, 0x3f, [14] = 0xf8, 0x3f, [23] = 0xc0};
    lk_model *const m = linear_model();
    const file f = write_model(m);
    const size_t padded = (sizeof header - 1 + 7) / 8 * 8;
    char spaces[8] = "       ";
    assert_int_equal(f.size, 8 + padded + sizeof data);
    assert_int_equal(f.bytes[0] | f.bytes[1] << 8, padded);
    for (int k = 2; k < 8; k++) assert_int_equal(f.bytes[k], 0);
    assert_memory_equal(f.bytes + 8, header, sizeof header - 1);
    assert_memory_equal(f.bytes + 8 + sizeof header - 1, spaces, padded - (sizeof header - 1));
    assert_memory_equal(f.bytes + 8 + padded, data, sizeof data);
    free(f.bytes);
    lk_model_free(m);
}

/* Numbers of four bytes come after those of eight, which so lie at multiples of eight. */
static void test_wide_numbers_lie_first(void **state)
{
    (void)state;
    const int64_t three = 3, one = 1;
    lk_model *const m = linear_model();
    float *const narrow = lk_model_add(m, "a", LK_F32, 1, &three);
    int64_t *const count = lk_model_add(m, "count", LK_I64, 1, &one);
    narrow[2] = 1;
    *count = -2;
    const file f = write_model(m);
    static const uint8_t end[] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    assert_memory_equal(f.bytes + f.size - 12 - 16 - 8, end, 8); /* before weight and a */
    static const uint8_t last[] = {0, 0, 0x80, 0x3f};
    assert_memory_equal(f.bytes + f.size - 4, last, 4);
    assert_int_equal((f.size - 12) % 8, 0);
    free(f.bytes);
    lk_model_free(m);
}

/* ---- there and back -----------------------------------------------------------------------------
 */

static void assert_same_model(const lk_model *a, const lk_model *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->loss, b->loss);
    assert_int_equal(a->n_params, b->n_params);
    assert_memory_equal(a->params, b->params, (size_t)a->n_params * sizeof *a->params);
    assert_int_equal(a->features, b->features);
    assert_int_equal(a->outputs, b->outputs);
    assert_int_equal(a->classes, b->classes);
    assert_int_equal(a->targets, b->targets);
    assert_int_equal(a->class_names == NULL, b->class_names == NULL);
    for (int64_t k = 0; a->class_names && k < a->classes; k++)
        assert_string_equal(a->class_names[k], b->class_names[k]);
    assert_int_equal(a->n_notes, b->n_notes);
    for (int64_t k = 0; k < a->n_notes; k++)
        assert_string_equal(a->notes[k].text, lk_model_note(b, a->notes[k].key));
    assert_int_equal(a->n_layers, b->n_layers);
    for (int k = 0; k < a->n_layers; k++) {
        assert_int_equal(a->layers[k].units, b->layers[k].units);
        assert_int_equal(a->layers[k].activation, b->layers[k].activation);
        assert_int_equal(a->layers[k].batch_normalization, b->layers[k].batch_normalization);
        assert_true(a->layers[k].dropout == b->layers[k].dropout);
    }
    assert_int_equal(a->n_tensors, b->n_tensors);
    for (int64_t k = 0; k < a->n_tensors; k++) {
        const lk_named_tensor *t = &a->tensors[k], *u = lk_model_find(b, t->name);
        assert_non_null(u);
        assert_int_equal(t->dtype, u->dtype);
        assert_int_equal(t->ndim, u->ndim);
        for (int d = 0; d < t->ndim; d++) assert_int_equal(t->shape[d], u->shape[d]);
        assert_memory_equal(t->data, u->data,
                            (size_t)lk_named_tensor_count(t) * lk_element_size(t->dtype));
    }
    assert_int_equal(a->n_members, b->n_members);
    for (int64_t k = 0; k < a->n_members; k++) assert_same_model(a->members[k], b->members[k]);
}

static void check_there_and_back(lk_model *m)
{
    lk_model *again;
    const file f = write_model(m);
    if (lk_model_read(f.bytes, f.size, &again)) fail_msg("%s", lk_last_error());
    assert_same_model(m, again);
    const file g = write_model(again);
    assert_same_bytes(&f, &g);
    free(f.bytes);
    free(g.bytes);
    lk_model_free(again);
    lk_model_free(m);
}

static void test_there_and_back(void **state)
{
    (void)state;
    check_there_and_back(linear_model());
    check_there_and_back(rich_model());
    check_there_and_back(ensemble_model());
    check_there_and_back(mlp_model());
    check_there_and_back(stumps_model());
    check_there_and_back(gaussian_model());
}

/* "inf" is a named value of the parameter p; JSON has no number for it. */
static void test_infinite_parameter(void **state)
{
    (void)state;
    lk_model *const m = linear_model();
    const lk_loss_info *info = lk_loss_describe(LK_TRIPLET_MARGIN);
    m->loss = LK_TRIPLET_MARGIN;
    m->n_params = info->n_params;
    for (int k = 0; k < info->n_params; k++) m->params[k] = info->params[k].preset;
    assert_string_equal(info->params[1].name, "p");
    m->params[1] = HUGE_VAL;
    check_there_and_back(m);
}

/* The order in which arrays and notes were added is no part of a file. */
static void test_order_does_not_matter(void **state)
{
    (void)state;
    lk_model *const m = rich_model(), *const other = rich_model();
    const lk_named_tensor first = other->tensors[0];
    const lk_note note = other->notes[0];
    other->tensors[0] = other->tensors[other->n_tensors - 1];
    other->tensors[other->n_tensors - 1] = first;
    other->notes[0] = other->notes[1];
    other->notes[1] = note;
    const file f = write_model(m), g = write_model(other);
    assert_same_bytes(&f, &g);
    free(f.bytes);
    free(g.bytes);
    lk_model_free(m);
    lk_model_free(other);
}

/* ---- what is not written ------------------------------------------------------------------------
 */

static void assert_not_written(lk_model *m, const char *sentence)
{
    void *bytes = m;
    size_t size = 1;
    assert_int_not_equal(lk_model_write(m, &bytes, &size), LK_OK);
    assert_null(bytes);
    assert_int_equal(size, 0);
    if (!strstr(lk_last_error(), sentence)) fail_msg("%s", lk_last_error());
    lk_model_free(m);
}

static void test_not_written(void **state)
{
    (void)state;
    lk_model *m = linear_model();
    ((double *)lk_model_find(m, "weight")->data)[1] = NAN;
    assert_not_written(m, "element 1 of the array \"weight\" is not a finite number");

    m = ensemble_model();
    ((double *)lk_model_find(m->members[1], "bias")->data)[0] = HUGE_VAL;
    assert_not_written(m, "element 0 of the array \"bias\" is not a finite number");

    m = linear_model();
    m->params[0] = -1;
    assert_not_written(m, "huber: delta = -1 is outside [");

    m = rich_model();
    m->class_names[1][2] = 'x'; /* the first byte of two */
    assert_not_written(m, "the name of class 1 is not UTF-8");

    m = linear_model();
    assert_int_equal(lk_model_set_note(m, "k", "\xff"), LK_OK);
    assert_not_written(m, "the note \"k\" is not UTF-8");

    m = linear_model();
    const int64_t one = 1;
    assert_non_null(lk_model_add(m, "bias", LK_F64, 1, &one));
    assert_not_written(m, "two arrays are called \"bias\"");

    m = linear_model();
    for (int k = 0; k <= 10000; k++) {
        char key[16];
        snprintf(key, sizeof key, "%d", k);
        assert_int_equal(lk_model_set_note(m, key, ""), LK_OK);
    }
    assert_not_written(m, "no object of 1 to 10000 texts");

    m = mlp_model();
    m->layers[0].dropout = 1;
    assert_not_written(m, "dropout");

    m = ensemble_model();
    assert_non_null(lk_model_add(m, "member1.bias", LK_F64, 1, &one));
    assert_not_written(m, "two arrays are called \"member1.bias\"");

    m = rich_model();
    lk_model_remove(m, "scaling.factor");
    assert_not_written(m, "the array \"scaling.factor\" is missing");
}

/* What training goes on from may be infinite: the best loss before the first epoch. */
static void test_training_state_may_be_infinite(void **state)
{
    (void)state;
    const int64_t one = 1;
    lk_model *const m = linear_model();
    *(double *)lk_model_add(m, "training.best", LK_F64, 1, &one) = HUGE_VAL;
    check_there_and_back(m);
}

/* A stump that says the same of every row. */
static void test_threshold_may_be_infinite(void **state)
{
    (void)state;
    lk_model *const m = stumps_model();
    ((double *)lk_model_find(m, "stump.threshold")->data)[1] = -HUGE_VAL;
    check_there_and_back(m);
}

/* ---- hostile bytes ------------------------------------------------------------------------------
 */

static void assert_refused(const file *f, const char *sentence)
{
    lk_model *m = (lk_model *)(uintptr_t)f;
    const lk_status status = lk_model_read(f->bytes, f->size, &m);
    assert_int_not_equal(status, LK_OK);
    assert_null(m);
    if (strncmp(lk_last_error(), "model: ", 7) || !strstr(lk_last_error(), sentence))
        fail_msg("\"%s\" instead of \"%s\"", lk_last_error(), sentence);
}

#define KIND "\"losskit.format\":\"1\",\"losskit.kind\":\"linear\","
#define COUNTS                                                                        \
    "\"losskit.features\":\"2\",\"losskit.outputs\":\"1\",\"losskit.classes\":\"0\"," \
    "\"losskit.targets\":\"1\""
#define METADATA(more) "\"__metadata__\":{" KIND COUNTS more "}"
#define ARRAYS "," BIAS "," WEIGHT
#define WITH(more) "{" METADATA("," more) ARRAYS "}"
#define THREE(more)                                                                    \
    "{\"__metadata__\":{" KIND "\"losskit.features\":\"2\",\"losskit.outputs\":\"1\"," \
    "\"losskit.classes\":\"3\",\"losskit.targets\":\"1\"," more "}" ARRAYS "}"
#define MLP(layers)                                                                \
    "{\"__metadata__\":{\"losskit.format\":\"1\",\"losskit.kind\":\"mlp\"," COUNTS \
    ",\"losskit.layers\":\"" layers "\"}" ARRAYS "}"
#define LAYER(units, activation, dropout)                         \
    "{\\\"units\\\":" units ",\\\"activation\\\":\\\"" activation \
    "\\\",\\\"batch_normalization\\\":false,\\\"dropout\\\":" dropout "}"
#define ENTRY(text) "{" METADATA("") "," BIAS ",\"weight\":" text "}"
#define ENSEMBLE(members)                                                               \
    "{\"__metadata__\":{\"losskit.format\":\"1\",\"losskit.kind\":\"ensemble\"," COUNTS \
    ",\"losskit.members\":\"" members "\"}" ARRAYS "}"
#define MEMBER(kind, more)    \
    "{\\\"kind\\\":\\\"" kind \
    "\\\",\\\"features\\\":2,\\\"outputs\\\":1,\\\"classes\\\":0,\\\"targets\\\":1" more "}"

static const struct {
    const char *header, *sentence;
} hostile[] = {
    /* the container */
    {"", "does not begin with"},
    {" {}", "does not begin with"},
    {"[]", "does not begin with"},
    {"{", "the header, at byte 1"},
    {"{} x", "the header, at byte 4"},
    {"{\"a\":1,\"a\":2}", "duplicate object key"},
    {"{\"a\":\"\xff\"}", "unable to decode byte 0xff"},
    {"{\"a\\u0000b\":1}", "the header, at byte"},
    {"{\"a\":99999999999999999999}", "too big integer"},
    {"{\"__metadata__\":[]}", "__metadata__ is no object"},
    {"{\"__metadata__\":{\"a\":1}}", "metadata \"a\" is no string"},
    {"{\"a\":1}", "array \"a\": expected dtype, shape and data_offsets"},
    {ENTRY("{}"), "array \"weight\": expected dtype, shape and data_offsets"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[8,24],\"x\":0}"), "alone"},
    {ENTRY("{\"dtype\":1,\"shape\":[1,2],\"data_offsets\":[8,24]}"), "expected dtype"},
    {ENTRY("{\"dtype\":\"BF16\",\"shape\":[1,2],\"data_offsets\":[8,24]}"), "dtype \"BF16\""},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":2,\"data_offsets\":[8,24]}"), "at most 3 extents"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[1,1,1,2],\"data_offsets\":[8,24]}"), "at most 3"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[1,-2],\"data_offsets\":[8,24]}"), "extent 1"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[1,2.0],\"data_offsets\":[8,24]}"), "extent 1"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[4294967296,4294967296],\"data_offsets\":[8,8]}"),
     "extent 1 of its shape"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[0,4294967296,4294967296],\"data_offsets\":[8,8]}"),
     "extent 2 of its shape"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[8]}"), "expected data_offsets"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[-8,8]}"), "not negative"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[8,32]}"),
     "data_offsets [8, 32] end beyond the 24 bytes of data"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[24,8]}"), "for 16 bytes"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[1,3],\"data_offsets\":[8,24]}"), "for 24 bytes"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[0,16]}"), /* over the bias */
     "array \"weight\" begins at byte 0 of the data; the one before ends at 8"},
    {ENTRY("{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[16,24]}"), /* a hole */
     "array \"weight\" begins at byte 16 of the data; the one before ends at 8"},
    {ENTRY("{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]}"), /* a rest */
     "24 bytes of data, of which the arrays have 16"},
    {ENTRY("{\"dtype\":\"I64\",\"shape\":[1,2],\"data_offsets\":[8,24]}"), "another type or shape"},
    {ENTRY("{\"dtype\":\"F64\",\"shape\":[2,1],\"data_offsets\":[8,24]}"), "another type or shape"},
    {"{" METADATA("") "," BIAS ",\"\":{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[8,24]}}",
     "expected a name of 1 to 63 bytes"},
    {"{" METADATA("") "," BIAS
                      ",\"0123456789012345678901234567890123456789012345678901234567890123\":"
                      "{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[8,24]}}",
     "expected a name of 1 to 63 bytes"},
    {"{" METADATA("") "," BIAS
                      ",\"other\":{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[8,24]}}",
     "array \"weight\" is missing"},
    {"{" METADATA(
         "") "," BIAS
             ",\"scaling.shift\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[8,24]}}",
     "array \"scaling.factor\" is missing"},
    /* the metadata */
    {"{" BIAS "," WEIGHT "}", "no \"losskit.format\""},
    {"{\"__metadata__\":{\"losskit.format\":\"2\"}" ARRAYS "}", "format \"2\""},
    {"{\"__metadata__\":{\"losskit.format\":\"1\"," COUNTS "}" ARRAYS "}", "\"kind\" is missing"},
    {"{\"__metadata__\":{\"losskit.format\":\"1\",\"losskit.kind\":\"forest\"," COUNTS "}" ARRAYS
     "}",
     "no kind \"forest\""},
    {"{\"__metadata__\":{" KIND "\"losskit.features\":\"2\"}" ARRAYS "}", "\"outputs\" is missing"},
    {"{\"__metadata__\":{" KIND "\"losskit.features\":\"-1\"}" ARRAYS "}",
     "\"features\" is out of range; expected an integer from 0 to 2147483647"},
    {"{\"__metadata__\":{" KIND "\"losskit.features\":\"2.5\"}" ARRAYS "}",
     "\"features\" is no integer"},
    {"{\"__metadata__\":{" KIND "\"losskit.features\":\"2\",\"losskit.outputs\":\"1\","
     "\"losskit.classes\":\"1000000\",\"losskit.targets\":\"1\"}" ARRAYS "}",
     "\"classes\" is out of range"}, /* more than there are bytes */
    {WITH("\"losskit.loss\":\"love\""), "no loss \"love\""},
    {WITH("\"losskit.parameters\":\"{}\""), "no loss \"\""},
    {WITH("\"losskit.loss\":\"huber\""), "expected the 1 parameters of huber"},
    {WITH("\"losskit.loss\":\"huber\",\"losskit.parameters\":\"{}\""), "the 1 parameters"},
    {WITH("\"losskit.loss\":\"huber\",\"losskit.parameters\":\"{\\\"gamma\\\":1}\""),
     "parameter delta of huber is missing"},
    {WITH("\"losskit.loss\":\"huber\",\"losskit.parameters\":\"{\\\"delta\\\":\\\"nan\\\"}\""),
     "parameter delta of huber is no number"},
    {WITH("\"losskit.loss\":\"huber\",\"losskit.parameters\":\"{\\\"delta\\\":\\\"inf\\\"}\""),
     "huber: delta = inf is outside ["},
    {WITH("\"losskit.loss\":\"huber\",\"losskit.parameters\":\"{\\\"delta\\\":-1}\""),
     "huber: delta = -1 is outside ["},
    {WITH("\"losskit.class_names\":\"[\\\"a\\\"]\""), "1 class names for 0 classes"},
    {WITH("\"losskit.class_names\":\"[\""), "metadata \"losskit.class_names\", at byte 1"},
    {WITH("\"losskit.layers\":\"[1]\""), "of an mlp alone"},
    {WITH("\"losskit.members\":\"[1]\""), "of an ensemble alone"},
    {WITH("\"losskit.notes\":\"{\\\"a\\\":1}\""), "the note \"a\" is no string"},
    {WITH("\"losskit.notes\":\"[]\""), "\"notes\" are no object"},
    {WITH("\"losskit.magic\":\"1\""), "unknown key \"magic\""},
    {THREE("\"losskit.class_names\":\"[\\\"a\\\",\\\"b\\\"]\""), "2 class names for 3 classes"},
    {THREE("\"losskit.class_names\":\"[\\\"a\\\",\\\"b\\\",\\\"c\\\",\\\"d\\\"]\""),
     "4 class names for 3 classes"},
    {THREE("\"losskit.class_names\":\"[\\\"a\\\",\\\"b\\\",1]\""), "class name 2 is no string"},
    {MLP("[]"), "\"layers\" are a list"},
    {MLP("[1]"), "layer 0: expected units, activation"},
    {MLP("[" LAYER("2", "relu", "0") "," LAYER("2", "swish", "0") "]"),
     "layer 1: there is no activation \"swish\""},
    {MLP("[" LAYER("2", "relu", "1") "]"), "layer 0: dropout = 1 is outside [0, 1)"},
    {MLP("[" LAYER("2", "relu", "-0.5") "]"), "layer 0: dropout = -0.5 is outside [0, 1)"},
    {MLP("[" LAYER("0", "relu", "0") "]"), "\"units\" is out of range"},
    {MLP("[" LAYER("4294967296", "relu", "0") "]"), "\"units\" is out of range"},
    {ENSEMBLE("[]"), "\"members\" are a list"},
    {ENSEMBLE("[1]"), "a description is no object"},
    {ENSEMBLE("[{}]"), "\"kind\" is missing"},
    {ENSEMBLE("[" MEMBER("ensemble", "") "]"), "member 0 is an ensemble itself"},
    {ENSEMBLE("[" MEMBER("ensemble", ",\\\"members\\\":[" MEMBER("linear", "") "]") "]"),
     "member 0 is an ensemble itself"},
    {ENSEMBLE("[" MEMBER("linear", "") "]"), "array \"weight\" is missing"},
};

static void test_hostile_headers(void **state)
{
    (void)state;
    static const char good[] = "{" METADATA("") ARRAYS "}";
    file f = file_of(good, sizeof good - 1, 24);
    lk_model *m;
    if (lk_model_read(f.bytes, f.size, &m)) fail_msg("%s", lk_last_error());
    lk_model_free(m);
    free(f.bytes);
    for (size_t k = 0; k < sizeof hostile / sizeof *hostile; k++) {
        f = file_of(hostile[k].header, strlen(hostile[k].header), 24);
        assert_refused(&f, hostile[k].sentence);
        free(f.bytes);
    }
}

static void test_hostile_length(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {25, 100000001, UINT64_MAX, UINT64_MAX - 7, 1ull << 63};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        file f = file_of("{}", 2, 22);
        for (int b = 0; b < 8; b++) f.bytes[b] = (uint8_t)(lengths[k] >> 8 * b);
        assert_refused(&f, "in a file of 32; is it a safetensors file?");
        free(f.bytes);
    }
}

/* Of a file that is large enough for it. */
static void test_header_above_the_limit(void **state)
{
    (void)state;
    const size_t length = 100000001;
    const file f = {calloc(length + 8, 1), length + 8};
    assert_non_null(f.bytes);
    for (int b = 0; b < 8; b++) f.bytes[b] = (uint8_t)((uint64_t)length >> 8 * b);
    f.bytes[8] = '{';
    assert_refused(&f, "a header of 100000001 bytes");
    free(f.bytes);
}

static void test_deep_header(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *header = malloc(DEPTH + 6);
    assert_non_null(header);
    memcpy(header, "{\"a\":", 5);
    memset(header + 5, '[', DEPTH);
    const file f = file_of(header, DEPTH + 5, 0);
    assert_refused(&f, "maximum parsing depth reached");
    free(f.bytes);
    free(header);
}

static void test_not_finite_is_refused(void **state)
{
    (void)state;
    static const char header[] = "{" METADATA("") ARRAYS "}";
    const file f = file_of(header, sizeof header - 1, 24);
    f.bytes[f.size - 2] = 0xf0;
    f.bytes[f.size - 1] = 0x7f;
    assert_refused(&f, "element 1 of the array \"weight\" is not a finite number");
    free(f.bytes);
}

static void test_truncated(void **state)
{
    (void)state;
    lk_model *const models[] = {rich_model(), ensemble_model(), mlp_model()};
    for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
        const file f = write_model(models[k]);
        for (size_t size = 0; size < f.size; size++) {
            const file part = {malloc(size + 1), size};
            assert_non_null(part.bytes);
            memcpy(part.bytes, f.bytes, size);
            assert_refused(&part, "");
            free(part.bytes);
        }
        free(f.bytes);
        lk_model_free(models[k]);
    }
}

/* Any bit may be wrong. What is read all the same is a model that can be written and read. */
static void test_flipped(void **state)
{
    (void)state;
    lk_model *const models[] = {rich_model(), ensemble_model(), mlp_model(), stumps_model(),
                                gaussian_model()};
    size_t read = 0, refused = 0;
    for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
        const file f = write_model(models[k]);
        for (size_t bit = 0; bit < 8 * f.size; bit++) {
            lk_model *m;
            f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (lk_model_read(f.bytes, f.size, &m)) {
                assert_null(m);
                assert_true(*lk_last_error() != 0);
                refused++;
            } else {
                check_there_and_back(m);
                read++;
            }
            f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(f.bytes);
        lk_model_free(models[k]);
    }
    assert_true(read > 100 && refused > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_wide_numbers_lie_first),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_infinite_parameter),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_not_written),
        cmocka_unit_test(test_training_state_may_be_infinite),
        cmocka_unit_test(test_threshold_may_be_infinite),
        cmocka_unit_test(test_hostile_headers),
        cmocka_unit_test(test_hostile_length),
        cmocka_unit_test(test_header_above_the_limit),
        cmocka_unit_test(test_deep_header),
        cmocka_unit_test(test_not_finite_is_refused),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_flipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
