#define _XOPEN_SOURCE 700
#include "atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_ATTEMPTS = 1000, NAME_ROOM = 64 };

static int refuse(const atomic_file *f, const char *action, int reason, error *e)
{
    return error_file(e, f->name, "%s: %s", action, strerror(reason));
}

/* Opens a new file next to the target under a name of its own: a suffix on the target's name could
 * make that too long. */
static int open_temporary(atomic_file *f, error *e)
{
    const char *slash = strrchr(f->target, '/');
    const size_t directory = slash ? (size_t)(slash - f->target) + 1 : 0;
    const size_t size = directory + NAME_ROOM;
    char *path = malloc(size);
    if (!path) {
        refuse(f, "cannot be written", errno, e);
        return -1;
    }
    memcpy(path, f->target, directory);
    int fd = -1;
    for (int i = 0; fd < 0 && i < NAME_ATTEMPTS; i++) {
        snprintf(path + directory, NAME_ROOM, ".losskit-%ld-%d.tmp", (long)getpid(), i);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST) break;
    }
    if (fd < 0) {
        refuse(f, "cannot be written", errno, e);
        free(path);
        return -1;
    }
    f->temporary = path;
    return fd;
}

static int begin_temporary(atomic_file *f, const struct stat *replaced, error *e)
{
    const int fd = open_temporary(f, e);
    if (fd < 0) return -1;
    if (replaced && fchmod(fd, replaced->st_mode & 0777)) {
        refuse(f, "its permissions cannot be kept", errno, e);
        close(fd);
        return -1;
    }
    f->stream = fdopen(fd, "wb");
    if (f->stream) return 0;
    refuse(f, "cannot be written", errno, e);
    close(fd);
    return -1;
}

/* realpath(), so that a symbolic link stays one and its target is replaced. */
static int begin_existing(atomic_file *f, const char *path, const struct stat *info, error *e)
{
    if (!S_ISREG(info->st_mode)) {
        f->stream = fopen(path, "wb");
        return f->stream ? 0 : refuse(f, "cannot be written", errno, e);
    }
    if (access(path, W_OK)) return refuse(f, "cannot be replaced", errno, e);
    f->target = realpath(path, NULL);
    return f->target ? begin_temporary(f, info, e) : refuse(f, "cannot be written", errno, e);
}

static int begin(atomic_file *f, const char *path, error *e)
{
    if (strcmp(path, "-") == 0) {
        f->stream = stdout;
        return 0;
    }
    struct stat info;
    if (stat(path, &info) == 0) return begin_existing(f, path, &info, e);
    if (errno != ENOENT || !*path) return refuse(f, "cannot be written", errno, e);
    f->target = strdup(path);
    return f->target ? begin_temporary(f, NULL, e) : refuse(f, "cannot be written", errno, e);
}

int atomic_begin(atomic_file *f, const char *path, error *e)
{
    *f = (atomic_file){0};
    f->name = strdup(strcmp(path, "-") == 0 ? "standard output" : path);
    if (!f->name) return error_file(e, path, "no memory for its name");
    if (begin(f, path, e) == 0) return 0;
    atomic_abort(f);
    return -1;
}

int atomic_write(atomic_file *f, const void *data, size_t size, error *e)
{
    if (size == 0 || fwrite(data, 1, size, f->stream) == size) return 0;
    return refuse(f, "writing failed", errno, e);
}

static void release(atomic_file *f)
{
    free(f->name);
    free(f->target);
    free(f->temporary);
    *f = (atomic_file){0};
}

/* Closes without a flush, which would still write what is buffered. */
static void discard(FILE *stream)
{
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, fileno(stream));
        close(nowhere);
    }
    fclose(stream);
}

void atomic_abort(atomic_file *f)
{
    if (f->stream && f->stream != stdout) discard(f->stream);
    if (f->temporary) unlink(f->temporary);
    release(f);
}

/* Leaves only the rename to do. The cause of an unchecked fprintf()'s failure is no longer known,
 * but the flush usually meets it again. */
static int prepare(atomic_file *f, error *e)
{
    FILE *stream = f->stream;
    if (!stream) return 0;
    const int failed_before = ferror(stream);
    if (fflush(stream)) return refuse(f, "writing failed", errno, e);
    if (failed_before) return error_file(e, f->name, "writing failed");
    if (f->temporary && fsync(fileno(stream))) return refuse(f, "writing failed", errno, e);
    f->stream = NULL;
    if (stream != stdout && fclose(stream)) return refuse(f, "closing failed", errno, e);
    return 0;
}

static int finish(atomic_file *f, error *e)
{
    if (f->temporary && rename(f->temporary, f->target))
        return refuse(f, "cannot be renamed into place", errno, e);
    release(f);
    return 0;
}

static int refuse_duplicates(const atomic_file *files, size_t count, error *e)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (files[i].target && files[j].target && strcmp(files[i].target, files[j].target) == 0)
                return error_file(e, files[i].name, "two outputs are to be written to it");
    return 0;
}

/* Those written directly come last: what they have shown cannot be taken back. */
static int prepare_all(atomic_file *files, size_t count, error *e)
{
    if (refuse_duplicates(files, count, e)) return -1;
    for (int direct = 0; direct < 2; direct++)
        for (size_t i = 0; i < count; i++)
            if ((files[i].temporary == NULL) == direct && prepare(&files[i], e)) return -1;
    return 0;
}

int atomic_commit_all(atomic_file *files, size_t count, error *e)
{
    int status = prepare_all(files, count, e);
    for (size_t i = 0; status == 0 && i < count; i++) status = finish(&files[i], e);
    if (status)
        for (size_t i = 0; i < count; i++) atomic_abort(&files[i]);
    return status;
}

int atomic_commit(atomic_file *f, error *e) { return atomic_commit_all(f, 1, e); }

/* ---- one file -----------------------------------------------------------------------------------
 */

static void mask_signals(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(how, &set, NULL);
}

int atomic_put(const char *path, atomic_writer *writer, const void *context, error *e)
{
    atomic_file file;
    mask_signals(SIG_BLOCK);
    int status = atomic_begin(&file, path, e);
    if (status || !file.temporary) mask_signals(SIG_UNBLOCK);
    if (status) return status;
    const int held = file.temporary != NULL;
    status = writer(&file, context, e);
    if (status)
        atomic_abort(&file);
    else
        status = atomic_commit(&file, e);
    if (held) mask_signals(SIG_UNBLOCK);
    return status;
}

/* A pipe would see its writer come and go; a directory is refused by the opening. */
int atomic_try(const char *path, error *e)
{
    struct stat info;
    atomic_file file;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) return 0;
    mask_signals(SIG_BLOCK);
    const int status = atomic_begin(&file, path, e);
    if (!status) atomic_abort(&file);
    mask_signals(SIG_UNBLOCK);
    return status;
}

/* The one name of a file that is there, or could be; NULL: it has none. */
static char *real_name(const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0) return S_ISREG(info.st_mode) ? realpath(path, NULL) : NULL;
    const char *slash = strrchr(path, '/');
    const size_t base = slash ? (size_t)(slash - path) + 1 : 0;
    char *folder = base ? strndup(path, base) : strdup(".");
    char *real = folder ? realpath(folder, NULL) : NULL;
    const size_t size = real ? strlen(real) + strlen(path + base) + 2 : 0;
    char *name = real ? malloc(size) : NULL;
    if (name) snprintf(name, size, "%s/%s", real, path + base);
    free(folder);
    free(real);
    return name;
}

int same_file(const char *a, const char *b)
{
    char *first = strcmp(a, "-") ? real_name(a) : NULL;
    char *second = strcmp(b, "-") ? real_name(b) : NULL;
    const int same = first && second && !strcmp(first, second);
    free(first);
    free(second);
    return same;
}
