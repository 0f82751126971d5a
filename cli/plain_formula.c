#include "plain_formula.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 24 };

typedef struct reader {
    const char *p;
    char *out;
    size_t size, used;
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

static const struct {
    const char *name, *text;
} symbols[] = {
    {"alpha", "α"},      {"beta", "β"},    {"gamma", "γ"},  {"delta", "δ"},  {"epsilon", "ε"},
    {"varepsilon", "ε"}, {"theta", "θ"},   {"lambda", "λ"}, {"mu", "μ"},     {"nu", "ν"},
    {"pi", "π"},         {"rho", "ρ"},     {"sigma", "σ"},  {"tau", "τ"},    {"phi", "φ"},
    {"varphi", "φ"},     {"psi", "ψ"},     {"Gamma", "Γ"},  {"Delta", "Δ"},  {"Sigma", "Σ"},
    {"le", "≤"},         {"leq", "≤"},     {"ge", "≥"},     {"geq", "≥"},    {"ne", "≠"},
    {"neq", "≠"},        {"cdot", "·"},    {"times", "×"},  {"infty", "∞"},  {"pm", "±"},
    {"mp", "∓"},         {"to", "→"},      {"sum", "Σ"},    {"in", "∈"},     {"approx", "≈"},
    {"ell", "ℓ"},        {"partial", "∂"}, {"nabla", "∇"},  {"lvert", "|"},  {"rvert", "|"},
    {"vert", "|"},       {"dots", "..."},  {"lfloor", "⌊"}, {"rfloor", "⌋"}, {"mid", "|"},
    {"top", "⊤"},        {"odot", "⊙"},    {"lVert", "‖"},  {"rVert", "‖"},  {"Vert", "‖"},
    {"|", "‖"},          {"cap", "∩"},     {"cup", "∪"},    {"notin", "∉"},  {"prime", "′"},
    {"langle", "⟨"},     {"rangle", "⟩"},  {"omega", "ω"},  {"prod", "∏"}};

static const char *const silent[] = {"left", "right", "big",          "Big",       "bigl",  "bigr",
                                     "Bigl", "Bigr",  "displaystyle", "textstyle", "limits"};
static const char *const verbatim[] = {"operatorname", "mathrm", "text",
                                       "mathbf",       "mathit", "mathcal"};
static const char *const repeated[] = {"sum", "prod"};
static const char *const opening[] = {"lVert", "lvert", "langle", "lfloor"};
static const char *const spaces[] = {"quad", "qquad", ",", ";", ":", " "};

static int is_among(const char *name, const char *const *names, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!strcmp(names[k], name)) return 1;
    return 0;
}
#define AMONG(name, names) is_among(name, names, sizeof names / sizeof *names)

static void read_until(reader *r, char end);
static void read_token(reader *r);

/* The next group or single token, rendered by itself. */
static void read_argument(reader *r, char *text, size_t size);

static void read_name(reader *r, char *name)
{
    size_t n = 0;
    if (!isalpha((unsigned char)*r->p)) {
        if (*r->p) name[n++] = *r->p++;
    } else {
        for (; isalpha((unsigned char)*r->p); r->p++)
            if (n + 1 < NAME) name[n++] = *r->p;
    }
    name[n] = '\0';
}

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
    if (*p == '^' || *p == '_') p = strchr("([{", p[1]) ? skip_group(p + 1) : skip_character(p + 1);
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
    const int factor = !strncmp(r->p, "\\left", 5) || !strncmp(r->p, "\\big", 4) ||
                       !strncmp(r->p, "\\max", 4) || !strncmp(r->p, "\\log", 4);
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
    if (*r->p != '_' && *r->p != '^') return;
    while (*r->p == '_' || *r->p == '^') read_token(r);
    if (*r->p && !strchr(" )]}", *r->p)) put_space(r);
}

/* log, max, tanh: a space keeps them apart from their neighbours. */
static void put_function(reader *r, const char *name)
{
    const char last = r->used ? r->out[r->used - 1] : ' ';
    if (isalnum((unsigned char)last) || last == ')' || last == '|' || (unsigned char)last >= 0x80)
        put_space(r);
    put(r, name);
    if (*r->p && !strchr("(^_[{", *r->p) && strncmp(r->p, "\\left", 5) != 0) put_space(r);
    while (*r->p == ' ') r->p++;
}

static void put_command(reader *r)
{
    char name[NAME], text[FORMULA_TEXT / 2];
    read_name(r, name);
    for (size_t k = 0; k < sizeof symbols / sizeof *symbols; k++)
        if (!strcmp(symbols[k].name, name)) {
            put(r, symbols[k].text);
            while (AMONG(name, opening) && *r->p == ' ') r->p++;
            if (AMONG(name, repeated)) put_range(r);
            return;
        }
    if (!strcmp(name, "frac") || !strcmp(name, "tfrac") || !strcmp(name, "dfrac")) {
        put_fraction(r);
    } else if (AMONG(name, verbatim)) {
        read_argument(r, text, sizeof text);
        if (!strcmp(name, "operatorname"))
            put_function(r, text);
        else
            put(r, text);
    } else if (!strcmp(name, "sqrt")) {
        read_argument(r, text, sizeof text);
        put(r, "√");
        put_operand(r, text, !*skip_character(text));
    } else if (!strcmp(name, "hat") || !strcmp(name, "bar")) {
        read_argument(r, text, sizeof text);
        put(r, text);
        put(r, *name == 'h' ? "\u0302" : "\u0304");
    } else if (!strcmp(name, "begin") || !strcmp(name, "end")) {
        read_argument(r, text, sizeof text);
        put(r, *name == 'b' ? "{ " : " }");
    } else if (!strcmp(name, "\\")) {
        put(r, ";");
        put_space(r);
        while (*r->p == ' ') r->p++;
    } else if (AMONG(name, spaces)) {
        put_space(r);
    } else if (!AMONG(name, silent) && strcmp(name, "!") != 0) {
        put_function(r, name);
    } else if (*r->p == '.') {
        r->p++;
    }
}

/* "A & condition": a condition in words brings its own "if" or "else". */
static void put_condition(reader *r)
{
    while (*r->p == ' ') r->p++;
    put_space(r);
    if (strncmp(r->p, "\\text", 5) != 0) put(r, "if ");
}

static void read_token(reader *r)
{
    const char c = *r->p++;
    char single[5] = {c, '\0'};
    if (c == '\\')
        put_command(r);
    else if (c == '{')
        read_until(r, '}');
    else if (c == '^')
        put_script(r, "^");
    else if (c == '_')
        put_script(r, "_");
    else if (c == '&')
        put_condition(r);
    else if (c == ' ')
        put_space(r);
    else {
        for (int k = 1; k < 4 && ((unsigned char)*r->p & 0xc0) == 0x80; k++) single[k] = *r->p++;
        put(r, single);
    }
}

static void read_until(reader *r, char end)
{
    while (*r->p && *r->p != end) read_token(r);
    if (*r->p) r->p++;
}

static void read_argument(reader *r, char *text, size_t size)
{
    reader inner = {r->p, text, size, 0};
    text[0] = '\0';
    while (*inner.p == ' ') inner.p++;
    if (*inner.p) read_token(&inner);
    r->p = inner.p;
}

void plain_formula(const char *tex, char *text, size_t size)
{
    reader r = {tex, text, size, 0};
    text[0] = '\0';
    read_until(&r, '\0');
}
