/* mathml_table.c: what stands between \begin and \end. */
#include "mathml_writer.h"

#include <string.h>

typedef struct environment {
    const char *name, *open, *close, *columns; /* the last column's alignment repeats with all */
    const char *padding;                       /* between columns; NULL: the usual one */
    int display;
} environment;

static const environment environments[] = {
    {"matrix", "", "", "c", NULL, 0},    {"pmatrix", "(", ")", "c", NULL, 0},
    {"bmatrix", "[", "]", "c", NULL, 0}, {"Bmatrix", "{", "}", "c", NULL, 0},
    {"vmatrix", "|", "|", "c", NULL, 0}, {"Vmatrix", "‖", "‖", "c", NULL, 0},
    {"cases", "{", "", "l", "1em", 0},   {"array", "", "", "c", NULL, 0},
    {"aligned", "", "", "rl", "0", 1},   {"align", "", "", "rl", "0", 1},
    {"split", "", "", "rl", "0", 1},     {"gathered", "", "", "c", "0", 1},
};

static const environment *find_environment(const char *name, const char *end)
{
    const size_t length = (size_t)(end - name);
    for (size_t k = 0; k < sizeof environments / sizeof *environments; k++)
        if (strlen(environments[k].name) == length && !strncmp(environments[k].name, name, length))
            return &environments[k];
    return &environments[0];
}

static void cell(mathml_writer *w, const environment *e, char side, int column, const char *p,
                 const char *end)
{
    /* The prefix moves the cell's row itself, where a browser makes it a box of its own. */
    const char *const align = side == 'l'   ? "text-align:left;text-align:-webkit-left;"
                              : side == 'r' ? "text-align:right;text-align:-webkit-right;"
                                            : "";
    fputs("<mtd", w->out);
    if (*align || e->padding) fprintf(w->out, " style=\"%s", align);
    if (e->padding) fprintf(w->out, "padding-left:%s;padding-right:0", column ? e->padding : "0");
    fputs(*align || e->padding ? "\">" : ">", w->out);
    mathml_row(w, p, end, e->display && column ? TEX_ORDINARY : TEX_END);
    fputs("</mtd>", w->out);
}

/* The `[2pt]` that may follow \\, which is no bracket of the formula. */
static const char *skip_distance(const char *p, const char *end)
{
    const int is_distance = p + 1 < end && *p == '[' && strchr("-.0123456789", p[1]);
    return is_distance ? tex_option_end(p, end) : p;
}

static void table(mathml_writer *w, const environment *e, const char *sides, size_t n_sides,
                  const char *p, const char *end)
{
    const tex_token open = {.role = TEX_OPENING, .text = e->open};
    const tex_token close = {.role = TEX_CLOSING, .text = e->close};
    fputs("<mrow>", w->out);
    if (*e->open) mathml_bracket(w, &open, TEX_OPENING, "");
    fprintf(w->out, "<mtable%s>", e->display ? " displaystyle=\"true\"" : "");
    while ((p = tex_skip_spaces(p, end)) < end) {
        tex_role last = TEX_CELL;
        fputs("<mtr>", w->out);
        for (int column = 0; last == TEX_CELL; column++) {
            const char *const start = p;
            tex_role at;
            while ((at = tex_peek(p, end).role) != TEX_END && at != TEX_CELL && at != TEX_LINE)
                p = at == TEX_SPACE ? tex_skip_spaces(p, end) : tex_operand_end(p, end);
            cell(w, e, sides[(size_t)column % n_sides], column, start, p);
            last = tex_next(&p, end).role;
        }
        if (last == TEX_LINE) p = skip_distance(p, end);
        fputs("</mtr>", w->out);
    }
    fputs("</mtable>", w->out);
    if (*e->close) mathml_bracket(w, &close, TEX_CLOSING, "");
    fputs("</mrow>", w->out);
}

/* The columns that an array declares, without the lines between them. */
static size_t read_sides(const char **p, const char *end, char *sides, size_t size)
{
    const char *const after = tex_operand_end(*p, end);
    size_t n = 0;
    for (const char *c = *p; c < after; c++)
        if (strchr("lcr", *c) && n < size) sides[n++] = *c;
    *p = after;
    return n;
}

void mathml_environment(mathml_writer *w, const char *p, const char *end)
{
    char declared[32];
    const char *const close = tex_closing(p, end, TEX_BEGIN, TEX_FINISH);
    const char *const after = tex_operand_end(p, close);
    const char *name = p + strspn(p, "{ "), *name_end = after;
    while (name_end > name && strchr("}* ", name_end[-1])) name_end--;
    const environment *const e = find_environment(name, name_end);
    const char *sides = e->columns;
    size_t n_sides = strlen(sides);
    p = after;
    if (!strcmp(e->name, "array")) {
        const size_t n = read_sides(&p, close, declared, sizeof declared);
        if (n) sides = declared, n_sides = n;
    }
    table(w, e, sides, n_sides, p, close);
}
