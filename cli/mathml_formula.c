/* mathml_formula.c: every operand of TeX becomes exactly one element, written from its own span.
 * What stands around it decides how: TeX's rules for unary signs and for thin spaces at functions,
 * and that no space stands around operators in scripts. Other spaces come from the dictionary of
 * operators in MathML Core. */
#include "mathml_formula.h"

#include "format.h"
#include "tex_reader.h"

#include <ctype.h>
#include <string.h>

enum { DEEPEST = 64 };

typedef struct writer {
    FILE *out;
    int depth;
    int script;           /* within a script */
    tex_role before;      /* what stands before in this row; TEX_END: nothing */
    int bar;              /* a bar is open in this row */
    const char *alphabet; /* of letters and digits, "" where they are usual ones */
} writer;

static void operand(writer *w, const char *p, const char *end);

/* ---- what is an operand in a row
 * -----------------------------------------------------------------
 */

/* Digits, and a point before digits. */
static const char *number_end(const char *p, const char *end)
{
    while (p < end && isdigit((unsigned char)*p)) p++;
    if (p + 1 < end && *p == '.' && isdigit((unsigned char)p[1]))
        for (p++; p < end && isdigit((unsigned char)*p);) p++;
    return p;
}

static const char *item_end(const char *p, const char *end)
{
    const char *const number = number_end(p, end);
    return number > p ? number : tex_operand_end(p, end);
}

static int is_operand(tex_role r) { return r == TEX_ORDINARY || r == TEX_CLOSING; }

static int is_function(tex_role r) { return r == TEX_FUNCTION || r == TEX_LIMIT; }

/* The role of all of an item for its neighbours. */
static tex_role item_role(const writer *w, const char *p, const char *end)
{
    const tex_token t = tex_next(&p, end);
    switch (t.role) {
    case TEX_OPERATOR:
        return p < end && *p == '*' ? TEX_LIMIT : TEX_FUNCTION;
    case TEX_BAR:
        return w->bar && is_operand(w->before) ? TEX_CLOSING : TEX_OPENING;
    case TEX_BINARY:
        return is_operand(w->before) ? TEX_BINARY : TEX_ORDINARY; /* a sign is no operation */
    case TEX_LEFT:
    case TEX_OPENING:
        return TEX_OPENING;
    case TEX_MIDDLE:
        return TEX_RELATION;
    case TEX_SIZE: {
        const char side = t.name[strlen(t.name) - 1];
        return side == 'l' ? TEX_OPENING : side == 'r' ? TEX_CLOSING : item_role(w, p, end);
    }
    case TEX_CLOSING:
    case TEX_RELATION:
    case TEX_PUNCTUATION:
    case TEX_FUNCTION:
    case TEX_LIMIT:
    case TEX_LARGE:
    case TEX_INTEGRAL:
        return t.role;
    default:
        return TEX_ORDINARY;
    }
}

/* ---- elements without others in them
 * -------------------------------------------------------------
 */

static void gap(writer *w, const char *width)
{
    if (*width == '-')
        fprintf(w->out, "<mspace style=\"margin-left:%s\"/>", width);
    else
        fprintf(w->out, "<mspace width=\"%s\"/>", width);
}

static void element(writer *w, const char *name, const char *attributes, const char *text)
{
    fprintf(w->out, "<%s%s>", name, attributes);
    html_text(w->out, text);
    fprintf(w->out, "</%s>", name);
}

/* Letters that stood in Unicode before their alphabets did. */
static unsigned old_letter(const char *alphabet, char c)
{
    static const struct {
        char alphabet, letter;
        unsigned code;
    } old[] = {{'d', 'C', 0x2102}, {'d', 'H', 0x210d}, {'d', 'N', 0x2115}, {'d', 'P', 0x2119},
               {'d', 'Q', 0x211a}, {'d', 'R', 0x211d}, {'d', 'Z', 0x2124}, {'s', 'B', 0x212c},
               {'s', 'E', 0x2130}, {'s', 'F', 0x2131}, {'s', 'H', 0x210b}, {'s', 'I', 0x2110},
               {'s', 'L', 0x2112}, {'s', 'M', 0x2133}, {'s', 'R', 0x211b}, {'s', 'e', 0x212f},
               {'s', 'g', 0x210a}, {'s', 'o', 0x2134}};
    for (size_t k = 0; k < sizeof old / sizeof *old; k++)
        if (old[k].alphabet == *alphabet && old[k].letter == c) return old[k].code;
    return 0;
}

/* The code point of a letter or digit in an alphabet; 0: it has none there. */
static unsigned styled(const char *alphabet, const char *text)
{
    static const struct {
        const char *name;
        unsigned latin, small, greek, digits;
    } all[] = {{"double", 0x1d538, 0x1d552, 0, 0x1d7d8},
               {"script", 0x1d49c, 0x1d4b6, 0, 0},
               {"bold", 0x1d400, 0x1d41a, 0x1d6a8, 0x1d7ce},
               {"slanted bold", 0x1d468, 0x1d482, 0x1d71c, 0x1d7ce}};
    const unsigned char *const u = (const unsigned char *)text;
    const char c = *text;
    size_t k = 0;
    while (k < sizeof all / sizeof *all && strcmp(all[k].name, alphabet) != 0) k++;
    if (k == sizeof all / sizeof *all) return 0;
    const unsigned old = old_letter(strcmp(alphabet, "slanted bold") ? alphabet : "", c);
    if (old) return old;
    if (isupper((unsigned char)c)) return all[k].latin + (unsigned)(c - 'A');
    if (islower((unsigned char)c)) return all[k].small + (unsigned)(c - 'a');
    if (isdigit((unsigned char)c)) return all[k].digits ? all[k].digits + (unsigned)(c - '0') : 0;
    const unsigned greek = u[0] == 0xce || u[0] == 0xcf ? (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu) : 0;
    const unsigned from = greek >= 0x3b1 ? 0x3b1 - 26 : 0x391;
    return all[k].greek && greek >= 0x391 && greek <= 0x3c9 ? all[k].greek + greek - from : 0;
}

static void letter(writer *w, const char *attributes, const char *text)
{
    const unsigned code = styled(w->alphabet, text);
    if (code)
        fprintf(w->out, "<mi>&#x%X;</mi>", code);
    else
        element(w, "mi", attributes, text);
}

static void number(writer *w, const char *p, const char *end)
{
    fputs("<mn>", w->out);
    for (; p < end; p++) {
        const char digit[2] = {*p, '\0'};
        const unsigned code = styled(w->alphabet, digit);
        if (code)
            fprintf(w->out, "&#x%X;", code);
        else
            fputs(digit, w->out);
    }
    fputs("</mn>", w->out);
}

static void operation(writer *w, const tex_token *t, tex_role role)
{
    const char *const text = tex_text(t);
    const int bar = !strcmp(text, "|"), colon = role == TEX_RELATION && !strcmp(text, ":");
    fputs("<mo", w->out);
    if (role == TEX_ORDINARY)
        fputs(" form=\"prefix\"", w->out);
    else if (w->script)
        fputs(" lspace=\"0\" rspace=\"0\"", w->out);
    else if (bar || colon) /* the dictionary has other spaces */
        fputs(" lspace=\"0.2778em\" rspace=\"0.2778em\"", w->out);
    fputs(bar ? " stretchy=\"false\">" : ">", w->out);
    html_text(w->out, text);
    fputs("</mo>", w->out);
}

/* size: a height, "" for that of the row, NULL for one line. */
static void bracket(writer *w, const tex_token *t, tex_role role, const char *size)
{
    const char *const form = role == TEX_CLOSING   ? "postfix"
                             : role == TEX_OPENING ? "prefix"
                                                   : "infix";
    const char *text = tex_text(t);
    if (t->role == TEX_END || *text == '.') return;
    if (*text == '<') text = "⟨";
    if (*text == '>') text = "⟩";
    fprintf(w->out, "<mo form=\"%s\" stretchy=\"%s\"", form, size ? "true" : "false");
    if (size && *size) fprintf(w->out, " minsize=\"%s\" maxsize=\"%s\"", size, size);
    if (role == TEX_RELATION) fputs(" lspace=\"0.2778em\" rspace=\"0.2778em\"", w->out);
    fputc('>', w->out);
    html_text(w->out, text);
    fputs("</mo>", w->out);
}

/* The letters of an argument as one word; names hold no spaces. */
static void word(writer *w, const char *element_name, const char *p, const char *end)
{
    const int text = !strcmp(element_name, "mtext");
    fprintf(w->out, "<%s%s>", element_name, text ? "" : " mathvariant=\"normal\"");
    while (p < end) {
        const tex_token t = tex_next(&p, end);
        if (t.role == TEX_GROUP || t.role == TEX_GROUP_END) continue;
        if (t.role == TEX_SPACE || t.role == TEX_GAP) {
            if (text || t.role == TEX_GAP) fputs(text ? "&#xA0;" : "&#x2009;", w->out);
        } else if (t.name[0] == '-' && text) {
            fputc('-', w->out);
        } else {
            html_text(w->out, tex_text(&t));
        }
    }
    fprintf(w->out, "</%s>", element_name);
}

/* ---- rows
 * ----------------------------------------------------------------------------------------
 */

typedef struct scripts {
    const char *end; /* past them */
    const char *below, *below_end, *above, *above_end;
    int primes, limits; /* limits: -1 beside, 1 below and above, 0 as the base has it */
} scripts;

static scripts read_scripts(const char *p, const char *end)
{
    scripts s = {.end = p};
    while (p < end) {
        const char *after = tex_skip_spaces(p, end);
        const tex_token t = tex_next(&after, end);
        const int below = t.role == TEX_LOWER && !s.below;
        if (t.role == TEX_PRIME && !s.above) {
            s.primes++;
        } else if (below || (t.role == TEX_RAISE && !s.above)) {
            const char **const from = below ? &s.below : &s.above;
            const char **const to = below ? &s.below_end : &s.above_end;
            *from = tex_skip_spaces(after, end);
            *to = after = tex_operand_end(after, end);
        } else if (t.role == TEX_SILENT && t.name[0] != 'n') {
            s.limits = 1;
        } else if (t.role == TEX_SILENT) {
            s.limits = -1;
        } else {
            break;
        }
        s.end = p = after;
    }
    return s;
}

/* An operand by itself: in an argument, or in a script. */
static void alone(writer *w, const char *p, const char *end)
{
    const tex_role before = w->before;
    w->before = TEX_END;
    operand(w, tex_skip_spaces(p, end), end);
    w->before = before;
}

/* Beside the base: fonts raise the prime themselves, and as a script it would be too small. */
static void primes(writer *w, int n)
{
    static const char *const marks[] = {"′", "″", "‴"};
    element(w, "mo", " lspace=\"0\" rspace=\"0\"", marks[n < 3 ? n - 1 : 2]);
}

static void function_name(writer *w, const char *p, const char *end, int limits)
{
    tex_token t = tex_next(&p, end);
    if (t.role != TEX_OPERATOR) {
        if (limits)
            element(w, "mo", " form=\"prefix\" movablelimits=\"true\" lspace=\"0\" rspace=\"0\"",
                    t.name);
        else
            element(w, "mi", "", t.name);
        return;
    }
    word(w, "mi", p < end && *p == '*' ? p + 1 : p, end);
}

static void with_scripts(writer *w, const char *p, const char *base_end, const scripts *s)
{
    const tex_token t = tex_peek(p, base_end);
    const int brace = t.name[0] && (!strcmp(t.name, "underbrace") || !strcmp(t.name, "overbrace"));
    const int star = t.role == TEX_OPERATOR && item_role(w, p, base_end) == TEX_LIMIT;
    const int wide =
        s->limits ? s->limits > 0 : t.role == TEX_LARGE || t.role == TEX_LIMIT || brace || star;
    const int above = s->above != NULL, below = s->below != NULL;
    const char *const name = above && below ? (wide ? "munderover" : "msubsup")
                             : below        ? (wide ? "munder" : "msub")
                                            : (wide ? "mover" : "msup");
    if (above || below) fprintf(w->out, "<%s>", name);
    if (s->primes) fputs("<mrow>", w->out);
    if (is_function(t.role) || t.role == TEX_OPERATOR)
        function_name(w, p, base_end, wide && (above || below));
    else if (p == base_end)
        fputs("<mrow></mrow>", w->out);
    else
        operand(w, p, base_end);
    if (s->primes) {
        primes(w, s->primes);
        fputs("</mrow>", w->out);
    }
    w->script++;
    if (below) alone(w, s->below, s->below_end);
    if (above) alone(w, s->above, s->above_end);
    w->script--;
    if (above || below) fprintf(w->out, "</%s>", name);
}

/* A function applies to what follows, and thin spaces keep its name apart from other names. */
static void separate(writer *w, tex_role next)
{
    const int names = next == TEX_ORDINARY || is_function(next);
    if (is_function(w->before)) {
        if (names || next == TEX_OPENING || next == TEX_LARGE || next == TEX_INTEGRAL)
            element(w, "mo", "", "\u2061");
        if (names) gap(w, "0.1667em");
    } else if (is_operand(w->before) && is_function(next)) {
        gap(w, "0.1667em");
    }
}

static const char *item(writer *w, const char *p, const char *end)
{
    const tex_role first = tex_peek(p, end).role;
    const int bare = first == TEX_RAISE || first == TEX_LOWER || first == TEX_PRIME;
    const char *const base_end = bare ? p : item_end(p, end);
    const scripts s = read_scripts(base_end, end);
    const tex_role role = item_role(w, p, end);
    separate(w, role);
    with_scripts(w, p, base_end, &s);
    if (first == TEX_BAR) w->bar += role == TEX_OPENING ? 1 : -1;
    w->before = first == TEX_LEFT ? TEX_CLOSING : role;
    return s.end > p ? s.end : base_end;
}

/* What is written in a row; a closing token without its opening one has no place. */
static int is_item(tex_role r)
{
    return r != TEX_END && r != TEX_SPACE && r != TEX_GROUP_END && r != TEX_CELL && r != TEX_LINE &&
           r != TEX_GAP && r != TEX_STYLE && r != TEX_SILENT && r != TEX_RIGHT && r != TEX_FINISH;
}

static void row(writer *w, const char *p, const char *end, tex_role before)
{
    const tex_role outer_before = w->before;
    const int outer_bar = w->bar;
    int styles = 0;
    w->before = before;
    w->bar = 0;
    while ((p = tex_skip_spaces(p, end)) < end) {
        const tex_token t = tex_peek(p, end);
        if (t.role == TEX_STYLE) {
            fprintf(w->out, "<mstyle displaystyle=\"%s\">", t.text);
            styles++;
        }
        if (t.role == TEX_GAP || t.role == TEX_LINE) gap(w, t.text ? t.text : "1em");
        p = is_item(t.role) ? item(w, p, end) : tex_operand_end(p, end);
    }
    while (styles--) fputs("</mstyle>", w->out);
    w->before = outer_before;
    w->bar = outer_bar;
}

static void enclosed_row(writer *w, const char *p, const char *end)
{
    fputs("<mrow>", w->out);
    row(w, p, end, TEX_END);
    fputs("</mrow>", w->out);
}

/* ---- elements with others in them
 * ----------------------------------------------------------------
 */

/* A group of one operand, with its scripts, needs no row. */
static void group(writer *w, const char *p, const char *end)
{
    const char *const close = tex_closing(p, end, TEX_GROUP, TEX_GROUP_END);
    p = tex_skip_spaces(p, close);
    const int one = is_item(tex_peek(p, close).role) &&
                    tex_skip_spaces(read_scripts(item_end(p, close), close).end, close) == close;
    if (one)
        row(w, p, close, TEX_END);
    else
        enclosed_row(w, p, close);
}

static const char *argument(writer *w, const char *p, const char *end)
{
    const char *const after = tex_operand_end(p, end);
    alone(w, p, after);
    return after;
}

static void fraction(writer *w, const char *kind, const char *p, const char *end)
{
    const int binomial = *kind == 'b';
    if (binomial) fputs("<mrow><mo>(</mo>", w->out);
    fprintf(w->out, "<mfrac%s>",
            binomial       ? " linethickness=\"0\""
            : *kind == 't' ? " displaystyle=\"false\""
            : *kind == 'd' ? " displaystyle=\"true\""
                           : "");
    p = argument(w, p, end);
    argument(w, p, end);
    fputs("</mfrac>", w->out);
    if (binomial) fputs("<mo>)</mo></mrow>", w->out);
}

static void root(writer *w, const char *p, const char *end)
{
    const char *const after = tex_option_end(p, end);
    const char *const name = after > p ? "mroot" : "msqrt";
    fprintf(w->out, "<%s>", name);
    argument(w, after, end);
    w->script++;
    if (after > p) enclosed_row(w, tex_skip_spaces(p, after) + 1, after - 1);
    w->script--;
    fprintf(w->out, "</%s>", name);
}

/* A line is a border, as most fonts have none that grows. */
static void accent(writer *w, const tex_token *t, const char *p, const char *end)
{
    const char *const name = t->role == TEX_UNDER ? "munder" : "mover";
    const int line = strstr(t->name, "line") != NULL;
    if (line)
        fprintf(w->out, "<mrow style=\"border-%s:thin solid\">",
                t->role == TEX_UNDER ? "bottom" : "top");
    else
        fprintf(w->out, "<%s>", name);
    argument(w, p, end);
    if (!line) element(w, "mo", t->role == TEX_ACCENT ? " stretchy=\"false\"" : "", t->text);
    fprintf(w->out, "</%s>", line ? "mrow" : name);
}

static void stack(writer *w, const char *where, const char *p, const char *end)
{
    const char *const base = tex_operand_end(p, end);
    fprintf(w->out, "<m%s>", where);
    argument(w, base, end);
    w->script++;
    argument(w, p, end);
    w->script--;
    fprintf(w->out, "</m%s>", where);
}

static void in_brackets(writer *w, const char *p, const char *end)
{
    tex_token t = tex_delimiter(&p, end);
    const char *close = tex_closing(p, end, TEX_LEFT, TEX_RIGHT);
    fputs("<mrow>", w->out);
    bracket(w, &t, TEX_OPENING, "");
    row(w, p, close, TEX_END);
    tex_next(&close, end);
    t = tex_delimiter(&close, end);
    bracket(w, &t, TEX_CLOSING, "");
    fputs("</mrow>", w->out);
}

/* ---- tables
 * --------------------------------------------------------------------------------------
 */

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

static void cell(writer *w, const environment *e, char side, int column, const char *p,
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
    row(w, p, end, e->display && column ? TEX_ORDINARY : TEX_END);
    fputs("</mtd>", w->out);
}

/* The `[2pt]` that may follow \\, which is no bracket of the formula. */
static const char *skip_distance(const char *p, const char *end)
{
    const int is_distance = p + 1 < end && *p == '[' && strchr("-.0123456789", p[1]);
    return is_distance ? tex_option_end(p, end) : p;
}

static void table(writer *w, const environment *e, const char *sides, size_t n_sides, const char *p,
                  const char *end)
{
    const tex_token open = {.role = TEX_OPENING, .text = e->open};
    const tex_token close = {.role = TEX_CLOSING, .text = e->close};
    fputs("<mrow>", w->out);
    if (*e->open) bracket(w, &open, TEX_OPENING, "");
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
    if (*e->close) bracket(w, &close, TEX_CLOSING, "");
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

static void in_environment(writer *w, const char *p, const char *end)
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

/* ---- operands
 * ------------------------------------------------------------------------------------
 */

static void in_alphabet(writer *w, const char *alphabet, const char *p, const char *end)
{
    const char *const outer = w->alphabet;
    w->alphabet = alphabet;
    argument(w, p, end);
    w->alphabet = outer;
}

static void token_operand(writer *w, const tex_token *t, const char *start, const char *p,
                          const char *end)
{
    const tex_role role = item_role(w, start, end);
    tex_token next;
    switch (t->role) {
    case TEX_GROUP:
        group(w, p, end);
        break;
    case TEX_DIGIT:
        number(w, start, end);
        break;
    case TEX_LETTER:
        letter(w, "", tex_text(t));
        break;
    case TEX_ORDINARY:
        if (number_end(start, end) > start)
            number(w, start, end);
        else if (strchr("/!.?", *tex_text(t)))
            element(w, "mo", " lspace=\"0\" rspace=\"0\"", tex_text(t));
        else
            letter(w, " mathvariant=\"normal\"", tex_text(t));
        break;
    case TEX_PRIME:
        element(w, "mo", "", "′");
        break;
    case TEX_BINARY:
    case TEX_RELATION:
        operation(w, t, role);
        break;
    case TEX_PUNCTUATION:
        operation(w, t, TEX_PUNCTUATION);
        break;
    case TEX_OPENING:
    case TEX_CLOSING:
    case TEX_BAR:
        bracket(w, t, role, NULL);
        break;
    case TEX_SIZE:
    case TEX_MIDDLE:
        next = tex_delimiter(&p, end);
        fputs("<mrow>", w->out);
        bracket(w, &next, role, t->role == TEX_SIZE ? t->text : "");
        fputs("</mrow>", w->out);
        break;
    case TEX_LARGE:
    case TEX_INTEGRAL:
        element(w, "mo", "", tex_text(t));
        break;
    case TEX_FUNCTION:
    case TEX_LIMIT:
    case TEX_OPERATOR:
        function_name(w, start, end, 0);
        break;
    case TEX_ACCENT:
    case TEX_OVER:
    case TEX_UNDER:
        accent(w, t, p, end);
        break;
    case TEX_ALPHABET:
        in_alphabet(w, t->text, p, end);
        break;
    case TEX_UPRIGHT:
        word(w, "mi", p, end);
        break;
    case TEX_TEXT:
        word(w, "mtext", p, end);
        break;
    case TEX_ROOT:
        root(w, p, end);
        break;
    case TEX_FRACTION:
        fraction(w, t->text, p, end);
        break;
    case TEX_STACK:
        stack(w, t->text, p, end);
        break;
    case TEX_LEFT:
        in_brackets(w, p, end);
        break;
    case TEX_BEGIN:
        in_environment(w, p, end);
        break;
    case TEX_UNKNOWN:
        element(w, "mtext", "", t->name);
        break;
    default:
        fputs("<mrow></mrow>", w->out);
    }
}

static void operand(writer *w, const char *p, const char *end)
{
    const char *after = p;
    const tex_token t = tex_next(&after, end);
    if (w->depth == DEEPEST) {
        element(w, "mi", "", "…");
        return;
    }
    w->depth++;
    token_operand(w, &t, p, after, end);
    w->depth--;
}

void mathml_formula(FILE *out, const char *tex, int block)
{
    writer w = {.out = out, .before = TEX_END, .alphabet = ""};
    fputs(block ? "<math display=\"block\">" : "<math>", out);
    row(&w, tex, tex + strlen(tex), TEX_END);
    fputs("</math>", out);
}
