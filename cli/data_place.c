#define _XOPEN_SOURCE 700
#include "data_parts.h"
#include "format.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Where a data set lies: a path, the files of a directory, or a name in one of the folders. */

enum { PLACES = 4, PLACES_SHOWN = 300 };

static int is_kind(const char *path, mode_t kind)
{
    struct stat about;
    return stat(path, &about) == 0 && (about.st_mode & S_IFMT) == kind;
}

static int exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

static char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *text_of(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

/* The path where there is such a file; else it is freed. */
static char *if_file(char *path)
{
    if (path && exists(path) && !is_kind(path, S_IFDIR)) return path;
    free(path);
    return NULL;
}

/* ---- a directory with MNIST's files -------------------------------------------------------------
 */

static char *find_images(const char *folder, const char *part)
{
    static const char *const ends[] = {"-images-idx3-ubyte", "-images.idx3-ubyte"};
    for (size_t i = 0; i < 4; i++) {
        char *path = if_file(text_of("%s/%s%s%s", folder, part, ends[i / 2], i % 2 ? ".gz" : ""));
        if (path) return path;
    }
    return NULL;
}

static int enter_folder(const data_request *q, const char *folder, char **path, error *e)
{
    const int is_test = q->part && strcmp(q->part, "test") == 0;
    *path = find_images(folder, is_test ? "t10k" : "train");
    if (!*path && !is_test) *path = find_images(folder, "t10k");
    if (*path) return 0;
    return error_file(e, folder,
                      "it is a directory without %s-images-idx3-ubyte (or the same with \".gz\"); "
                      "expected a file, or the files of MNIST",
                      is_test ? "t10k" : "train");
}

char *data_labels_beside(const char *images)
{
    const char *slash = strrchr(images, '/');
    const char *base = slash ? slash + 1 : images;
    const char *word = strstr(base, "images");
    if (!word) return NULL;
    char *path = text_of("%.*slabels%s.gz", (int)(word - images), images, word + strlen("images"));
    if (!path) return NULL;
    char *idx = strstr(path + (word - images), "idx3");
    if (idx) idx[3] = '1';
    char *end = path + strlen(path) - 3;
    if (end - path > 3 && strcmp(end - 3, ".gz.gz") == 0) *end = '\0';
    if (exists(path)) return path;
    path[strlen(path) - 3] = '\0';
    return if_file(path);
}

/* ---- names --------------------------------------------------------------------------------------
 */

static int is_called(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    const size_t wanted = strlen(name);
    while (length && folder[length - 1] == '/') length--;
    return length >= wanted && memcmp(folder + length - wanted, name, wanted) == 0 &&
           (length == wanted || folder[length - wanted - 1] == '/');
}

/* A set's file or directory in the folder, or the folder that is called like it. */
static char *find_in(const char *folder, const char *name)
{
    static const char *const ends[] = {"",        ".csv",    ".csv.gz",    ".npz", ".svm",
                                       ".svm.gz", ".libsvm", ".libsvm.gz", ".npy"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *path = text_of("%s/%s%s", folder, name, ends[i]);
        if (path && exists(path)) return path;
        free(path);
    }
    return is_called(folder, name) && is_kind(folder, S_IFDIR) ? strdup(folder) : NULL;
}

static int find_name(const data_request *q, char **path, error *e)
{
    const char *const places[PLACES] = {q->folder, getenv("LOSSKIT_DATA"), "data",
                                        LOSSKIT_DATA_FOLDER};
    char looked[PLACES_SHOWN] = "";
    for (int i = 0; i < PLACES; i++) {
        if (!places[i] || !*places[i]) continue;
        *path = find_in(places[i], q->path);
        if (*path) return 0;
        append(looked, sizeof looked, "%s%s", *looked ? ", " : "", places[i]);
    }
    if (strcmp(q->path, "mnist") == 0)
        return error_file(e, q->path,
                          "MNIST does not ship with losskit, and it is not in %s; --data DIR names "
                          "the folder that has it",
                          looked);
    return error_file(
        e, q->path,
        "there is no such file, and no data set of this name in %s; digits, "
        "breast_cancer and diabetes ship with losskit, --data DIR names another folder",
        looked);
}

int data_locate(const data_request *q, char **path, int *in_directory, error *e)
{
    *path = NULL;
    char *found = NULL;
    if (strcmp(q->path, "-") != 0 && !exists(q->path) && *q->path && !strchr(q->path, '/')) {
        if (find_name(q, &found, e)) return -1;
    } else if (!(found = strdup(q->path))) {
        return error_file(e, q->path, "no memory for its name");
    }
    *in_directory = is_kind(found, S_IFDIR);
    if (!*in_directory) {
        *path = found;
        return 0;
    }
    const int status = enter_folder(q, found, path, e);
    free(found);
    return status;
}
