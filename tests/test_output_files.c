/* The .npy writer and the atomic file. */
#define _XOPEN_SOURCE 700
#include "files_support.h"

#include "losskit.h"
#include "write_npy.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int enter(void **state)
{
    (void)state;
    enter_scratch();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    leave_scratch();
    return 0;
}

static void expect_text(const char *path, const char *text)
{
    const bytes b = read_back(path);
    assert_int_equal(b.size, strlen(text));
    assert_memory_equal(b.data, text, b.size);
}

static void npy_bytes_are_numpys(void **state)
{
    (void)state;
    const float values[] = {1.5F, -2.0F};
    const int64_t shape[] = {2};
    error e;
    assert_int_equal(write_npy("a.npy", values, LK_F32, 1, shape, &e), 0);
    bytes expected = {.size = 0};
    put(&expected, "\x93NUMPY\1\0\x76\0", 10);
    put_text(&expected, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }");
    while (expected.size < 127) put_text(&expected, " ");
    put(&expected, "\n\0\0\xc0\x3f\0\0\0\xc0", 9);
    const bytes found = read_back("a.npy");
    assert_int_equal(found.size, expected.size);
    assert_memory_equal(found.data, expected.data, expected.size);
    assert_int_equal(scratch_entries(), 1);
}

static void every_type_comes_back(void **state)
{
    (void)state;
    static const int dtypes[] = {LK_F64, LK_F32, LK_F16, LK_BF16, LK_I32, LK_I64, LK_U8};
    static const char *const paths[] = {"a.npy", "a.npy.gz"};
    static const int64_t shapes[][8] = {{2, 3}, {6}, {0, 4}, {1, 1, 1, 1, 1, 1, 2, 3}};
    static const int ndims[] = {2, 1, 2, 8};
    unsigned char data[48];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (unsigned char)(i * 5);
    for (size_t i = 0; i < 7 * 2 * 4; i++) {
        const int dtype = dtypes[i % 7], ndim = ndims[i / 14];
        const char *path = paths[i / 7 % 2];
        error e;
        array a;
        assert_int_equal(write_npy(path, data, dtype, ndim, shapes[i / 14], &e), 0);
        assert_int_equal(array_read(path, &a, &e), 0);
        assert_int_equal(a.dtype, dtype);
        assert_int_equal(a.ndim, ndim);
        assert_memory_equal(a.shape, shapes[i / 14], sizeof(int64_t) * (size_t)ndim);
        assert_memory_equal(a.data, data, (size_t)a.count * dtype_size(dtype));
        array_free(&a);
    }
    const bytes header = read_back("a.npy");
    assert_memory_equal(header.data + 10, "{'descr': '|u1', 'f", 19);
    const double scalar = 4;
    error e;
    array a;
    assert_int_equal(write_npy("s.npy", &scalar, LK_F64, 0, NULL, &e), 0);
    expect_array(array_read("s.npy", &a, &e), &a, &e, LK_F64, "()", &scalar);
}

static void noise_survives_compression(void **state)
{
    (void)state;
    static unsigned char noise[300000];
    const int64_t shape[] = {sizeof noise};
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        random = random * 1664525 + 1013904223;
        noise[i] = (unsigned char)(random >> 24);
    }
    error e;
    array a;
    assert_int_equal(write_npy("a.npy.gz", noise, LK_U8, 1, shape, &e), 0);
    assert_int_equal(array_read("a.npy.gz", &a, &e), 0);
    assert_memory_equal(a.data, noise, sizeof noise);
    array_free(&a);
}

static void compression_compresses(void **state)
{
    (void)state;
    static const double zeros[200000];
    const int64_t shape[] = {200000};
    error e;
    array a;
    assert_int_equal(write_npy("a.npy.gz", zeros, LK_F64, 1, shape, &e), 0);
    const bytes packed = read_back("a.npy.gz");
    assert_memory_equal(packed.data, "\x1f\x8b\x08\0\0\0\0\0", 8);
    assert_true(packed.size < 3000);
    expect_array(array_read("a.npy.gz", &a, &e), &a, &e, LK_F64, "(200000,)", zeros);
}

static void permissions_and_links_are_kept(void **state)
{
    (void)state;
    const int64_t shape[] = {1};
    error e;
    struct stat info;
    const mode_t before = umask(027);
    assert_int_equal(write_npy("new.npy", "x", LK_U8, 1, shape, &e), 0);
    umask(before);
    assert_int_equal(stat("new.npy", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(chmod("new.npy", 0604), 0);
    assert_int_equal(symlink("new.npy", "link.npy"), 0);
    assert_int_equal(write_npy("link.npy", "y", LK_U8, 1, shape, &e), 0);
    assert_int_equal(lstat("link.npy", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat("new.npy", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0604);
    assert_int_equal(read_back("new.npy").data[128], 'y');
    assert_int_equal(scratch_entries(), 2);
}

/* Stands in for a full disk. */
static void limit_file_size(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Not /dev/null or /dev/full: run as root, a writer that is broken would replace them. */
static int open_fifo(void)
{
    assert_int_equal(mkfifo("fifo", 0600), 0);
    const int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    return reader;
}

static void what_is_no_file_is_written_directly(void **state)
{
    (void)state;
    const int64_t shape[] = {1};
    error e;
    struct stat info;
    unsigned char found[200];
    const int reader = open_fifo();
    assert_int_equal(write_npy("fifo", "x", LK_U8, 1, shape, &e), 0);
    assert_int_equal(read(reader, found, sizeof found), 129);
    assert_int_equal(found[128], 'x');
    close(reader);
    assert_int_equal(stat("fifo", &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    assert_int_equal(scratch_entries(), 1);
}

static void a_broken_pipe_holds_back_the_files(void **state)
{
    (void)state;
    error e;
    atomic_file files[2];
    write_file("a", "old", 3);
    const int reader = open_fifo();
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(atomic_begin(&files[0], "fifo", &e), 0);
    assert_int_equal(atomic_begin(&files[1], "a", &e), 0);
    for (int i = 0; i < 2; i++) assert_int_equal(atomic_write(&files[i], "new", 3, &e), 0);
    close(reader);
    const int status = atomic_commit_all(files, 2, &e);
    signal(SIGPIPE, SIG_DFL);
    expect_sentence(status, NULL, &e, "fifo: writing failed: Broken pipe");
    expect_text("a", "old");
    assert_int_equal(scratch_entries(), 2);
}

/* A file that cannot be written holds back what a pipe would have shown at once. */
static void pipes_are_written_last(void **state)
{
    (void)state;
    error e;
    atomic_file files[2];
    char found[8];
    const int reader = open_fifo();
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(atomic_begin(&files[0], "fifo", &e), 0);
    assert_int_equal(atomic_begin(&files[1], "a", &e), 0);
    for (int i = 0; i < 2; i++) assert_int_equal(atomic_write(&files[i], "new", 3, &e), 0);
    limit_file_size(1);
    assert_int_equal(atomic_commit_all(files, 2, &e), -1);
    limit_file_size(RLIM_INFINITY);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(read(reader, found, sizeof found), 0);
    close(reader);
    assert_int_equal(scratch_entries(), 1);
}

static void outputs_are_refused(void **state)
{
    (void)state;
    const int64_t shape[] = {1}, negative[] = {-1}, nine[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    error e;
    assert_int_equal(mkdir("dir", 0777), 0);
    expect_sentence(write_npy("dir", "x", LK_U8, 1, shape, &e), NULL, &e,
                    "dir: cannot be written: Is a directory");
    expect_sentence(write_npy("none/a", "x", LK_U8, 1, shape, &e), NULL, &e,
                    "none/a: cannot be written: No such file or directory");
    expect_sentence(write_npy("", "x", LK_U8, 1, shape, &e), NULL, &e,
                    "\"\": cannot be written: No such file or directory");
    expect_sentence(write_npy("a.npy", "x", LK_U8, 1, negative, &e), NULL, &e,
                    "a.npy: the shape (-1,) cannot be written");
    expect_sentence(write_npy("a.npy", "x", LK_U8, 9, nine, &e), NULL, &e,
                    "a.npy: 9 dimensions cannot be written; expected 0 to 8");
    expect_sentence(write_npy("a.npy", "x", 0x0108 + 1, 1, shape, &e), NULL, &e,
                    "a.npy: dtype 0x0109 cannot be written");
    assert_int_equal(scratch_entries(), 1);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    static const double values[100000] = {1};
    const int64_t large[] = {100000}, small[] = {100};
    error e;
    write_file("old.npy", "old", 3);
    signal(SIGXFSZ, SIG_IGN);
    limit_file_size(500);
    const int first = write_npy("old.npy", values, LK_F64, 1, large, &e);
    const int second = write_npy("new.npy", values, LK_F64, 1, small, &e);
    limit_file_size(RLIM_INFINITY);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(first, -1);
    expect_sentence(second, NULL, &e, "new.npy: writing failed: File too large");
    expect_text("old.npy", "old");
    assert_int_equal(scratch_entries(), 1);
}

static void an_unchecked_failure_is_met_by_the_commit(void **state)
{
    (void)state;
    error e;
    atomic_file f;
    write_file("old", "old", 3);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(atomic_begin(&f, "old", &e), 0);
    limit_file_size(10);
    for (int i = 0; i < 10000; i++) fprintf(f.stream, "line %d\n", i);
    const int status = atomic_commit(&f, &e);
    limit_file_size(RLIM_INFINITY);
    signal(SIGXFSZ, SIG_DFL);
    expect_sentence(status, NULL, &e, "old: writing failed: File too large");
    expect_text("old", "old");
    assert_int_equal(scratch_entries(), 1);
}

static void a_failure_that_a_flush_does_not_repeat_is_met(void **state)
{
    (void)state;
    static const char large[100000];
    error e;
    atomic_file f;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(atomic_begin(&f, "a", &e), 0);
    limit_file_size(10);
    assert_true(fwrite(large, 1, sizeof large, f.stream) < sizeof large);
    limit_file_size(RLIM_INFINITY);
    signal(SIGXFSZ, SIG_DFL);
    fflush(f.stream);
    expect_sentence(atomic_commit(&f, &e), NULL, &e, "a: writing failed");
    assert_int_equal(scratch_entries(), 0);
}

static void nothing_shows_before_the_commit(void **state)
{
    (void)state;
    error e;
    atomic_file f;
    write_file("a", "old", 3);
    assert_int_equal(atomic_begin(&f, "a", &e), 0);
    assert_int_equal(atomic_write(&f, "new", 3, &e), 0);
    fflush(f.stream);
    expect_text("a", "old");
    assert_int_equal(scratch_entries(), 2);
    atomic_abort(&f);
    atomic_abort(&f);
    expect_text("a", "old");
    assert_int_equal(scratch_entries(), 1);
    assert_int_equal(atomic_begin(&f, "a", &e), 0);
    fprintf(f.stream, "newer");
    assert_int_equal(atomic_commit(&f, &e), 0);
    expect_text("a", "newer");
    assert_int_equal(scratch_entries(), 1);
}

static void several_are_all_or_none(void **state)
{
    (void)state;
    const int64_t shape[] = {1}, negative[] = {-1};
    npy_output outputs[] = {{"a.npy", "x", LK_U8, 1, shape}, {"b.npy", "y", LK_U8, 1, shape}};
    error e;
    write_file("a.npy", "old", 3);
    outputs[1].shape = negative;
    assert_int_equal(write_arrays(outputs, 2, &e), -1);
    outputs[1].shape = shape;
    outputs[1].path = "./a.npy";
    expect_sentence(write_arrays(outputs, 2, &e), NULL, &e,
                    "./a.npy: two outputs are to be written to it");
    expect_text("a.npy", "old");
    assert_int_equal(scratch_entries(), 1);
    outputs[1].path = "b.npy";
    assert_int_equal(write_arrays(outputs, 2, &e), 0);
    assert_int_equal(read_back("a.npy").data[128], 'x');
    assert_int_equal(read_back("b.npy").data[128], 'y');
    assert_int_equal(scratch_entries(), 2);
}

static void standard_output_is_written(void **state)
{
    (void)state;
    const int64_t shape[] = {1};
    error e;
    fflush(stdout);
    const int saved = dup(STDOUT_FILENO);
    assert_non_null(freopen("out", "wb", stdout));
    const int status = write_npy("-", "x", LK_U8, 1, shape, &e);
    assert_non_null(freopen("/dev/full", "wb", stdout));
    const int full = write_npy("-", "x", LK_U8, 1, shape, &e);
    assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    close(saved);
    clearerr(stdout);
    assert_int_equal(status, 0);
    expect_sentence(full, NULL, &e, "standard output: writing failed: No space left on device");
    assert_int_equal(read_back("out").size, 129);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(npy_bytes_are_numpys, enter, leave),
        cmocka_unit_test_setup_teardown(every_type_comes_back, enter, leave),
        cmocka_unit_test_setup_teardown(noise_survives_compression, enter, leave),
        cmocka_unit_test_setup_teardown(compression_compresses, enter, leave),
        cmocka_unit_test_setup_teardown(permissions_and_links_are_kept, enter, leave),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_written_directly, enter, leave),
        cmocka_unit_test_setup_teardown(a_broken_pipe_holds_back_the_files, enter, leave),
        cmocka_unit_test_setup_teardown(pipes_are_written_last, enter, leave),
        cmocka_unit_test_setup_teardown(outputs_are_refused, enter, leave),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_the_old_file, enter, leave),
        cmocka_unit_test_setup_teardown(an_unchecked_failure_is_met_by_the_commit, enter, leave),
        cmocka_unit_test_setup_teardown(a_failure_that_a_flush_does_not_repeat_is_met, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(nothing_shows_before_the_commit, enter, leave),
        cmocka_unit_test_setup_teardown(several_are_all_or_none, enter, leave),
        cmocka_unit_test_setup_teardown(standard_output_is_written, enter, leave),
    };
    return cmocka_run_group_tests_name("output files", tests, NULL, NULL);
}
