/* mathml_formula.c: every operand of TeX becomes exactly one element, written from its own span.
 * What stands around it decides how: TeX's rules for unary signs and for thin spaces at functions,
 * and that no space stands around operators in scripts. Other spaces come from the dictionary of
 * operators in MathML Core. */
#include "mathml_formula.h"

#include "mathml_writer.h"

#include <ctype.h>
#include <string.h>

enum { DEEPEST = 64 };

static void operand(mathml_writer *w, const char *p, const char *end);

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
static tex_role item_role(const mathml_writer *w, const char *p, const char *end)
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
static void alone(mathml_writer *w, const char *p, const char *end)
{
    const tex_role before = w->before;
    w->before = TEX_END;
    operand(w, tex_skip_spaces(p, end), end);
    w->before = before;
}

/* Beside the base: fonts raise the prime themselves, and as a script it would be too small. */
static void primes(mathml_writer *w, int n)
{
    static const char *const marks[] = {"′", "″", "‴"};
    mathml_element(w, "mo", " lspace=\"0\" rspace=\"0\"", marks[n < 3 ? n - 1 : 2]);
}

static void function_name(mathml_writer *w, const char *p, const char *end, int limits)
{
    tex_token t = tex_next(&p, end);
    if (t.role != TEX_OPERATOR) {
        if (limits)
            mathml_element(w, "mo",
                           " form=\"prefix\" movablelimits=\"true\" lspace=\"0\" rspace=\"0\"",
                           t.name);
        else
            mathml_element(w, "mi", "", t.name);
        return;
    }
    mathml_word(w, "mi", p < end && *p == '*' ? p + 1 : p, end);
}

static void with_scripts(mathml_writer *w, const char *p, const char *base_end, const scripts *s)
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
static void separate(mathml_writer *w, tex_role next)
{
    const int names = next == TEX_ORDINARY || is_function(next);
    if (is_function(w->before)) {
        if (names || next == TEX_OPENING || next == TEX_LARGE || next == TEX_INTEGRAL)
            mathml_element(w, "mo", "", "\u2061");
        if (names) mathml_gap(w, "0.1667em");
    } else if (is_operand(w->before) && is_function(next)) {
        mathml_gap(w, "0.1667em");
    }
}

/* Past what scripts belong to; a script without it has an empty base. */
static const char *base_end_of(const char *p, const char *end)
{
    const tex_role first = tex_peek(p, end).role;
    const int bare = first == TEX_RAISE || first == TEX_LOWER || first == TEX_PRIME;
    return bare ? p : item_end(p, end);
}

static const char *item(mathml_writer *w, const char *p, const char *end)
{
    const tex_role first = tex_peek(p, end).role;
    const char *const base_end = base_end_of(p, end);
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

void mathml_row(mathml_writer *w, const char *p, const char *end, tex_role before)
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
        if (t.role == TEX_GAP || t.role == TEX_LINE) mathml_gap(w, t.text ? t.text : "1em");
        p = is_item(t.role) ? item(w, p, end) : tex_operand_end(p, end);
    }
    while (styles--) fputs("</mstyle>", w->out);
    w->before = outer_before;
    w->bar = outer_bar;
}

static void enclosed_row(mathml_writer *w, const char *p, const char *end)
{
    fputs("<mrow>", w->out);
    mathml_row(w, p, end, TEX_END);
    fputs("</mrow>", w->out);
}

/* ---- elements with others in them
 * ----------------------------------------------------------------
 */

/* A group of one operand, with its scripts, needs no row. */
static void group(mathml_writer *w, const char *p, const char *end)
{
    const char *const close = tex_closing(p, end, TEX_GROUP, TEX_GROUP_END);
    p = tex_skip_spaces(p, close);
    const int one = is_item(tex_peek(p, close).role) &&
                    tex_skip_spaces(read_scripts(base_end_of(p, close), close).end, close) == close;
    if (one)
        mathml_row(w, p, close, TEX_END);
    else
        enclosed_row(w, p, close);
}

static const char *argument(mathml_writer *w, const char *p, const char *end)
{
    const char *const after = tex_operand_end(p, end);
    alone(w, p, after);
    return after;
}

static void fraction(mathml_writer *w, const char *kind, const char *p, const char *end)
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

static void root(mathml_writer *w, const char *p, const char *end)
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
static void accent(mathml_writer *w, const tex_token *t, const char *p, const char *end)
{
    const char *const name = t->role == TEX_UNDER ? "munder" : "mover";
    const int line = strstr(t->name, "line") != NULL;
    if (line)
        fprintf(w->out, "<mrow style=\"border-%s:thin solid\">",
                t->role == TEX_UNDER ? "bottom" : "top");
    else
        fprintf(w->out, "<%s>", name);
    argument(w, p, end);
    if (!line) mathml_element(w, "mo", t->role == TEX_ACCENT ? " stretchy=\"false\"" : "", t->text);
    fprintf(w->out, "</%s>", line ? "mrow" : name);
}

static void stack(mathml_writer *w, const char *where, const char *p, const char *end)
{
    const char *const base = tex_operand_end(p, end);
    fprintf(w->out, "<m%s>", where);
    argument(w, base, end);
    w->script++;
    argument(w, p, end);
    w->script--;
    fprintf(w->out, "</m%s>", where);
}

static void in_brackets(mathml_writer *w, const char *p, const char *end)
{
    tex_token t = tex_delimiter(&p, end);
    const char *close = tex_closing(p, end, TEX_LEFT, TEX_RIGHT);
    fputs("<mrow>", w->out);
    mathml_bracket(w, &t, TEX_OPENING, "");
    mathml_row(w, p, close, TEX_END);
    tex_next(&close, end);
    t = tex_delimiter(&close, end);
    mathml_bracket(w, &t, TEX_CLOSING, "");
    fputs("</mrow>", w->out);
}

/* ---- operands
 * ------------------------------------------------------------------------------------
 */

static void in_alphabet(mathml_writer *w, const char *alphabet, const char *p, const char *end)
{
    const char *const outer = w->alphabet;
    w->alphabet = alphabet;
    argument(w, p, end);
    w->alphabet = outer;
}

static void token_operand(mathml_writer *w, const tex_token *t, const char *start, const char *p,
                          const char *end)
{
    const tex_role role = item_role(w, start, end);
    tex_token next;
    switch (t->role) {
    case TEX_GROUP:
        group(w, p, end);
        break;
    case TEX_DIGIT:
        mathml_number(w, start, end);
        break;
    case TEX_LETTER:
        mathml_letter(w, "", tex_text(t));
        break;
    case TEX_ORDINARY:
        if (number_end(start, end) > start)
            mathml_number(w, start, end);
        else if (strchr("/!.?", *tex_text(t)))
            mathml_element(w, "mo", " lspace=\"0\" rspace=\"0\"", tex_text(t));
        else
            mathml_letter(w, " mathvariant=\"normal\"", tex_text(t));
        break;
    case TEX_PRIME:
        mathml_element(w, "mo", "", "′");
        break;
    case TEX_BINARY:
    case TEX_RELATION:
        mathml_operation(w, t, role);
        break;
    case TEX_PUNCTUATION:
        mathml_operation(w, t, TEX_PUNCTUATION);
        break;
    case TEX_OPENING:
    case TEX_CLOSING:
    case TEX_BAR:
        mathml_bracket(w, t, role, NULL);
        break;
    case TEX_SIZE:
    case TEX_MIDDLE:
        next = tex_delimiter(&p, end);
        fputs("<mrow>", w->out);
        mathml_bracket(w, &next, role, t->role == TEX_SIZE ? t->text : "");
        fputs("</mrow>", w->out);
        break;
    case TEX_LARGE:
    case TEX_INTEGRAL:
        mathml_element(w, "mo", "", tex_text(t));
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
        mathml_word(w, "mi", p, end);
        break;
    case TEX_TEXT:
        mathml_word(w, "mtext", p, end);
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
        mathml_environment(w, p, end);
        break;
    case TEX_UNKNOWN:
        mathml_element(w, "mtext", "", t->name);
        break;
    default:
        fputs("<mrow></mrow>", w->out);
    }
}

static void operand(mathml_writer *w, const char *p, const char *end)
{
    const char *after = p;
    const tex_token t = tex_next(&after, end);
    if (w->depth == DEEPEST) {
        mathml_element(w, "mi", "", "…");
        return;
    }
    w->depth++;
    token_operand(w, &t, p, after, end);
    w->depth--;
}

void mathml_formula(FILE *out, const char *tex, int block)
{
    mathml_writer w = {.out = out, .before = TEX_END, .alphabet = ""};
    fputs(block ? "<math display=\"block\">" : "<math>", out);
    mathml_row(&w, tex, tex + strlen(tex), TEX_END);
    fputs("</math>", out);
}
