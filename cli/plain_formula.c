#include "plain_formula.h"

#include "tex_reader.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 32 }; /* operands within operands; what lies deeper is left out */

typedef struct reader {
    const char *p, *end;
    char *out;
    size_t size, used;
    int depth;
} reader;

static void put(reader *r, const char *text)
{
    const size_t length = strlen(text);
    if (r->used + length + 1 > r->size) return;
    memcpy(r->out + r->used, text, length + 1);
    r->used += length;
}

/* One space, and none at the start or after an opening bracket. */
static void put_space(reader *r)
{
    if (r->used && !strchr(" ([{", r->out[r->used - 1])) put(r, " ");
}

static void skip_spaces(reader *r) { r->p = tex_skip_spaces(r->p, r->end); }

static tex_token peek(const reader *r) { return tex_peek(r->p, r->end); }

static void read_token(reader *r);

/* The next group or single token, rendered by itself. */
static void read_argument(reader *r, char *text, size_t size);

/* Without an operator outside brackets and bars. */
static int is_simple(const char *text)
{
    int depth = 0, bar = 0;
    for (const char *p = text; *p; p++) {
        if (strchr("([{", *p)) depth++;
        if (strchr(")]}", *p)) depth--;
        if (*p == '|') bar = !bar;
        if (depth == 0 && !bar && strchr(" +-*/=<>&", *p)) return 0;
    }
    return 1;
}

static const char *skip_character(const char *p)
{
    if (*p) p++;
    while (((unsigned char)*p & 0xc0) == 0x80) p++;
    return p;
}

/* Past a bracket and what belongs to it, or between bars. */
static const char *skip_group(const char *p)
{
    if (*p == '|') {
        const char *end = strchr(p + 1, '|');
        return end ? end + 1 : p + 1;
    }
    int depth = 0;
    do {
        if (strchr("([{", *p)) depth++;
        if (strchr(")]}", *p)) depth--;
        p++;
    } while (*p && depth > 0);
    return p;
}

/* One number, symbol, bracket or function call, and its exponent: what may stand below a fraction
 * bar without brackets. */
static int is_atom(const char *p)
{
    size_t letters = 0;
    while (isalpha((unsigned char)p[letters])) letters++;
    const int root = !strncmp(p, "√", strlen("√"));
    if (root)
        p += strlen("√");
    else if (letters > 1)
        p += letters;
    else if (isdigit((unsigned char)*p))
        p += strspn(p, "0123456789.");
    else if (*p && !strchr("([{|", *p))
        p = skip_character(p);
    else
        p = skip_group(p);
    if ((root || letters > 1) && *p && strchr("([{|", *p)) p = skip_group(p);
    if (!strncmp(p, "²", 2) || !strncmp(p, "³", 2)) p = skip_character(p);
    if (*p == '^' || *p == '_') {
        p++;
        p = *p && strchr("([{", *p) ? skip_group(p) : skip_character(p);
    }
    return !*p;
}

static void put_operand(reader *r, const char *text, int bare)
{
    if (!bare) put(r, "(");
    put(r, text);
    if (!bare) put(r, ")");
}

static void put_fraction(reader *r)
{
    static const struct {
        const char *above, *below, *text;
    } known[] = {{"1", "2", "½"}, {"1", "3", "⅓"}, {"1", "4", "¼"}, {"2", "3", "⅔"},
                 {"3", "4", "¾"}, {"1", "6", "⅙"}, {"1", "8", "⅛"}};
    char above[FORMULA_TEXT / 2], below[FORMULA_TEXT / 2];
    read_argument(r, above, sizeof above);
    read_argument(r, below, sizeof below);
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (!strcmp(above, known[k].above) && !strcmp(below, known[k].below)) {
            put(r, known[k].text);
            return;
        }
    put_operand(r, above, is_simple(above));
    put(r, "/");
    put_operand(r, below, is_atom(below));
    const tex_role next = peek(r).role;
    const int factor =
        next == TEX_LEFT || next == TEX_SIZE || next == TEX_FUNCTION || next == TEX_LIMIT;
    if (factor || (*r->p && !strchr(" +-)]}^\\&,;|", *r->p))) put_space(r);
}

static void put_script(reader *r, const char *mark)
{
    static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char text[FORMULA_TEXT / 2];
    read_argument(r, text, sizeof text);
    if (*mark == '^' && isdigit((unsigned char)text[0]) && !text[1]) {
        put(r, raised[text[0] - '0']);
        return;
    }
    if (*mark == '^' && !strcmp(text, "-1")) {
        put(r, "⁻¹");
        return;
    }
    if (*mark == '^' && !strcmp(text, "⊤")) {
        put(r, "ᵀ");
        return;
    }
    /* s_ij needs no parentheses, and e_(k) no second ones. */
    const size_t length = strlen(text);
    const int index = *mark == '_' && strspn(text, "abcdefghijklmnopqrstuvwxyz") == length;
    const int enclosed = *text == '(' && !*skip_group(text);
    put(r, mark);
    put_operand(r, text, index || enclosed || !*skip_character(text));
}

/* What is summed stands apart from the range of its sum. */
static void put_range(reader *r)
{
    if (peek(r).role == TEX_SILENT) read_token(r);
    if (*r->p != '_' && *r->p != '^') return;
    while (r->p < r->end && (*r->p == '_' || *r->p == '^')) read_token(r);
    if (*r->p && !strchr(" )]}", *r->p)) put_space(r);
}

/* log, max, tanh: a space keeps them apart from their neighbours. */
static void put_function(reader *r, const char *name)
{
    const char last = r->used ? r->out[r->used - 1] : ' ';
    if (isalnum((unsigned char)last) || last == ')' || last == '|' || (unsigned char)last >= 0x80)
        put_space(r);
    put(r, name);
    if (*r->p && !strchr("(^_[{", *r->p) && peek(r).role != TEX_LEFT) put_space(r);
    skip_spaces(r);
}

/* "A & condition": a condition in words brings its own "if" or "else". */
static void put_condition(reader *r)
{
    skip_spaces(r);
    put_space(r);
    if (peek(r).role != TEX_TEXT) put(r, "if ");
}

static void put_root(reader *r)
{
    char text[FORMULA_TEXT / 2];
    const char *const order = r->p;
    r->p = tex_option_end(r->p, r->end);
    if (r->p > order) {
        reader inner = {order + 1, r->p - 1, r->out, r->size, r->used, r->depth + 1};
        while (inner.p < inner.end) read_token(&inner);
        r->used = inner.used;
    }
    read_argument(r, text, sizeof text);
    put(r, "√");
    put_operand(r, text, !*skip_character(text));
}

/* A macro with one argument. */
static void put_applied(reader *r, const tex_token *t)
{
    char text[FORMULA_TEXT / 2];
    if (t->role == TEX_OPERATOR && r->p < r->end && *r->p == '*') r->p++;
    read_argument(r, text, sizeof text);
    if (t->role == TEX_OPERATOR) {
        put_function(r, text);
    } else if (t->role == TEX_BEGIN || t->role == TEX_FINISH) {
        put(r, t->role == TEX_BEGIN ? "{ " : " }");
    } else {
        put(r, text);
        if (t->role >= TEX_ACCENT && t->role <= TEX_UNDER) put(r, tex_plain(t));
    }
}

static void put_token(reader *r, const tex_token *t)
{
    switch (t->role) {
    case TEX_END:
    case TEX_GROUP_END:
    case TEX_SILENT:
    case TEX_STYLE:
        break;
    case TEX_GROUP:
        while (r->p < r->end && *r->p != '}') read_token(r);
        if (r->p < r->end) r->p++;
        break;
    case TEX_RAISE:
    case TEX_LOWER:
        put_script(r, t->name);
        break;
    case TEX_CELL:
        put_condition(r);
        break;
    case TEX_LINE:
        put(r, ";");
        put_space(r);
        skip_spaces(r);
        break;
    case TEX_SPACE:
        put_space(r);
        break;
    case TEX_GAP:
        if (*t->text != '-') put_space(r);
        break;
    case TEX_LEFT:
    case TEX_MIDDLE:
    case TEX_RIGHT:
    case TEX_SIZE:
        if (r->p < r->end && *r->p == '.') r->p++;
        break;
    case TEX_FRACTION:
        put_fraction(r);
        break;
    case TEX_ROOT:
        put_root(r);
        break;
    case TEX_OPERATOR:
    case TEX_ACCENT:
    case TEX_OVER:
    case TEX_UNDER:
    case TEX_ALPHABET:
    case TEX_UPRIGHT:
    case TEX_TEXT:
    case TEX_BEGIN:
    case TEX_FINISH:
        put_applied(r, t);
        break;
    case TEX_FUNCTION:
    case TEX_LIMIT:
    case TEX_UNKNOWN:
    case TEX_STACK:
        put_function(r, t->name);
        break;
    default:
        put(r, tex_plain(t));
        if (t->role == TEX_OPENING) skip_spaces(r);
        if (t->role == TEX_LARGE) put_range(r);
    }
}

static void read_token(reader *r)
{
    if (r->depth == DEEPEST) {
        r->p = tex_operand_end(r->p, r->end);
        return;
    }
    const tex_token t = tex_next(&r->p, r->end);
    r->depth++;
    put_token(r, &t);
    r->depth--;
}

static void read_argument(reader *r, char *text, size_t size)
{
    reader inner = {r->p, r->end, text, size, 0, r->depth};
    text[0] = '\0';
    inner.p = tex_skip_spaces(inner.p, inner.end);
    if (inner.p < inner.end) read_token(&inner);
    r->p = inner.p;
}

void plain_formula(const char *tex, char *text, size_t size)
{
    reader r = {.p = tex, .end = tex + strlen(tex), .out = text, .size = size};
    text[0] = '\0';
    while (r.p < r.end) read_token(&r);
}
