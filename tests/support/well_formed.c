#include "well_formed.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH = 1000, NAME = 16 };

typedef struct element {
    char name[NAME];
    int children;
} element;

/* How many elements it takes; -1: any number. */
static int arity(const char *name)
{
    static const struct {
        const char *name;
        int count;
    } all[] = {{"mfrac", 2},  {"mroot", 2}, {"msub", 2},    {"msup", 2},       {"mover", 2},
               {"munder", 2}, {"mi", 0},    {"mn", 0},      {"mo", 0},         {"mtext", 0},
               {"mspace", 0}, {"msqrt", 1}, {"msubsup", 3}, {"munderover", 3}, {"math", -1},
               {"mrow", -1},  {"mtd", -1},  {"mtr", -1},    {"mtable", -1},    {"mstyle", -1}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (!strcmp(all[k].name, name)) return all[k].count;
    return -2;
}

/* Past a character or entity that may stand in a text; NULL: it may not. */
static const char *text_end(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    if (*p == '&') {
        const char *const semicolon = strchr(p, ';');
        const size_t length = semicolon ? (size_t)(semicolon - p) : 0;
        if (length > 3 && !strncmp(p, "&#x", 3))
            return strspn(p + 3, "0123456789ABCDEF") == length - 3 ? semicolon + 1 : NULL;
        static const char *const names[] = {"&lt;", "&gt;", "&amp;", "&quot;"};
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (!strncmp(p, names[k], strlen(names[k]))) return p + strlen(names[k]);
        return NULL;
    }
    if (*u < 0x80) return *u >= 0x20 && *p != '>' ? p + 1 : NULL;
    const int more = *u >= 0xf0 ? 3 : *u >= 0xe0 ? 2 : 1;
    unsigned code = *u & (0x3fu >> more);
    for (int k = 1; k <= more; k++) {
        if ((u[k] & 0xc0) != 0x80) return NULL;
        code = code << 6 | (u[k] & 0x3fu);
    }
    static const unsigned first[] = {0, 0x80, 0x800, 0x10000};
    const int character = code >= first[more] && code < 0x110000 &&
                          (code < 0xd800 || code > 0xdfff) && code != 0xfffe && code != 0xffff;
    return *u >= 0xc0 && *u < 0xf8 && character ? p + more + 1 : NULL;
}

/* Past the attributes; NULL: there is no end, or no value in quotes. */
static const char *attributes_end(const char *p)
{
    while (*p == ' ') {
        p++;
        if (!isalpha((unsigned char)*p)) return NULL;
        while (isalpha((unsigned char)*p)) p++;
        if (strncmp(p, "=\"", 2) != 0) return NULL;
        for (p += 2; *p != '"';)
            if (*p == '<' || !*p || !(p = text_end(p))) return NULL;
        p++;
    }
    return p;
}

static const char *read_name(const char *p, char *name)
{
    size_t n = 0;
    while (isalpha((unsigned char)*p) && n + 1 < NAME) name[n++] = *p++;
    name[n] = '\0';
    return p;
}

const char *ill_formed(const char *xml)
{
    static element within[DEPTH];
    int depth = 0, roots = 0;
    for (const char *p = xml; *p;) {
        if (*p != '<') {
            if (!depth || arity(within[depth - 1].name) != 0) return "text outside of a token";
            if (!(p = text_end(p))) return "a character that has no place in a text";
            continue;
        }
        char name[NAME];
        const int closes = p[1] == '/';
        p = read_name(p + 1 + closes, name);
        if (arity(name) < -1) return "an element that is not one of MathML Core";
        if (closes) {
            if (!depth || strcmp(within[depth - 1].name, name) != 0)
                return "a tag closes another one";
            const element *const e = &within[--depth];
            if (arity(name) >= 0 && e->children != arity(name)) return "too few or many operands";
            if (*p++ != '>') return "a closing tag without end";
            continue;
        }
        if (!(p = attributes_end(p))) return "an attribute without a value in quotes";
        if (depth)
            within[depth - 1].children++;
        else
            roots++;
        const int empty = *p == '/';
        if (p[empty] != '>') return "a tag without end";
        p += 1 + empty;
        if (empty) continue;
        if (depth == DEPTH) return "too deep to be sensible";
        memcpy(within[depth].name, name, sizeof name);
        within[depth++].children = 0;
    }
    return depth || roots != 1 ? "not one element" : NULL;
}
