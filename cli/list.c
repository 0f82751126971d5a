/* list.c: the losses as a table. */
#include "catalogue.h"
#include "format.h"
#include "options.h"
#include "suggest.h"

#include <stdio.h>
#include <string.h>

enum { LIST_FAMILY = OPTION_OWN, COLUMNS = 4 };

static const struct poptOption list_table[] = {
    OPTION("family", LIST_FAMILY, "only the losses of one family", "FAMILY"), OPTIONS_COMMON};

static const char *cell(const lk_loss_info *info, int column, char *room, size_t size)
{
    if (column == 3) {
        traits_text(info->traits, room, size);
        return room;
    }
    return column == 0 ? info->name : column == 1 ? info->family : info->title;
}

static const char *const headings[COLUMNS] = {"name", "family", "title", "traits"};

static void print_losses(const char *family)
{
    int widths[COLUMNS] = {0}, id = 0;
    char room[256];
    for (int k = 0; k < COLUMNS; k++) widths[k] = text_width(headings[k]);
    for (const lk_loss_info *info; (info = catalogue_next(&id));)
        for (int k = 0; k < COLUMNS; k++) {
            const int width = text_width(cell(info, k, room, sizeof room));
            if (width > widths[k]) widths[k] = width;
        }
    printf("%s", style_text(stdout, STYLE_BOLD));
    for (int k = 0; k < COLUMNS; k++) print_cell(stdout, headings[k], k < 3 ? widths[k] + 2 : 0, 0);
    printf("%s\n", style_text(stdout, STYLE_PLAIN));
    id = 0;
    for (const lk_loss_info *info; (info = catalogue_next(&id));) {
        if (family && strcmp(info->family, family) != 0) continue;
        for (int k = 0; k < COLUMNS; k++)
            print_cell(stdout, cell(info, k, room, sizeof room), k < 3 ? widths[k] + 2 : 0, 0);
        putchar('\n');
    }
}

static int check_family(const char *family, error *e)
{
    suggestion s;
    suggest_begin(&s, family);
    char families[256] = "";
    int id = 0;
    for (const lk_loss_info *info; (info = catalogue_next(&id));) {
        if (!strcmp(info->family, family)) return 0;
        suggest_consider(&s, info->family);
        if (!strstr(families, info->family))
            append(families, sizeof families, "%s%s", *families ? ", " : "", info->family);
    }
    const char *hint = suggest_hint(&s, "");
    if (*hint) return error_set(e, "there is no family \"%.80s\"%s", family, hint);
    return error_set(e, "there is no family \"%.80s\"; there are %s", family, families);
}

static int run_list(const options *o, error *e)
{
    const char *family = option_text(o, LIST_FAMILY);
    if (family && check_family(family, e)) return STATUS_USAGE;
    if (option_find(o, OPTION_JSON))
        return json_print(catalogue_json(family), e) ? STATUS_FAILED : STATUS_OK;
    print_losses(family);
    return STATUS_OK;
}

static const example list_examples[] = {
    {"losskit list --family margin", "the losses of margins"},
    {"losskit list --json | jq '.losses[].name'", "all names, one per line"},
    {NULL, NULL}};

const command list_command = {
    .name = "list",
    .arguments = "[OPTION...]",
    .fewest = 0,
    .most = 0,
    .purpose = "List the losses",
    .description = "Prints name, family, title and traits of each loss. The JSON output holds the "
                   "whole catalogue: every formula, parameter, domain and note.",
    .table = list_table,
    .examples = list_examples,
    .run = run_list,
};
