/* mathml_writer.h: what the parts of mathml_formula() share. A span of TeX is [p, end). */
#ifndef LK_CLI_MATHML_WRITER_H
#define LK_CLI_MATHML_WRITER_H

#include "tex_reader.h"

#include <stdio.h>

typedef struct mathml_writer {
    FILE *out;
    int depth;
    int script;           /* within a script */
    tex_role before;      /* what stands before in this row; TEX_END: nothing */
    int bar;              /* a bar is open in this row */
    const char *alphabet; /* of letters and digits, "" where they are usual ones */
} mathml_writer;

/* ---- elements without others in them: mathml_token.c --------------------------------------------
 */
void mathml_gap(mathml_writer *w, const char *width);
void mathml_element(mathml_writer *w, const char *name, const char *attributes, const char *text);
void mathml_letter(mathml_writer *w, const char *attributes, const char *text);
void mathml_number(mathml_writer *w, const char *p, const char *end);
void mathml_operation(mathml_writer *w, const tex_token *t, tex_role role);
/* size: a height, "" for that of the row, NULL for one line. */
void mathml_bracket(mathml_writer *w, const tex_token *t, tex_role role, const char *size);
/* The letters of an argument as one word, "mi" or "mtext"; names hold no spaces. */
void mathml_word(mathml_writer *w, const char *element_name, const char *p, const char *end);

/* A row's elements; before: the role of what stands before it, TEX_END where nothing does. */
void mathml_row(mathml_writer *w, const char *p, const char *end, tex_role before);

/* From what follows \begin to \end: mathml_table.c. */
void mathml_environment(mathml_writer *w, const char *p, const char *end);

#endif
