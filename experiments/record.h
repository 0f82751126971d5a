/* record.h: what an experiment wrote down, for those who run experiments. */
#ifndef LK_RECORD_H
#define LK_RECORD_H

#include "experiment.h"

typedef enum item_kind {
    ITEM_HEADING,
    ITEM_TEXT,
    ITEM_FORMULA,
    ITEM_CHECK,
    ITEM_TABLE,
    ITEM_FIGURE
} item_kind;

typedef enum check_kind {
    CHECK_DIGITS,
    CHECK_NEAR,
    CHECK_AT_LEAST,
    CHECK_AT_MOST,
    CHECK_TRUE
} check_kind;

typedef struct check {
    check_kind kind;
    char *what;
    measurement measured;
    double expected;  /* the limit of AT_LEAST and AT_MOST; of TRUE: NaN */
    double tolerance; /* NEAR */
    int decimals;     /* DIGITS */
    char *found;      /* TRUE */
    int holds;
    char *wrong_claim, *truth; /* where it refutes one; or NULL */
} check;

typedef struct table_cell {
    char *text;
    int number;     /* stands at the right */
    char *expected; /* what the text has to be for a check to hold; NULL: no check */
    int holds;
} table_cell;
typedef struct record_table {
    char *caption;
    int columns;
    int n_cells;
    table_cell *cells; /* the first row is the heads */
} record_table;

typedef enum series_kind {
    SERIES_LINE,
    SERIES_MARK,
    SERIES_POINTS,
    SERIES_BARS,
    SERIES_SURFACE
} series_kind;
typedef struct series {
    series_kind kind;
    char *label;           /* or NULL */
    int64_t n;             /* SURFACE: rows * columns */
    double *at, *value;    /* SURFACE: at is NULL; MARK: value is NULL */
    double width;          /* BARS */
    int64_t rows, columns; /* SURFACE */
} series;
typedef struct record_figure {
    figure_look look; /* its texts are the record's own */
    int n_series;
    series *series;
} record_figure;

typedef struct item {
    item_kind kind;
    char *text; /* HEADING, TEXT, FORMULA */
    check check;
    record_table table;
    record_figure figure;
} item;

typedef struct named_data {
    const char *name;
    const lk_dataset *data;
} named_data;

struct experiment {
    const experiment_info *info;
    const named_data *data; /* ends with a name NULL */
    int n_items, room;
    item *items;
    char *wrong_claim, *truth; /* of refute(), until the next check */
    lk_status status;          /* LK_OK, or why it failed */
    char failure[400];         /* a sentence */
};

/* Runs the experiment. Its failure is in status and failure, and is no failure of this call; what
 * was written down before is there, and whole. */
void experiment_run(const experiment_info *info, const named_data *data, experiment *out);
void experiment_free(experiment *x); /* leaves it empty; an empty one may be freed */
/* How many checks hold, and how many there are, cells of tables among them. */
int experiment_holds(const experiment *x, int *checks);
/* Likewise of one table. */
int table_holds(const record_table *t, int *checks);

/* What keeps a figure from being drawn; NULL: nothing does. */
const char *figure_mistake(const record_figure *f);

/* "0.8176", and "0.412 ± 0.013" where there are several; NaN is "–". */
void number_text(double value, int decimals, char *text, size_t size);
void measurement_text(measurement m, int decimals, char *text, size_t size);
/* The measured number as text, with the digits that its check calls for: "0.8176",
 * "0.412 ± 0.013". */
void check_measured_text(const check *c, char *text, size_t size);
/* What was asked for: "0.8176", "at least 0.9". */
void check_expected_text(const check *c, char *text, size_t size);
/* "0.8176"; of a check "0.8176 ✓", or "0.8177 ✗ 0.8176" with what it should have been. */
void table_cell_text(const table_cell *c, char *text, size_t size);
/* Whether the k-th cell stands at the right: a number, or a head over numbers. */
int table_cell_right(const record_table *t, int k);

#endif
