#include "tex_reader.h"

#include "format.h"

#include <ctype.h>
#include <string.h>

typedef struct entry {
    const char *name;
    tex_role role;
    const char *text, *plain;
} entry;

static const entry macros[] = {
    /* letters */
    {"alpha", TEX_LETTER, "α", 0},
    {"beta", TEX_LETTER, "β", 0},
    {"gamma", TEX_LETTER, "γ", 0},
    {"delta", TEX_LETTER, "δ", 0},
    {"epsilon", TEX_LETTER, "ε", 0},
    {"varepsilon", TEX_LETTER, "ε", 0},
    {"zeta", TEX_LETTER, "ζ", 0},
    {"eta", TEX_LETTER, "η", 0},
    {"theta", TEX_LETTER, "θ", 0},
    {"iota", TEX_LETTER, "ι", 0},
    {"kappa", TEX_LETTER, "κ", 0},
    {"lambda", TEX_LETTER, "λ", 0},
    {"mu", TEX_LETTER, "μ", 0},
    {"nu", TEX_LETTER, "ν", 0},
    {"xi", TEX_LETTER, "ξ", 0},
    {"pi", TEX_LETTER, "π", 0},
    {"rho", TEX_LETTER, "ρ", 0},
    {"sigma", TEX_LETTER, "σ", 0},
    {"tau", TEX_LETTER, "τ", 0},
    {"upsilon", TEX_LETTER, "υ", 0},
    {"phi", TEX_LETTER, "φ", 0},
    {"varphi", TEX_LETTER, "φ", 0},
    {"chi", TEX_LETTER, "χ", 0},
    {"psi", TEX_LETTER, "ψ", 0},
    {"omega", TEX_LETTER, "ω", 0},
    {"partial", TEX_LETTER, "∂", 0},
    {"Gamma", TEX_ORDINARY, "Γ", 0},
    {"Delta", TEX_ORDINARY, "Δ", 0},
    {"Theta", TEX_ORDINARY, "Θ", 0},
    {"Lambda", TEX_ORDINARY, "Λ", 0},
    {"Xi", TEX_ORDINARY, "Ξ", 0},
    {"Pi", TEX_ORDINARY, "Π", 0},
    {"Sigma", TEX_ORDINARY, "Σ", 0},
    {"Phi", TEX_ORDINARY, "Φ", 0},
    {"Psi", TEX_ORDINARY, "Ψ", 0},
    {"Omega", TEX_ORDINARY, "Ω", 0},
    {"ell", TEX_ORDINARY, "ℓ", 0},
    {"infty", TEX_ORDINARY, "∞", 0},
    {"nabla", TEX_ORDINARY, "∇", 0},
    {"top", TEX_ORDINARY, "⊤", 0},
    {"bot", TEX_ORDINARY, "⊥", 0},
    {"prime", TEX_ORDINARY, "′", 0},
    {"emptyset", TEX_ORDINARY, "∅", 0},
    {"varnothing", TEX_ORDINARY, "∅", 0},
    {"forall", TEX_ORDINARY, "∀", 0},
    {"exists", TEX_ORDINARY, "∃", 0},
    {"neg", TEX_ORDINARY, "¬", 0},
    {"dots", TEX_ORDINARY, "…", "..."},
    {"ldots", TEX_ORDINARY, "…", "..."},
    {"cdots", TEX_ORDINARY, "⋯", 0},
    {"vdots", TEX_ORDINARY, "⋮", 0},
    {"ddots", TEX_ORDINARY, "⋱", 0},
    {"%", TEX_ORDINARY, "%", 0},
    {"#", TEX_ORDINARY, "#", 0},
    {"$", TEX_ORDINARY, "$", 0},
    {"&", TEX_ORDINARY, "&", 0},
    {"_", TEX_ORDINARY, "_", 0},
    /* between operands */
    {"pm", TEX_BINARY, "±", 0},
    {"mp", TEX_BINARY, "∓", 0},
    {"cdot", TEX_BINARY, "⋅", "·"},
    {"times", TEX_BINARY, "×", 0},
    {"div", TEX_BINARY, "÷", 0},
    {"odot", TEX_BINARY, "⊙", 0},
    {"oplus", TEX_BINARY, "⊕", 0},
    {"otimes", TEX_BINARY, "⊗", 0},
    {"circ", TEX_BINARY, "∘", 0},
    {"ast", TEX_BINARY, "∗", 0},
    {"star", TEX_BINARY, "⋆", 0},
    {"cap", TEX_BINARY, "∩", 0},
    {"cup", TEX_BINARY, "∪", 0},
    {"setminus", TEX_BINARY, "∖", 0},
    {"wedge", TEX_BINARY, "∧", 0},
    {"land", TEX_BINARY, "∧", 0},
    {"vee", TEX_BINARY, "∨", 0},
    {"lor", TEX_BINARY, "∨", 0},
    {"le", TEX_RELATION, "≤", 0},
    {"leq", TEX_RELATION, "≤", 0},
    {"ge", TEX_RELATION, "≥", 0},
    {"geq", TEX_RELATION, "≥", 0},
    {"lt", TEX_RELATION, "<", 0},
    {"gt", TEX_RELATION, ">", 0},
    {"ll", TEX_RELATION, "≪", 0},
    {"gg", TEX_RELATION, "≫", 0},
    {"ne", TEX_RELATION, "≠", 0},
    {"neq", TEX_RELATION, "≠", 0},
    {"approx", TEX_RELATION, "≈", 0},
    {"equiv", TEX_RELATION, "≡", 0},
    {"sim", TEX_RELATION, "∼", 0},
    {"simeq", TEX_RELATION, "≃", 0},
    {"propto", TEX_RELATION, "∝", 0},
    {"in", TEX_RELATION, "∈", 0},
    {"notin", TEX_RELATION, "∉", 0},
    {"ni", TEX_RELATION, "∋", 0},
    {"subset", TEX_RELATION, "⊂", 0},
    {"subseteq", TEX_RELATION, "⊆", 0},
    {"supset", TEX_RELATION, "⊃", 0},
    {"supseteq", TEX_RELATION, "⊇", 0},
    {"mid", TEX_RELATION, "|", 0},
    {"parallel", TEX_RELATION, "∥", 0},
    {"perp", TEX_RELATION, "⟂", 0},
    {"succ", TEX_RELATION, "≻", 0},
    {"prec", TEX_RELATION, "≺", 0},
    {"succeq", TEX_RELATION, "⪰", 0},
    {"preceq", TEX_RELATION, "⪯", 0},
    {"to", TEX_RELATION, "→", 0},
    {"rightarrow", TEX_RELATION, "→", 0},
    {"leftarrow", TEX_RELATION, "←", 0},
    {"gets", TEX_RELATION, "←", 0},
    {"leftrightarrow", TEX_RELATION, "↔", 0},
    {"longrightarrow", TEX_RELATION, "⟶", 0},
    {"mapsto", TEX_RELATION, "↦", 0},
    {"uparrow", TEX_RELATION, "↑", 0},
    {"downarrow", TEX_RELATION, "↓", 0},
    {"Rightarrow", TEX_RELATION, "⇒", 0},
    {"implies", TEX_RELATION, "⇒", 0},
    {"Leftarrow", TEX_RELATION, "⇐", 0},
    {"Leftrightarrow", TEX_RELATION, "⇔", 0},
    {"iff", TEX_RELATION, "⇔", 0},
    {"colon", TEX_PUNCTUATION, ":", 0},
    /* brackets */
    {"{", TEX_OPENING, "{", 0},
    {"}", TEX_CLOSING, "}", 0},
    {"lbrace", TEX_OPENING, "{", 0},
    {"rbrace", TEX_CLOSING, "}", 0},
    {"lvert", TEX_OPENING, "|", 0},
    {"rvert", TEX_CLOSING, "|", 0},
    {"lVert", TEX_OPENING, "‖", 0},
    {"rVert", TEX_CLOSING, "‖", 0},
    {"langle", TEX_OPENING, "⟨", 0},
    {"rangle", TEX_CLOSING, "⟩", 0},
    {"lfloor", TEX_OPENING, "⌊", 0},
    {"rfloor", TEX_CLOSING, "⌋", 0},
    {"lceil", TEX_OPENING, "⌈", 0},
    {"rceil", TEX_CLOSING, "⌉", 0},
    {"vert", TEX_BAR, "|", 0},
    {"Vert", TEX_BAR, "‖", 0},
    {"|", TEX_BAR, "‖", 0},
    /* large ones and functions */
    {"sum", TEX_LARGE, "∑", "Σ"},
    {"prod", TEX_LARGE, "∏", 0},
    {"bigcup", TEX_LARGE, "⋃", 0},
    {"bigcap", TEX_LARGE, "⋂", 0},
    {"int", TEX_INTEGRAL, "∫", 0},
    {"iint", TEX_INTEGRAL, "∬", 0},
    {"oint", TEX_INTEGRAL, "∮", 0},
    {"max", TEX_LIMIT, 0, 0},
    {"min", TEX_LIMIT, 0, 0},
    {"sup", TEX_LIMIT, 0, 0},
    {"inf", TEX_LIMIT, 0, 0},
    {"lim", TEX_LIMIT, 0, 0},
    {"argmax", TEX_LIMIT, 0, 0},
    {"argmin", TEX_LIMIT, 0, 0},
    {"det", TEX_LIMIT, 0, 0},
    {"Pr", TEX_LIMIT, 0, 0},
    {"arg", TEX_FUNCTION, 0, 0},
    {"log", TEX_FUNCTION, 0, 0},
    {"ln", TEX_FUNCTION, 0, 0},
    {"lg", TEX_FUNCTION, 0, 0},
    {"exp", TEX_FUNCTION, 0, 0},
    {"sin", TEX_FUNCTION, 0, 0},
    {"cos", TEX_FUNCTION, 0, 0},
    {"tan", TEX_FUNCTION, 0, 0},
    {"sinh", TEX_FUNCTION, 0, 0},
    {"cosh", TEX_FUNCTION, 0, 0},
    {"tanh", TEX_FUNCTION, 0, 0},
    {"arcsin", TEX_FUNCTION, 0, 0},
    {"arccos", TEX_FUNCTION, 0, 0},
    {"arctan", TEX_FUNCTION, 0, 0},
    {"dim", TEX_FUNCTION, 0, 0},
    {"ker", TEX_FUNCTION, 0, 0},
    {"operatorname", TEX_OPERATOR, 0, 0},
    /* with arguments; the terminal's accents combine with the letter before */
    {"hat", TEX_ACCENT, "^", "\u0302"},
    {"bar", TEX_ACCENT, "‾", "\u0304"},
    {"tilde", TEX_ACCENT, "~", "\u0303"},
    {"vec", TEX_ACCENT, "→", "\u20d7"},
    {"dot", TEX_ACCENT, "˙", "\u0307"},
    {"ddot", TEX_ACCENT, "¨", "\u0308"},
    {"overline", TEX_OVER, "‾", "\u0304"},
    {"widehat", TEX_OVER, "^", "\u0302"},
    {"widetilde", TEX_OVER, "~", "\u0303"},
    {"overbrace", TEX_OVER, "⏞", ""},
    {"underline", TEX_UNDER, "_", "\u0332"},
    {"underbrace", TEX_UNDER, "⏟", ""},
    {"mathbb", TEX_ALPHABET, "double", 0},
    {"mathcal", TEX_ALPHABET, "script", 0},
    {"mathscr", TEX_ALPHABET, "script", 0},
    {"mathbf", TEX_ALPHABET, "bold", 0},
    {"boldsymbol", TEX_ALPHABET, "slanted bold", 0},
    {"bm", TEX_ALPHABET, "slanted bold", 0},
    {"mathit", TEX_ALPHABET, "", 0},
    {"mathrm", TEX_UPRIGHT, 0, 0},
    {"mathsf", TEX_UPRIGHT, 0, 0},
    {"mathtt", TEX_UPRIGHT, 0, 0},
    {"text", TEX_TEXT, 0, 0},
    {"textrm", TEX_TEXT, 0, 0},
    {"textbf", TEX_TEXT, 0, 0},
    {"textit", TEX_TEXT, 0, 0},
    {"mbox", TEX_TEXT, 0, 0},
    {"sqrt", TEX_ROOT, 0, 0},
    {"frac", TEX_FRACTION, "", 0},
    {"tfrac", TEX_FRACTION, "t", 0},
    {"dfrac", TEX_FRACTION, "d", 0},
    {"binom", TEX_FRACTION, "b", 0},
    {"overset", TEX_STACK, "over", 0},
    {"stackrel", TEX_STACK, "over", 0},
    {"underset", TEX_STACK, "under", 0},
    /* layout */
    {"quad", TEX_GAP, "1em", 0},
    {"qquad", TEX_GAP, "2em", 0},
    {",", TEX_GAP, "0.1667em", 0},
    {":", TEX_GAP, "0.2222em", 0},
    {">", TEX_GAP, "0.2222em", 0},
    {";", TEX_GAP, "0.2778em", 0},
    {" ", TEX_GAP, "0.3333em", 0},
    {"!", TEX_GAP, "-0.1667em", 0},
    {"big", TEX_SIZE, "1.2em", 0},
    {"bigl", TEX_SIZE, "1.2em", 0},
    {"bigr", TEX_SIZE, "1.2em", 0},
    {"Big", TEX_SIZE, "1.8em", 0},
    {"Bigl", TEX_SIZE, "1.8em", 0},
    {"Bigr", TEX_SIZE, "1.8em", 0},
    {"bigg", TEX_SIZE, "2.4em", 0},
    {"biggl", TEX_SIZE, "2.4em", 0},
    {"biggr", TEX_SIZE, "2.4em", 0},
    {"left", TEX_LEFT, 0, 0},
    {"middle", TEX_MIDDLE, 0, 0},
    {"right", TEX_RIGHT, 0, 0},
    {"begin", TEX_BEGIN, 0, 0},
    {"end", TEX_FINISH, 0, 0},
    {"\\", TEX_LINE, 0, 0},
    {"displaystyle", TEX_STYLE, "true", 0},
    {"textstyle", TEX_STYLE, "false", 0},
    {"limits", TEX_SILENT, 0, 0},
    {"nolimits", TEX_SILENT, 0, 0},
    {"nonumber", TEX_SILENT, 0, 0},
};

static const entry characters[] = {
    {"{", TEX_GROUP, 0, 0},        {"}", TEX_GROUP_END, 0, 0}, {"^", TEX_RAISE, 0, 0},
    {"_", TEX_LOWER, 0, 0},        {"'", TEX_PRIME, 0, 0},     {"&", TEX_CELL, 0, 0},
    {"~", TEX_GAP, "0.3333em", 0}, {"+", TEX_BINARY, 0, 0},    {"-", TEX_BINARY, "−", "-"},
    {"*", TEX_BINARY, "∗", "*"},   {"=", TEX_RELATION, 0, 0},  {"<", TEX_RELATION, 0, 0},
    {">", TEX_RELATION, 0, 0},     {":", TEX_RELATION, 0, 0},  {",", TEX_PUNCTUATION, 0, 0},
    {";", TEX_PUNCTUATION, 0, 0},  {"(", TEX_OPENING, 0, 0},   {"[", TEX_OPENING, 0, 0},
    {")", TEX_CLOSING, 0, 0},      {"]", TEX_CLOSING, 0, 0},   {"|", TEX_BAR, 0, 0}};

enum {
    MACROS = sizeof macros / sizeof *macros,
    CHARACTERS = sizeof characters / sizeof *characters
};

static int is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

const char *tex_skip_spaces(const char *p, const char *end)
{
    while (p < end && is_space(*p)) p++;
    return p;
}

/* Takes over what a table says about the name, if it does. */
static void understand(tex_token *t, const entry *table, size_t n)
{
    size_t k = 0;
    while (k < n && (table[k].name[0] != t->name[0] || strcmp(table[k].name, t->name) != 0)) k++;
    if (k == n) return;
    t->role = table[k].role;
    t->text = table[k].text;
    t->plain = table[k].plain;
}

/* One character, or U+FFFD for a byte that belongs to none. */
static void read_character(tex_token *t, const char **p)
{
    const size_t length = character_length(*p);
    memcpy(t->name, length ? *p : "\uFFFD", length ? length : sizeof "\uFFFD" - 1);
    *p += length ? length : 1;
}

static void read_macro(tex_token *t, const char **p, const char *end)
{
    t->role = TEX_UNKNOWN;
    if (*p == end) return;
    if (is_space(**p)) {
        t->name[0] = ' ';
        ++*p;
    } else if (!isalpha((unsigned char)**p)) {
        read_character(t, p);
    } else {
        for (size_t n = 0; *p < end && isalpha((unsigned char)**p); ++*p)
            if (n + 1 < TEX_NAME) t->name[n++] = **p;
    }
    understand(t, macros, MACROS);
}

/* A character that a macro stands for has the role of the macro. */
static tex_role character_role(const char *name)
{
    if (isdigit((unsigned char)*name)) return TEX_DIGIT;
    if (isalpha((unsigned char)*name)) return TEX_LETTER;
    if ((unsigned char)*name < 0x80) return TEX_ORDINARY;
    for (size_t k = 0; k < MACROS; k++)
        if (macros[k].role >= TEX_LETTER && macros[k].role <= TEX_INTEGRAL &&
            !strcmp(macros[k].text, name))
            return macros[k].role;
    return TEX_LETTER;
}

tex_token tex_next(const char **p, const char *end)
{
    tex_token t = {.role = TEX_END};
    if (*p >= end) return t;
    if (is_space(**p)) {
        *p = tex_skip_spaces(*p, end);
        t.role = TEX_SPACE;
        t.name[0] = ' ';
    } else if (**p == '\\') {
        ++*p;
        read_macro(&t, p, end);
    } else {
        read_character(&t, p);
        t.role = character_role(t.name);
        understand(&t, characters, CHARACTERS);
    }
    return t;
}

tex_token tex_peek(const char *p, const char *end) { return tex_next(&p, end); }

const char *tex_text(const tex_token *t) { return t->text ? t->text : t->name; }

const char *tex_plain(const tex_token *t) { return t->plain ? t->plain : tex_text(t); }

const char *tex_closing(const char *p, const char *end, tex_role open, tex_role close)
{
    int depth = 1, groups = 0;
    while (p < end) {
        const char *at = p;
        const tex_role role = tex_next(&p, end).role;
        if (groups == 0 && role == close && --depth == 0) return at;
        if (groups == 0 && role == open) depth++;
        if (open == TEX_GROUP) continue;
        if (role == TEX_GROUP) groups++;
        if (role == TEX_GROUP_END && groups) groups--;
    }
    return end;
}

const char *tex_option_end(const char *p, const char *end)
{
    const char *const start = p;
    if (tex_next(&p, end).name[0] != '[') return start;
    while (p < end) {
        const char mark = tex_next(&p, end).name[0];
        if (mark == ']') return p;
        if (mark == '[') return start;
    }
    return start;
}

tex_token tex_delimiter(const char **p, const char *end)
{
    const char *after = tex_skip_spaces(*p, end);
    const tex_token t = tex_next(&after, end);
    const int dot = t.name[0] == '.' || t.name[0] == '/';
    const int fits = t.role == TEX_OPENING || t.role == TEX_CLOSING || t.role == TEX_BAR ||
                     t.role == TEX_RELATION || dot;
    if (!fits) return (tex_token){.role = TEX_END};
    *p = after;
    return t;
}

/* Past what token t began with; *operands counts those still to come. */
static const char *token_end(const tex_token *t, const char *p, const char *end, int *operands)
{
    switch (t->role) {
    case TEX_GROUP:
        p = tex_closing(p, end, TEX_GROUP, TEX_GROUP_END);
        tex_next(&p, end);
        return p;
    case TEX_LEFT:
        tex_delimiter(&p, end);
        p = tex_closing(p, end, TEX_LEFT, TEX_RIGHT);
        tex_next(&p, end);
        tex_delimiter(&p, end);
        return p;
    case TEX_BEGIN:
        p = tex_closing(p, end, TEX_BEGIN, TEX_FINISH);
        ++*operands;
        tex_next(&p, end);
        return p;
    case TEX_SIZE:
    case TEX_MIDDLE:
    case TEX_RIGHT:
        tex_delimiter(&p, end);
        return p;
    case TEX_FRACTION:
    case TEX_STACK:
        *operands += 2;
        return p;
    case TEX_ROOT:
        ++*operands;
        return tex_option_end(p, end);
    default:
        *operands += t->role == TEX_FINISH || (t->role >= TEX_OPERATOR && t->role <= TEX_TEXT);
        return t->role == TEX_OPERATOR && p < end && *p == '*' ? p + 1 : p;
    }
}

const char *tex_operand_end(const char *p, const char *end)
{
    for (int operands = 1; operands > 0 && p < end; operands--) {
        p = tex_skip_spaces(p, end);
        const tex_token t = tex_next(&p, end);
        p = token_end(&t, p, end, &operands);
    }
    return p;
}
