#define _XOPEN_SOURCE 700
#include "data_parts.h"
#include "format.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Labels as classes or as numbers. */

enum { KNOWN_SHOWN = 200 };

int data_labels_allocate(data_labels *labels, int64_t count, const char *unit, const source *s,
                         error *e)
{
    const size_t n = (size_t)count;
    labels->items =
        n <= s->limit / sizeof *labels->items ? malloc((n + !n) * sizeof *labels->items) : NULL;
    if (!labels->items)
        return error_file(e, s->name, "no memory for its %lld labels", (long long)count);
    labels->count = count;
    labels->unit = unit;
    return 0;
}

void data_labels_free(data_labels *labels)
{
    free(labels->items);
    free(labels->pool);
    *labels = (data_labels){0};
}

static int is_word(const data_label *l) { return isnan(l->number); }

static void trim(data_label *l)
{
    while (l->length && (l->text[0] == ' ' || l->text[0] == '\t')) {
        l->text++;
        l->length--;
    }
    while (l->length && (l->text[l->length - 1] == ' ' || l->text[l->length - 1] == '\t'))
        l->length--;
}

static int by_bytes(const data_label *a, const data_label *b)
{
    const size_t least = a->length < b->length ? a->length : b->length;
    const int order = least ? memcmp(a->text, b->text, least) : 0;
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

static int same_class(const data_label *a, const data_label *b)
{
    return is_word(a) ? is_word(b) && by_bytes(a, b) == 0 : a->number == b->number;
}

/* Words bytewise or numbers, equal ones by row. */
static int compare(const void *left, const void *right)
{
    const data_label *a = left, *b = right;
    const int order =
        is_word(a) ? by_bytes(a, b) : (a->number > b->number) - (a->number < b->number);
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

/* Where one label is a word all of them are. */
static int make_alike(data_labels *labels)
{
    int words = 0;
    for (int64_t i = 0; i < labels->count; i++) {
        data_label *l = labels->items + i;
        l->row = i;
        if (l->text) trim(l);
        words |= is_word(l);
    }
    for (int64_t i = 0; words && i < labels->count; i++) labels->items[i].number = NAN;
    return words;
}

static char *name_of(const data_label *l)
{
    char text[NUMBER_TEXT];
    return l->text ? strndup(l->text, l->length) : strdup(number_exact(text, l->number));
}

static int are_whole(const data_labels *labels)
{
    for (int64_t i = 0; i < labels->count; i++)
        if (labels->items[i].number != floor(labels->items[i].number)) return 0;
    return 1;
}

/* Of sorted labels: how many different ones there are and, where first is not NULL, where the equal
 * ones begin. */
static int64_t find_groups(const data_labels *labels, int64_t *first)
{
    int64_t groups = 0;
    for (int64_t i = 0; i < labels->count; i++) {
        if (i && same_class(labels->items + i - 1, labels->items + i)) continue;
        if (first) first[groups] = i;
        groups++;
    }
    return groups;
}

/* A class that the model knows, as a label of the same kind as the others. */
static data_label known_label(const char *name, int words)
{
    data_label l = {.text = name, .length = strlen(name), .number = NAN};
    double number;
    trim(&l);
    if (!words && number_parse(l.text, l.length, &number) == NUMBER_OK) l.number = number;
    return l;
}

static int64_t find_known(const data_request *q, const data_label *label)
{
    for (int64_t c = 0; c < q->n_classes; c++) {
        const data_label known = known_label(q->class_names[c], is_word(label));
        if (same_class(label, &known)) return c;
    }
    return -1;
}

static int refuse_unknown(const data_request *q, const source *s, const data_labels *labels,
                          const data_label *l, error *e)
{
    char known[KNOWN_SHOWN] = "", number[NUMBER_TEXT];
    for (int64_t c = 0; c < q->n_classes && strlen(known) + 1 < sizeof known; c++)
        append(known, sizeof known, "%s%s", c ? ", " : "", q->class_names[c]);
    const char *text = l->text ? l->text : number_exact(number, l->number);
    const size_t length = l->text ? l->length : strlen(text);
    return error_file(e, s->name,
                      "%s %lld: the label \"%.*s\" is no class of the model, which are %s",
                      labels->unit, (long long)l->place, text_shown(length), text, known);
}

static int keep_class_names(const source *s, const data_request *q, const data_labels *labels,
                            const int64_t *first, data_file *out, error *e)
{
    const int64_t n = out->data.classes;
    out->class_names = calloc((size_t)n + 1, sizeof *out->class_names);
    int complete = out->class_names != NULL;
    for (int64_t c = 0; complete && c < n; c++) {
        char *name = q->class_names ? strdup(q->class_names[c]) : name_of(labels->items + first[c]);
        out->class_names[c] = name;
        complete = name != NULL;
    }
    return complete
               ? 0
               : error_file(e, s->name, "no memory for the names of %lld classes", (long long)n);
}

static int learn_classes(const data_request *q, const source *s, const data_labels *labels,
                         int64_t *first, data_file *out, error *e)
{
    const int64_t groups = find_groups(labels, first);
    for (int64_t g = 0; g < groups; g++) {
        const data_label *l = labels->items + first[g];
        const int64_t end = g + 1 < groups ? first[g + 1] : labels->count;
        const int64_t class = q->class_names ? find_known(q, l) : g;
        if (class < 0) return refuse_unknown(q, s, labels, l, e);
        for (int64_t i = first[g]; i < end; i++)
            out->data.target[labels->items[i].row] = (double)class;
    }
    out->data.classes = q->class_names ? q->n_classes : groups;
    return keep_class_names(s, q, labels, first, out, e);
}

static int refuse_first_word(const source *s, const data_labels *labels, error *e)
{
    double number;
    const data_label *l = labels->items;
    while (number_parse(l->text, l->length, &number) == NUMBER_OK) l++;
    return error_file(
        e, s->name,
        "%s %lld: the label \"%.*s\" is not a number; expected one, since numbers are "
        "to be learned",
        labels->unit, (long long)l->place, text_shown(l->length), l->text);
}

int data_learn_targets(const data_request *q, const source *s, data_labels *labels, data_file *out,
                       error *e)
{
    if (!labels->items || q->unlabelled) return 0;
    const int words = make_alike(labels);
    if (words && q->task == DATA_NUMBERS) return refuse_first_word(s, labels, e);
    array target;
    if (array_allocate(&target, LK_F64, 1, &labels->count, s->name, s->limit, e)) return -1;
    out->data.target = target.data;
    out->data.targets = 1;
    for (int64_t i = 0; i < labels->count; i++) out->data.target[i] = labels->items[i].number;
    const int classes = words || q->task == DATA_CLASSES || q->class_names;
    if (!classes && (q->task == DATA_NUMBERS || !are_whole(labels))) return 0;
    qsort(labels->items, (size_t)labels->count, sizeof *labels->items, compare);
    const int64_t groups = find_groups(labels, NULL);
    if (!classes && groups > DATA_CLASSES_AUTO) return 0;
    array first;
    if (array_allocate(&first, LK_I64, 1, &groups, s->name, s->limit, e)) return -1;
    const int status = learn_classes(q, s, labels, first.data, out, e);
    array_free(&first);
    return status;
}
