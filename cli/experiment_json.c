/* experiment_json.c: what experiments wrote down, as JSON. Members are only ever added. */
#include "catalogue.h"
#include "experiment_output.h"

static json_t *check_json(const check *c)
{
    static const char *const kinds[] = {"digits", "near", "at least", "at most", "true"};
    char measured[CHECK_TEXT], expected[CHECK_TEXT];
    check_measured_text(c, measured, sizeof measured);
    check_expected_text(c, expected, sizeof expected);
    json_t *values = json_array();
    if (c->kind != CHECK_TRUE)
        for (int k = 0; k < c->measured.n; k++)
            json_array_append_new(values, number_json(c->measured.value[k]));
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:b}", "kind", kinds[c->kind], "what", c->what,
                  "measured", measured, "expected", expected, "values", values, "holds", c->holds);
    if (c->wrong_claim) {
        json_object_set_new(root, "wrong_claim", json_string(c->wrong_claim));
        json_object_set_new(root, "truth", json_string(c->truth));
    }
    return root;
}

static json_t *table_json(const record_table *t)
{
    json_t *rows = json_array(), *checks = json_array();
    for (int k = 0; k < t->n_cells; k++) {
        const table_cell *c = &t->cells[k];
        if (k % t->columns == 0) json_array_append_new(rows, json_array());
        json_array_append_new(json_array_get(rows, json_array_size(rows) - 1),
                              json_string(c->text));
        if (c->expected)
            json_array_append_new(checks,
                                  json_pack("{s:i, s:i, s:s, s:s, s:b}", "row", k / t->columns,
                                            "column", k % t->columns, "measured", c->text,
                                            "expected", c->expected, "holds", c->holds));
    }
    return json_pack("{s:s, s:o, s:o}", "caption", t->caption, "rows", rows, "checks", checks);
}

static json_t *experiment_json(const experiment *x)
{
    json_t *checks = json_array(), *tables = json_array();
    for (int k = 0; k < x->n_items; k++) {
        const item *it = &x->items[k];
        if (it->kind == ITEM_CHECK) json_array_append_new(checks, check_json(&it->check));
        if (it->kind == ITEM_TABLE) json_array_append_new(tables, table_json(&it->table));
    }
    int n;
    const int holds = experiment_holds(x, &n) == n && !x->status;
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:b, s:o, s:o}", "name", x->info->name, "title", x->info->title,
                  "claim", x->info->claim, "holds", holds, "checks", checks, "tables", tables);
    if (x->status) json_object_set_new(root, "failure", json_string(x->failure));
    return root;
}

json_t *experiments_json(const experiment *all, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++) json_array_append_new(list, experiment_json(&all[i]));
    return json_pack("{s:i, s:s, s:o}", "schema", 1, "version", lk_version(), "experiments", list);
}
