/* replay_main.c: runs a fuzz target once on every file of the given directories, without a fuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    struct stat about;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &about)) {
        perror(path);
        if (file) fclose(file);
        return 1;
    }
    const size_t size = (size_t)about.st_size;
    uint8_t *data =
        malloc(size ? size : 1); /* just as large, so that a read beyond it is noticed */
    const int whole = data && fread(data, 1, size, file) == size;
    fclose(file);
    if (whole)
        LLVMFuzzerTestOneInput(data, size);
    else
        fprintf(stderr, "%s: cannot be read\n", path);
    free(data);
    return !whole;
}

/* The number of files that were run, or -1. */
static int replay_directory(const char *path)
{
    DIR *directory = opendir(path);
    int files = 0;
    if (!directory) {
        perror(path);
        return -1;
    }
    for (struct dirent *entry; files >= 0 && (entry = readdir(directory));) {
        char name[4096];
        if (entry->d_name[0] == '.') continue;
        const int length = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        const int fits = length > 0 && (size_t)length < sizeof name;
        files = fits && !replay_file(name) ? files + 1 : -1;
    }
    closedir(directory);
    return files;
}

int main(int argc, char **argv)
{
    const uint8_t nothing = 0;
    LLVMFuzzerTestOneInput(&nothing, 0);
    for (int i = 1; i < argc; i++) {
        const int files = replay_directory(argv[i]);
        if (files <= 0) {
            fprintf(stderr, "%s: no seeds\n", argv[i]);
            return 1;
        }
        printf("%s: %d files\n", argv[i], files);
    }
    return 0;
}
