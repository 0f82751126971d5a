#define _XOPEN_SOURCE 700
#include "html_page.h"

#include "format.h"
#include "losskit.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\n"

/* The policy keeps the page to itself: nothing is loaded, whatever is in it. Colours of figures are
 * turned round on dark screens, but for shades that have a scale: dark stays little, as the text
 * says. */
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:\">\n";
static const char style_sheet[] =
    ":root { color-scheme: light dark; --ink: #1b1b1b; --faint: #5c5c5c; --line: #d8d8d8;\n"
    "  --good: #0a6b3d; --bad: #b3261e; --paper: #fff; --link: #0b57a4; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  :root { --ink: #e6e6e6; --faint: #a8a8a8; --line: #444; --good: #6fd39b;\n"
    "    --bad: #ff8a80; --paper: #161616; --link: #8ab8f0; }\n"
    "  figure svg:not(:has(image)) { filter: invert(0.91) hue-rotate(180deg); }\n"
    "  figure svg:has(image) { filter: brightness(0.85); }\n"
    "}\n"
    "body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper);\n"
    "  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }\n"
    "p, blockquote, li { max-width: 44rem; overflow-wrap: break-word; } a { color: var(--link); }\n"
    "h1 { font-size: 1.6rem; line-height: 1.25; }\n"
    "h2 { font-size: 1.25rem; line-height: 1.3; margin-top: 2.6rem; }\n"
    "h3 { font-size: 1.05rem; margin-top: 1.6rem; }\n"
    "blockquote { margin: 1rem 0; padding: 0 0 0 1rem; border-left: 3px solid var(--line); }\n"
    ".wide { overflow-x: auto; margin: 1rem 0; }\n"
    "table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }\n"
    "caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }\n"
    "@media (min-width: 40rem) { caption { white-space: nowrap; } }\n"
    "th, td { text-align: left; padding: .25rem 1.1rem .25rem 0; vertical-align: top;\n"
    "  border-bottom: 1px solid var(--line); }\n"
    "td.number, th.number { text-align: right; white-space: nowrap; }\n"
    "pre, code { font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; }\n"
    ".pictures { display: flex; flex-wrap: wrap; gap: 1.5rem; margin: 1.2rem 0; }\n"
    "figure { margin: 0; flex: 1 1 24rem; max-width: 34rem; min-width: 0; }\n"
    "figure svg { width: 100%; height: auto; background: #fff; border-radius: 4px; }\n"
    "figure text { font-family: \"DejaVu Sans\", Verdana, sans-serif; }\n"
    "figure image { image-rendering: pixelated; }\n"
    "figcaption, .faint { color: var(--faint); }\n"
    ".good, .bad { white-space: nowrap; } .good { color: var(--good); } .bad { color: var(--bad); "
    "font-weight: 600; }\n"
    "@media (max-width: 40rem) {\n"
    "  caption { max-width: calc(100vw - 3rem); }\n"
    "  .checks, .checks tbody { display: block; }\n"
    "  .checks tr { display: block; border-bottom: 1px solid var(--line); padding: .3rem 0; }\n"
    "  .checks td { display: inline-block; border: 0; padding: 0 .6rem 0 0; }\n"
    "  .checks td.number { white-space: normal; text-align: left; }\n"
    "  .checks td:first-child { display: block; } .checks tr:first-child { display: none; }\n"
    "  .checks td.number + td.number::before { content: \"expected \"; color: var(--faint); }\n"
    "}\n"
    "math { font-size: 1.1em; font-family: \"STIX Two Math\", \"Latin Modern Math\",\n"
    "  \"Cambria Math\", \"Noto Sans Math\", math; }\n"
    ".formula math { width: max-content; margin: .4em 0; }\n"
    ".formula { overflow-x: auto; overflow-y: hidden; padding: .2rem 0; }\n"
    "@media print {\n"
    "  body { max-width: none; margin: 0; padding: 0; font-size: 11pt; }\n"
    "  h1, h2, h3, caption { break-after: avoid; }\n"
    "  figure, tr, blockquote, .formula { break-inside: avoid; }\n"
    "  .wide, .formula { overflow: visible; } a { color: inherit; text-decoration: none; }\n"
    "}\n";

static void element(FILE *out, const char *name, const char *text)
{
    fprintf(out, "<%s>", name);
    html_text(out, text);
    fprintf(out, "</%s>\n", name);
}

void html_begin(FILE *out, const char *title)
{
    fputs(head, out);
    element(out, "title", title);
    fprintf(out, "<style>\n%s</style>\n</head>\n<body>\n", style_sheet);
    element(out, "h1", title);
}

void html_end(FILE *out)
{
    fprintf(out, "<p class=\"faint\">losskit %s</p>\n</body>\n</html>\n", lk_version());
}

void html_heading(FILE *out, const char *text) { element(out, "h2", text); }

void html_row(FILE *out, const char *name, const char *value)
{
    fputs("<tr><th>", out);
    html_text(out, name);
    fputs("</th><td>", out);
    html_text(out, value);
    fputs("</td></tr>\n", out);
}

void html_number_cell(FILE *out, const char *text)
{
    fputs("<td class=\"number\">", out);
    html_text(out, text);
    fputs("</td>", out);
}

/* ---- figures ------------------------------------------------------------------------------------
 */

int html_figure_begin(html_figure *f, const char *name, error *e)
{
    memset(f, 0, sizeof *f);
    snprintf(f->name, sizeof f->name, "%s-", name);
    f->memory.name = f->name;
    f->memory.stream = open_memstream(&f->svg, &f->size);
    return f->memory.stream ? 0 : error_set(e, "no memory for a picture");
}

/* Past what starts here and is left out; otherwise where it was. The title and the description
 * would be shown for the picture's own, and gnuplot gives them to curves, too; the font is in the
 * style sheet; gnuplot writes a group for each change of its pen, even if it draws nothing. */
static const char *skip(const char *svg, int in_tag)
{
    static const char *const elements[][2] = {{"<title>", "</title>"}, {"<desc>", "</desc>"}};
    static const char group[] = "<g ", end_of_group[] = "</g>", font[] = " font-family=\"";
    for (size_t k = 0; k < sizeof elements / sizeof *elements; k++) {
        if (strncmp(svg, elements[k][0], strlen(elements[k][0])) != 0) continue;
        const char *end = strstr(svg, elements[k][1]);
        if (end) return end + strlen(elements[k][1]);
    }
    if (in_tag && !strncmp(svg, font, strlen(font))) {
        const char *end = strchr(svg + strlen(font), '"');
        if (end) return end + 1;
    }
    if (!strncmp(svg, group, strlen(group))) {
        const char *end = strchr(svg, '>');
        if (end) end += 1 + strspn(end + 1, BLANKS);
        if (end && !strncmp(end, end_of_group, strlen(end_of_group)))
            return end + strlen(end_of_group);
    }
    return svg;
}

/* gnuplot names the same things in every picture alike; in a page names are told apart, by what
 * goes before. Of blanks in a row the first is enough. */
static void copy_svg(const char *svg, const char *name, FILE *page)
{
    static const char *const names[] = {"id='", "id=\"", "href='#", "url(#"};
    int in_tag = 0, blank = 0;
    while (*svg) {
        const char *past = skip(svg, in_tag);
        if (past != svg || (blank && strchr(BLANKS, *svg))) {
            svg += past == svg ? 1 : past - svg;
            continue;
        }
        size_t length = 1;
        in_tag = *svg == '<' ? 1 : *svg == '>' ? 0 : in_tag;
        const char *prefix = "";
        for (size_t k = 0; in_tag && k < sizeof names / sizeof *names; k++)
            if (!strncmp(svg, names[k], strlen(names[k]))) {
                length = strlen(names[k]);
                prefix = name;
            }
        fwrite(svg, 1, length, page);
        fputs(prefix, page);
        blank = strchr(BLANKS, svg[length - 1]) != NULL;
        svg += length;
    }
}

int html_figure_end(html_figure *f, int status, const char *alt, const char *caption, FILE *page,
                    error *e)
{
    if (fclose(f->memory.stream) && !status) status = error_set(e, "no memory for a picture");
    const char *svg = status ? NULL : strstr(f->svg, "<svg"); /* what is before has no place here */
    if (!status && !svg) status = error_set(e, "gnuplot gave no picture");
    if (!status) {
        fputs("<figure>\n<svg role=\"img\" aria-label=\"", page);
        html_text(page, alt);
        fputc('"', page);
        copy_svg(svg + strlen("<svg"), f->name, page);
        fputs("\n<figcaption>", page);
        html_text(page, caption);
        fputs("</figcaption>\n</figure>\n", page);
    }
    free(f->svg);
    return status;
}
