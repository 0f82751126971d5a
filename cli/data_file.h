/* data_file.h: files as data sets: rows of features and what is to be learned.
 *
 * CSV      A header or none. The label is the column that the request names, else the one that is
 *          called label, target, class or y (if just one is), else the last; all others but that of
 *          the weights are features. The first row is a header when it has a word over a column
 *          whose second field is none, or the name of the label or the weight.
 * LIBSVM   Stays sparse. Labels are numbers.
 * .npy     A table as in CSV, without names.
 * .npz     Features x, X, features or data; labels y, Y, labels, label, target or targets; weights
 *          only as the request names them. x_train, y_train, x_test, y_test are two parts. Labels
 *          with columns are several numbers to be learned.
 * IDX      Images; their labels lie in the file that has "labels" for "images" (and "idx1" for
 *          "idx3") in its name. A directory with the files of MNIST (train-images-idx3-ubyte,
 *          train-labels-idx1-ubyte, t10k-..., gzipped or not, or with ".idx3") has two parts; where
 *          t10k alone is there, it is both.
 *
 * Bytes with three or four dimensions [N, height, width(, channels)] are images: they become
 * features from 0 to 1, the byte divided by 255. Everything but a directory may be gzipped, and "-"
 * is standard input. What is no file and has no '/' is the name of a set: it is looked for in the
 * folder of the request, LOSSKIT_DATA, ./data, and the installed data. */
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
    const char *label;  /* column by name or number from 1, array of an .npz; NULL: as above */
    const char *weight; /* column or array of the sample weights, or NULL: there are none */
    const char *part;   /* "train" or "test"; NULL: train. What has no parts is "train" */
    data_task task;
    /* Of a model that is to be applied: its classes, in order, and what the label and the weight of
     * its training were called. Another file may lack these, or call them otherwise. */
    const char *const *class_names;
    int64_t n_classes;
    const char *known_label, *known_weight;
    int unlabelled; /* no label is asked for: what stands in its place is not read */
    /* Its features, or 0. A table with as many columns (but the weights') has no label, where none
     * is asked for; another number of features is refused, but sparse rows get just so many: a
     * feature that the model has never seen counts for nothing. */
    int64_t n_features;
} data_request;

/* Classes are in the order of their numbers, or bytewise where one of them is a word. Those of a
 * request with class_names are its own. Numbers are the same whatever way they are written, unless
 * there is a word among them. */
typedef struct data_file {
    lk_dataset data;      /* data.targets is 0 where there are no labels */
    char **class_names;   /* [data.classes]; numbers as they are written; NULL: no classes */
    char **feature_names; /* [data.features]; NULL: they have none */
    char *label_name, *weight_name;  /* NULL: it has none */
    int64_t height, width, channels; /* where the features are images; else 0 */
    char *path;                      /* where the data was found */
} data_file;

/* On failure out is empty. */
int data_file_read(const data_request *request, data_file *out, error *e);
/* The rows, which the caller then frees; how many names there are stays with the file. */
lk_dataset data_file_take(data_file *file);
void data_file_free(data_file *file); /* leaves it empty; an empty one may be freed */

#endif
