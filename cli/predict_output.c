#include "predict_output.h"

#include "atomic_file.h"
#include "catalogue.h"
#include "format.h"
#include "write_npy.h"

#include <stdio.h>
#include <string.h>

static int ends_with(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);
    return n > m && !strcmp(path + n - m, ending);
}

int predict_output_check(predict_output *o, error *e)
{
    if (!o->path) return 0;
    o->npy = ends_with(o->path, ".npy") || ends_with(o->path, ".npy.gz");
    if (o->npy || ends_with(o->path, ".csv") || !strcmp(o->path, "-") ||
        !strncmp(o->path, "/dev/", 5))
        return 0;
    return error_file(e, o->path, "the name must end in .csv or .npy");
}

int predict_output_fit(predict_output *o, const predictions *p, error *e)
{
    if (o->what == PREDICT_USUAL) o->what = p->classes ? PREDICT_CLASS : PREDICT_NUMBER;
    const lk_loss_info *loss = lk_loss_describe(p->info.loss);
    if (o->what == PREDICT_CLASS && !p->classes)
        return error_set(e, "--what class: the model was trained on numbers, not on classes");
    if (o->what == PREDICT_NUMBER && p->classes)
        return error_set(e, "--what number: the model was trained on classes, not on numbers");
    if (o->what == PREDICT_PROBABILITY && !p->classes)
        return error_set(e, "--what probability: the model was trained on numbers, not on classes");
    if (o->what == PREDICT_PROBABILITY && !p->probabilities)
        return error_set(e, "--what probability: scores of %s are no function of probabilities",
                         loss ? loss->name : "this model");
    return 0;
}

/* The columns of what is asked for; labels are none of it. */
static const double *columns_of(const predict_output *o, const predictions *p, int64_t *columns)
{
    *columns = o->what == PREDICT_PROBABILITY ? p->classes : p->info.outputs;
    return o->what == PREDICT_PROBABILITY ? p->probabilities
           : o->what == PREDICT_NUMBER    ? p->numbers
                                          : p->scores;
}

/* ---- CSV ----------------------------------------------------------------------------------------
 */

/* In quotes where the text needs them, which are doubled inside. */
static void write_field(FILE *out, const char *text)
{
    if (*text && !strpbrk(text, ",\"\r\n") && *text != ' ') {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"') fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void write_name(FILE *out, const predictions *p, int64_t k)
{
    if (p->names)
        write_field(out, p->names[k]);
    else
        fprintf(out, "%lld", (long long)k);
}

static void write_header(FILE *out, const predict_output *o, const predictions *p)
{
    static const char *const words[] = {"class", "probability", "number", "score"};
    int64_t columns;
    columns_of(o, p, &columns);
    if (o->what == PREDICT_CLASS || columns == 1) {
        fprintf(out, "%s\n", words[o->what]);
        return;
    }
    for (int64_t k = 0; k < columns; k++) {
        if (k) fputc(',', out);
        if (p->classes == columns)
            write_name(out, p, k);
        else
            fprintf(out, "%s%lld", words[o->what], (long long)k + 1);
    }
    fputc('\n', out);
}

static void write_csv(FILE *out, const predict_output *o, const predictions *p)
{
    int64_t columns;
    const double *values = columns_of(o, p, &columns);
    char number[NUMBER_TEXT];
    write_header(out, o, p);
    for (int64_t i = 0; i < p->rows; i++) {
        if (o->what == PREDICT_CLASS) write_name(out, p, p->labels[i]);
        for (int64_t k = 0; o->what != PREDICT_CLASS && k < columns; k++)
            fprintf(out, "%s%s", k ? "," : "", number_exact(number, values[i * columns + k]));
        fputc('\n', out);
    }
}

/* ---- files --------------------------------------------------------------------------------------
 */

typedef struct written {
    const predict_output *output;
    const predictions *predictions;
} written;

static int write_file(atomic_file *file, const void *context, error *e)
{
    const written *w = context;
    const predict_output *o = w->output;
    const predictions *p = w->predictions;
    int64_t shape[2] = {p->rows, 1};
    const double *values = columns_of(o, p, &shape[1]);
    const int labels = o->what == PREDICT_CLASS;
    const npy_output npy = {o->path, labels ? (const void *)p->labels : values,
                            labels ? LK_I64 : LK_F64, labels ? 1 : 2, shape};
    if (o->npy) return npy_write(file, &npy, e);
    write_csv(file->stream, o, p);
    return 0;
}

int predict_output_write(const predict_output *o, const predictions *p, error *e)
{
    const written w = {o, p};
    return atomic_put(o->path, write_file, &w, e);
}

json_t *predict_output_json(const predict_output *o, const predictions *p)
{
    int64_t columns;
    const double *values = columns_of(o, p, &columns);
    json_t *list = json_array();
    for (int64_t i = 0; list && i < p->rows; i++) {
        json_t *one;
        if (o->what == PREDICT_CLASS) {
            one = p->names ? json_string(p->names[p->labels[i]]) : json_integer(p->labels[i]);
        } else {
            one = json_array();
            for (int64_t k = 0; k < columns; k++)
                json_array_append_new(one, number_json(values[i * columns + k]));
        }
        json_array_append_new(list, one);
    }
    return list;
}
