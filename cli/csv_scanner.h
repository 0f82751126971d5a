/* csv_scanner.h: the fields of a CSV text (RFC 4180): separated by commas, semicolons or tabs,
 * quoted or not, quotes doubled within quotes, lines ended by LF or CR LF; blank lines at the end
 * are no rows. */
#ifndef LK_CLI_CSV_SCANNER_H
#define LK_CLI_CSV_SCANNER_H

#include "source.h"

typedef struct csv_reader {
    const source *s;
    size_t at, end; /* end: of the last row */
    char delimiter;
    int64_t line;
    int64_t column; /* of the field that comes next, from 1 */
} csv_reader;

typedef struct csv_field {
    const char *text; /* within the quotes, where doubled ones stay doubled */
    size_t length;
    int64_t line, column; /* where it begins */
    int quoted;
    int ends_row;
} csv_field;

typedef struct csv_table {
    csv_reader begin; /* at the first row */
    csv_reader first; /* at the first row of data: the second one where there is a header */
    int64_t columns;
    int has_header; /* a field of the first row is neither a number nor empty */
} csv_table;

/* Reads the first row. */
int csv_open(const source *s, csv_table *table, error *e);

/* The column called key in the header, or else with that number; from 1. */
int csv_find(const csv_table *table, const char *key, int64_t *column, error *e);

/* The rows from table->first on, each of as many fields as the first row has. */
int csv_count(const csv_table *table, int64_t *rows, error *e);

int csv_next(csv_reader *reader, csv_field *field, error *e);
int csv_at_end(const csv_reader *reader); /* whether no row is left */

int csv_is_name(const csv_field *field); /* neither a number nor empty */
int csv_equals(const csv_field *field, const char *text);

/* Writes the field without quotes' doubling, and no zero; at most field->length characters. */
size_t csv_unquote(const csv_field *field, char *out);

typedef struct csv_place {
    char text[64];
} csv_place;
csv_place csv_place_of(const csv_field *field); /* "line 3, column 2" */

#endif
