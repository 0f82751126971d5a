#include "files_data.h"

#include <string.h>

int enter(void **state)
{
    (void)state;
    enter_scratch();
    return 0;
}

int leave(void **state)
{
    (void)state;
    leave_scratch();
    return 0;
}

void write_text(const char *path, const char *text) { write_file(path, text, strlen(text)); }

data_file read_well(const data_request *q)
{
    data_file f;
    error e;
    if (data_file_read(q, &f, &e)) fail_msg("%s", e.text);
    return f;
}

void refuse(const data_request *q, const char *sentence)
{
    static const data_file empty;
    data_file f;
    error e;
    memset(&f, 1, sizeof f);
    assert_int_equal(data_file_read(q, &f, &e), -1);
    assert_string_equal(e.text, sentence);
    assert_memory_equal(&f, &empty, sizeof f);
}

static int parse(const data_request *q, const char *text, data_file *f, error *e)
{
    bytes b = {.size = 0};
    put_text(&b, text);
    const source s = source_of("a", &b);
    return data_file_parse(q, &s, f, e);
}

data_file parse_well(const data_request *q, const char *text)
{
    data_file f;
    error e;
    if (parse(q, text, &f, &e)) fail_msg("%s", e.text);
    return f;
}

void parse_badly(const data_request *q, const char *text, const char *sentence)
{
    static const data_file empty;
    data_file f;
    error e;
    memset(&f, 1, sizeof f);
    assert_int_equal(parse(q, text, &f, &e), -1);
    assert_string_equal(e.text, sentence);
    assert_memory_equal(&f, &empty, sizeof f);
}

void expect_numbers(const double *found, const double *values, int64_t n)
{
    assert_non_null(found);
    for (int64_t i = 0; i < n; i++)
        if (found[i] != values[i]) fail_msg("number %d is %g, not %g", (int)i, found[i], values[i]);
}

void expect_names(char *const *names, int64_t n, const char *joined)
{
    char text[256] = "";
    assert_non_null(names);
    for (int64_t i = 0; i < n; i++) {
        if (i) strcat(text, "|");
        strcat(text, names[i]);
    }
    assert_string_equal(text, joined);
}

void expect_shape(const data_file *f, int64_t rows, int64_t features, int64_t classes)
{
    assert_int_equal(f->data.rows, rows);
    assert_int_equal(f->data.features, features);
    assert_int_equal(f->data.classes, classes);
}
