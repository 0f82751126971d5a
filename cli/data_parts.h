/* data_parts.h: what the readers of data sets share. Each fills out->data but for its target, and
 * collects the labels, which are then made classes or numbers in one place. */
#ifndef LK_CLI_DATA_PARTS_H
#define LK_CLI_DATA_PARTS_H

#include "data_file.h"
#include "source.h"

typedef struct data_label {
    const char *text; /* in the source or the pool, no blanks around it; NULL: the number alone */
    size_t length;
    double number; /* NaN: it is a word */
    int64_t row;   /* from 0 */
    int64_t place; /* line of the file, or row from 1 */
} data_label;

typedef struct data_labels {
    data_label *items; /* [count]; NULL: there are no labels */
    int64_t count;
    const char *unit; /* "line" or "row" */
    char *pool;       /* texts that are not in the source as they are */
    size_t pooled;
} data_labels;

int data_labels_allocate(data_labels *labels, int64_t count, const char *unit, const source *s,
                         error *e);
void data_labels_free(data_labels *labels);

/* Makes out->data.target and the classes of the labels. */
int data_learn_targets(const data_request *request, const source *s, data_labels *labels,
                       data_file *out, error *e);

/* Which of the columns of a table is what; from 1, 0: none. */
typedef struct data_columns {
    int64_t count, label, weight;
} data_columns;

/* label and weight are the columns that the request names, usual the one that is else the label. */
int data_choose_columns(const data_request *request, const char *name, int64_t usual,
                        data_columns *columns, error *e);
int64_t data_feature_columns(const data_columns *columns);

int data_read_csv(const data_request *request, const source *s, data_file *out, data_labels *labels,
                  error *e);
int data_read_libsvm(const data_request *request, const source *s, data_file *out,
                     data_labels *labels, error *e);
int data_read_npy(const data_request *request, const source *s, data_file *out, data_labels *labels,
                  error *e);
int data_read_npz(const data_request *request, const source *s, data_file *out, data_labels *labels,
                  error *e);
int data_read_idx(const data_request *request, const source *s, data_file *out, data_labels *labels,
                  error *e);

/* data_file_read() of bytes in memory, not gzipped. */
int data_file_parse(const data_request *request, const source *s, data_file *out, error *e);

/* The file that the request's path stands for, owned by the receiver; *in_directory: it is the part
 * of a directory that the request names. */
int data_locate(const data_request *request, char **path, int *in_directory, error *e);
/* The file of labels beside a file of images, or NULL; owned by the receiver. */
char *data_labels_beside(const char *images);

#endif
