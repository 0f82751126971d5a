/* mathml_token.c: elements of MathML without others in them. */
#include "mathml_writer.h"

#include "format.h"

#include <ctype.h>
#include <string.h>

void mathml_gap(mathml_writer *w, const char *width)
{
    if (*width == '-')
        fprintf(w->out, "<mspace style=\"margin-left:%s\"/>", width);
    else
        fprintf(w->out, "<mspace width=\"%s\"/>", width);
}

void mathml_element(mathml_writer *w, const char *name, const char *attributes, const char *text)
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

void mathml_letter(mathml_writer *w, const char *attributes, const char *text)
{
    const unsigned code = styled(w->alphabet, text);
    if (code)
        fprintf(w->out, "<mi>&#x%X;</mi>", code);
    else
        mathml_element(w, "mi", attributes, text);
}

void mathml_number(mathml_writer *w, const char *p, const char *end)
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

void mathml_operation(mathml_writer *w, const tex_token *t, tex_role role)
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

void mathml_bracket(mathml_writer *w, const tex_token *t, tex_role role, const char *size)
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

void mathml_word(mathml_writer *w, const char *element_name, const char *p, const char *end)
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
