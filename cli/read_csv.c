#include "csv_scanner.h"
#include "losskit.h"
#include "text.h"

/* A CSV of numbers, with or without a header row: all of it, or the column that is the key. */

static int fill(const csv_table *t, int64_t chosen, double *out, error *e)
{
    csv_reader r = t->first;
    while (!csv_at_end(&r)) {
        csv_field f = {0};
        while (!f.ends_row) {
            if (csv_next(&r, &f, e)) return -1;
            if (chosen && f.column != chosen) continue;
            const number_status status = number_parse(f.text, f.length, out++);
            if (status)
                return number_refuse(status, r.s, csv_place_of(&f).text, f.text, f.length, e);
        }
    }
    return 0;
}

int csv_parse(const source *s, const char *key, array *out, error *e)
{
    *out = (array){0};
    csv_table t;
    int64_t chosen = 0, rows;
    if (csv_open(s, &t, e) || (key && csv_find(&t, key, &chosen, e)) || csv_count(&t, &rows, e))
        return -1;
    const int64_t shape[2] = {rows, t.columns};
    const int ndim = chosen || t.columns == 1 ? 1 : 2;
    if (array_allocate(out, LK_F64, ndim, shape, s->name, s->limit, e)) return -1;
    if (fill(&t, chosen, out->data, e) == 0) return 0;
    array_free(out);
    return -1;
}
