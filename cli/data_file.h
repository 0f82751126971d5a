/* data_file.h: files as data sets: rows of features and what is to be learned. */
#ifndef LK_CLI_DATA_FILE_H
#define LK_CLI_DATA_FILE_H

#include "cli_error.h"
#include "losskit_learn.h"

/* What the targets are taken for. AUTO: classes when they are words, or when they are whole numbers
 * of at most DATA_CLASSES_AUTO different values; numbers otherwise. */
typedef enum data_task { DATA_AUTO, DATA_CLASSES, DATA_NUMBERS } data_task;
enum { DATA_CLASSES_AUTO = 100 };

typedef struct data_request {
    const char *path;   /* DATA as the user writes it: a file, a directory, the name of a set */
    const char *folder; /* --data DIR, or NULL */
    const char *label;  /* column of the label by name or number from 1; NULL: the format's own */
    const char *weight; /* column of the sample weights, or NULL */
    const char *part;   /* of a directory: "train", "test"; NULL: train */
    data_task task;
    /* Of a model that is to be applied: its classes, in order, and whether labels may be absent. */
    const char *const *class_names;
    int64_t n_classes;
    int label_optional;
} data_request;

typedef struct data_file {
    lk_dataset data;
    char **class_names;   /* [data.classes]; numbers as they are written; NULL: no classes */
    char **feature_names; /* [data.features]; NULL: they have none */
    char *label_name;     /* NULL: it has none */
    int64_t height, width, channels; /* where the features are images; else 0 */
} data_file;

/* On failure out is empty. */
int data_file_read(const data_request *request, data_file *out, error *e);
void data_file_free(data_file *file);

#endif
