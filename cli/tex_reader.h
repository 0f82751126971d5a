/* tex_reader.h: formulas in TeX as tokens, for whoever writes them in another form. A span of TeX
 * is [p, end); *end may be read and is '\0' or the next token's. */
#ifndef LK_CLI_TEX_READER_H
#define LK_CLI_TEX_READER_H

typedef enum tex_role {
    TEX_END, /* of the span; also, to writers, that nothing stands before */
    TEX_SPACE,
    TEX_GROUP,     /* { */
    TEX_GROUP_END, /* } */
    TEX_RAISE,     /* ^ */
    TEX_LOWER,     /* _ */
    TEX_PRIME,     /* ' */
    TEX_CELL,      /* & */
    TEX_LINE,      /* \\ */
    TEX_DIGIT,
    TEX_LETTER,   /* slanted in formulas */
    TEX_ORDINARY, /* upright */
    TEX_BINARY,
    TEX_RELATION,
    TEX_PUNCTUATION,
    TEX_OPENING,
    TEX_CLOSING,
    TEX_BAR,      /* opens or closes */
    TEX_LARGE,    /* limits below and above */
    TEX_INTEGRAL, /* limits beside */
    TEX_FUNCTION,
    TEX_LIMIT,    /* a function with limits below */
    TEX_OPERATOR, /* a function named by its argument; * gives it limits */
    TEX_ACCENT,   /* ACCENT to UNDER: with one argument */
    TEX_OVER,     /* as wide as the argument */
    TEX_UNDER,
    TEX_ALPHABET, /* text: which one */
    TEX_UPRIGHT,  /* a name of letters */
    TEX_TEXT,
    TEX_ROOT,
    TEX_FRACTION, /* text: "t", "d" for the style, "b" without a bar, or "" */
    TEX_STACK,    /* text: "over" or "under" */
    TEX_GAP,      /* text: the width */
    TEX_SIZE,     /* text: the height of the bracket that follows */
    TEX_LEFT,
    TEX_MIDDLE,
    TEX_RIGHT,
    TEX_BEGIN,
    TEX_FINISH, /* \end */
    TEX_STYLE,  /* text: whether displaystyle is "true" */
    TEX_SILENT,
    TEX_UNKNOWN
} tex_role;

enum { TEX_NAME = 32 };

typedef struct tex_token {
    tex_role role;
    char name[TEX_NAME]; /* of a macro, cut to fit; or the character, U+FFFD for foreign bytes */
    const char *text;    /* as mathematics writes it; NULL: as the name */
    const char *plain;   /* on a terminal, where that is another one; or NULL */
} tex_token;

/* The token at *p, which moves past it. */
tex_token tex_next(const char **p, const char *end);
tex_token tex_peek(const char *p, const char *end);

/* As mathematics writes it, and as a terminal does. */
const char *tex_text(const tex_token *t);
const char *tex_plain(const tex_token *t);

const char *tex_skip_spaces(const char *p, const char *end);

/* The token that closes what was opened just before p, or end. */
const char *tex_closing(const char *p, const char *end, tex_role open, tex_role close);

/* Past the operand at p: a token with its arguments, a group, all from \left to \right or from
 * \begin to \end. Nothing nests in here but loops: any input takes one pass. */
const char *tex_operand_end(const char *p, const char *end);

/* The bracket after \left, \right or \big, which *p moves past; none: TEX_END. */
tex_token tex_delimiter(const char **p, const char *end);

/* Past the `[...]` that may stand at p; it holds no other bracket. */
const char *tex_option_end(const char *p, const char *end);

#endif
