/* Arrays and images as data sets, where the data is found, and every sentence. */
#define _XOPEN_SOURCE 700
#include "files_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* ---- arrays -------------------------------------------------------------------------------------
 */

static bytes npy_of(const char *type, const char *shape, const void *data, size_t size)
{
    char header[128];
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s}", type,
             shape);
    return npy_bytes(1, header, data, size);
}

/* A zip archive of stored members, as NumPy writes it. */
typedef struct member {
    const char *name;
    bytes npy;
} member;

static void write_npz(const char *path, const member *members, int count)
{
    static bytes all, directory;
    all.size = directory.size = 0;
    for (int i = 0; i < count; i++) {
        const bytes *npy = &members[i].npy;
        char name[64];
        snprintf(name, sizeof name, "%s.npy", members[i].name);
        const size_t at = all.size, length = strlen(name);
        const uint64_t check = crc32(0, npy->data, (uInt)npy->size);
        put_text(&all, "PK\3\4");
        put_text(&directory, "PK\1\2");
        put_little(&directory, 20, 2);
        bytes *const both[] = {&all, &directory};
        for (int b = 0; b < 2; b++) {
            put_little(both[b], 20, 2);
            put_little(both[b], 0, 8); /* flags, method, time, date */
            put_little(both[b], check, 4);
            put_little(both[b], npy->size, 4);
            put_little(both[b], npy->size, 4);
            put_little(both[b], length, 2);
            put_little(both[b], 0, 2);
        }
        put_little(&directory, 0, 10); /* comment, disk, attributes */
        put_little(&directory, at, 4);
        put_text(&all, name);
        put_text(&directory, name);
        put(&all, npy->data, npy->size);
    }
    const size_t at = all.size;
    put(&all, directory.data, directory.size);
    put_text(&all, "PK\5\6");
    put_little(&all, 0, 4);
    put_little(&all, (uint64_t)count, 2);
    put_little(&all, (uint64_t)count, 2);
    put_little(&all, directory.size, 4);
    put_little(&all, at, 4);
    put_little(&all, 0, 2);
    write_file(path, all.data, all.size);
}

static const double table[] = {1, 2, 0, 3, 4, 1, 5, 6, 0};

static void npy_is_a_table(void **state)
{
    (void)state;
    const bytes b = npy_of("<f8", "(3, 3)", table, sizeof table);
    const bytes line = npy_of("<f8", "(9,)", table, sizeof table);
    const bytes image = npy_of("|u1", "(1, 2, 2)", "\0\63\377\0", 4);
    write_file("t.npy", b.data, b.size);
    write_file("l.npy", line.data, line.size);
    write_file("i.npy", image.data, image.size);
    data_request q = {.path = "t.npy"};
    data_file f = read_well(&q);
    expect_shape(&f, 3, 2, 2);
    EXPECT(f.data.dense, 1, 2, 3, 4, 5, 6);
    EXPECT(f.data.target, 0, 1, 0);
    expect_names(f.class_names, 2, "0|1");
    assert_string_equal(f.path, "t.npy");
    data_file_free(&f);
    q.label = "1";
    q.weight = "3";
    f = read_well(&q);
    EXPECT(f.data.dense, 2, 4, 6);
    EXPECT(f.data.target, 0, 1, 2);
    EXPECT(f.data.weight, 0, 1, 0);
    data_file_free(&f);
    q = (data_request){.path = "t.npy", .unlabelled = 1, .n_features = 3};
    f = read_well(&q);
    expect_shape(&f, 3, 3, 0);
    assert_null(f.data.target);
    EXPECT(f.data.dense, 1, 2, 0);
    data_file_free(&f);
    const bytes none = npy_of("<f8", "(0, 3)", NULL, 0);
    write_file("n.npy", none.data, none.size);
    refuse(&(data_request){.path = "n.npy"}, "n.npy: it has 0 rows of 2 features; expected some");
    refuse(&(data_request){.path = "t.npy", .label = "4"},
           "t.npy: there is no column \"4\"; expected a number from 1 to 3");
    refuse(&(data_request){.path = "t.npy", .label = "y"},
           "t.npy: there is no column \"y\"; expected a number from 1 to 3");
    refuse(&(data_request){.path = "l.npy"},
           "l.npy: it has 1 dimension and no labels; expected a table, or an .npz with x and y");
    refuse(&(data_request){.path = "i.npy"},
           "i.npy: it has 3 dimensions and no labels; expected a table, or an .npz with x and y");
    f = read_well(&(data_request){.path = "i.npy", .unlabelled = 1});
    EXPECT(f.data.dense, 0, 0.2, 1, 0);
    data_file_free(&f);
}

static void npz_has_arrays(void **state)
{
    (void)state;
    static const int64_t labels[] = {7, 3, 7};
    static const float weights[] = {1, 0.5f, 2}, negative[] = {1, -2, 1};
    const bytes x = npy_of("<f8", "(3, 2)", table, 6 * sizeof *table);
    const bytes y = npy_of("<i8", "(3,)", labels, sizeof labels);
    const bytes w = npy_of("<f4", "(3,)", weights, sizeof weights);
    const bytes n = npy_of("<f4", "(3,)", negative, sizeof negative);
    const bytes many = npy_of("<f8", "(3, 3)", table, sizeof table);
    write_npz("a.npz", (const member[]){{"X", x}, {"target", y}, {"w", w}, {"n", n}, {"m", many}},
              5);
    data_file f = read_well(&(data_request){.path = "a.npz", .weight = "w"});
    expect_shape(&f, 3, 2, 2);
    EXPECT(f.data.dense, 1, 2, 0, 3, 4, 1);
    EXPECT(f.data.target, 1, 0, 1);
    EXPECT(f.data.weight, 1, 0.5, 2);
    expect_names(f.class_names, 2, "3|7");
    assert_string_equal(f.label_name, "target");
    data_file_free(&f);
    f = read_well(&(data_request){.path = "a.npz", .label = "m"});
    assert_int_equal(f.data.targets, 3);
    EXPECT(f.data.target, 1, 2, 0, 3, 4, 1, 5, 6, 0);
    data_file_free(&f);
    refuse(&(data_request){.path = "a.npz", .label = "m", .task = DATA_CLASSES},
           "a.npz: there are 3 labels in a row; expected one class");
    refuse(&(data_request){.path = "a.npz", .label = "z"}, "a.npz: it has no array z");
    refuse(&(data_request){.path = "a.npz", .weight = "m"},
           "a.npz: the weights have 3 columns; expected 1");
    refuse(&(data_request){.path = "a.npz", .weight = "n"},
           "a.npz: dataset: weight[1, 0] = -2; expected a finite number that is not negative");
    refuse(&(data_request){.path = "a.npz", .part = "test"},
           "a.npz: it has no array x_test, the part \"test\"");
    refuse(&(data_request){.path = "a.npz", .n_features = 3},
           "a.npz: it has 2 features; the model takes 3");
    write_npz("b.npz", (const member[]){{"y", y}}, 1);
    refuse(&(data_request){.path = "b.npz"},
           "b.npz: it has no array x, X, features, data (one of them is expected)");
    write_npz("c.npz", (const member[]){{"x", x}}, 1);
    refuse(&(data_request){.path = "c.npz"}, "c.npz: it has no array y, Y, labels, label, target, "
                                             "targets (one of them is expected)");
    f = read_well(&(data_request){.path = "c.npz", .unlabelled = 1});
    assert_null(f.data.target);
    data_file_free(&f);
    write_npz("d.npz", (const member[]){{"x", y}, {"y", y}}, 2);
    refuse(&(data_request){.path = "d.npz"},
           "d.npz: the features have 1 dimension; expected rows and columns");
    const bytes two = npy_of("<i8", "(2,)", labels, 2 * sizeof *labels);
    write_npz("e.npz", (const member[]){{"x", x}, {"y", two}}, 2);
    refuse(&(data_request){.path = "e.npz"}, "e.npz: dataset: target has 2 rows, features have 3");
}

static void npz_has_parts(void **state)
{
    (void)state;
    const bytes train = npy_of("|u1", "(2, 1, 2)", "\0\377\377\63", 4);
    const bytes test = npy_of("|u1", "(1, 1, 2)", "\377\377", 2);
    const bytes y_train = npy_of("|u1", "(2,)", "\4\11", 2),
                y_test = npy_of("|u1", "(1,)", "\11", 1);
    write_npz("m.npz",
              (const member[]){
                  {"x_test", test}, {"x_train", train}, {"y_train", y_train}, {"y_test", y_test}},
              4);
    data_file f = read_well(&(data_request){.path = "m.npz"});
    expect_shape(&f, 2, 2, 2);
    EXPECT(f.data.dense, 0, 1, 1, 0.2);
    EXPECT(f.data.target, 0, 1);
    assert_true(f.height == 1 && f.width == 2 && f.channels == 1);
    data_file_free(&f);
    f = read_well(&(data_request){.path = "m.npz", .part = "test"});
    expect_shape(&f, 1, 2, 1);
    expect_names(f.class_names, 1, "9");
    EXPECT(f.data.target, 0);
    data_file_free(&f);
    /* The labels that a model was trained with are not those of the other part. */
    f = read_well(&(data_request){.path = "m.npz", .part = "test", .known_label = "y_train"});
    expect_names(f.class_names, 1, "9");
    data_file_free(&f);
}

static void write_idx(const char *path, int ndim, const int *shape, const char *data, int zipped)
{
    bytes b = {.size = 0};
    const unsigned char start[] = {0, 0, 8, (unsigned char)ndim};
    size_t count = 1;
    put(&b, start, sizeof start);
    for (int d = 0; d < ndim; d++) {
        const unsigned char length[] = {0, 0, 0, (unsigned char)shape[d]};
        put(&b, length, sizeof length);
        count *= (size_t)shape[d];
    }
    put(&b, data, count);
    if (zipped) b = gzip(b.data, b.size);
    write_file(path, b.data, b.size);
}

static void idx_images_have_labels_beside_them(void **state)
{
    (void)state;
    static const int images[] = {2, 2, 3}, labels[] = {2}, three[] = {3};
    write_idx("my-images-idx3-ubyte.gz", 3, images, "\0\63\377\0\0\0\1\0\0\0\0\0", 1);
    refuse(
        &(data_request){.path = "my-images-idx3-ubyte.gz"},
        "my-images-idx3-ubyte.gz: no file of labels lies beside it; expected one with \"labels\" "
        "for \"images\" and \"idx1\" for \"idx3\" in its name");
    data_file f = read_well(&(data_request){.path = "my-images-idx3-ubyte.gz", .unlabelled = 1});
    assert_null(f.data.target);
    data_file_free(&f);
    write_idx("my-labels-idx1-ubyte", 1, labels, "\5\2", 0);
    f = read_well(&(data_request){.path = "my-images-idx3-ubyte.gz"});
    expect_shape(&f, 2, 6, 2);
    EXPECT(f.data.dense, 0, 0.2, 1, 0, 0, 0, 1 / 255.0);
    EXPECT(f.data.target, 1, 0);
    expect_names(f.class_names, 2, "2|5");
    assert_true(f.height == 2 && f.width == 3 && f.channels == 1);
    data_file_free(&f);
    write_idx("my-labels-idx1-ubyte.gz", 1, three, "\5\2\1", 1); /* comes first */
    refuse(&(data_request){.path = "my-images-idx3-ubyte.gz"},
           "my-images-idx3-ubyte.gz: dataset: target has 3 rows, features have 2");
    refuse(&(data_request){.path = "my-images-idx3-ubyte.gz", .label = "y"},
           "my-images-idx3-ubyte.gz: an IDX file has no column or array \"y\"");
    refuse(&(data_request){.path = "my-labels-idx1-ubyte"},
           "my-labels-idx1-ubyte: the features have 1 dimension; expected rows and columns");
}

static void mnist_is_a_directory(void **state)
{
    (void)state;
    static const int images[] = {1, 1, 1}, labels[] = {1};
    assert_int_equal(mkdir("mnist", 0700), 0);
    refuse(&(data_request){.path = "mnist"},
           "mnist: it is a directory without train-images-idx3-ubyte (or the same with \".gz\"); "
           "expected a file, or the files of MNIST");
    write_idx("mnist/t10k-images-idx3-ubyte.gz", 3, images, "\377", 1);
    write_idx("mnist/t10k-labels-idx1-ubyte.gz", 1, labels, "\3", 1);
    data_file f = read_well(&(data_request){.path = "mnist"}); /* the only part */
    assert_string_equal(f.path, "mnist/t10k-images-idx3-ubyte.gz");
    expect_names(f.class_names, 1, "3");
    data_file_free(&f);
    write_idx("mnist/train-images.idx3-ubyte", 3, images, "\377", 0);
    write_idx("mnist/train-labels.idx1-ubyte", 1, labels, "\4", 0);
    static const struct {
        const char *path, *folder, *part, *found;
    } cases[] = {{"mnist", NULL, NULL, "mnist/train-images.idx3-ubyte"},
                 {"mnist/", NULL, "train", "mnist//train-images.idx3-ubyte"},
                 {"mnist", NULL, "test", "mnist/t10k-images-idx3-ubyte.gz"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        f = read_well(&(data_request){.path = cases[i].path, .part = cases[i].part});
        assert_string_equal(f.path, cases[i].found);
        data_file_free(&f);
    }
    refuse(&(data_request){.path = "mnist", .part = "valid"},
           "mnist/train-images.idx3-ubyte: there is no part \"valid\"; expected \"train\" or "
           "\"test\"");
    static const char *const files[] = {
        "mnist/t10k-images-idx3-ubyte.gz", "mnist/t10k-labels-idx1-ubyte.gz",
        "mnist/train-images.idx3-ubyte", "mnist/train-labels.idx1-ubyte"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) assert_int_equal(remove(files[i]), 0);
}

/* ---- where the data is --------------------------------------------------------------------------
 */

static void names_are_looked_up(void **state)
{
    (void)state;
    static const int images[] = {1, 1, 1}, labels[] = {1};
    assert_int_equal(mkdir("data", 0700), 0);
    assert_int_equal(mkdir("env", 0700), 0);
    assert_int_equal(mkdir("dir", 0700), 0);
    write_text("data/digits.csv", "0,1\n");
    const bytes packed = gzip("0,1\n", 4);
    data_request q = {.path = "digits"};
    unsetenv("LOSSKIT_DATA");
    data_file f = read_well(&q);
    assert_string_equal(f.path, "data/digits.csv");
    data_file_free(&f);
    setenv("LOSSKIT_DATA", "env", 1);
    write_file("env/digits.csv.gz", packed.data, packed.size);
    f = read_well(&q);
    assert_string_equal(f.path, "env/digits.csv.gz");
    data_file_free(&f);
    q.folder = "dir";
    write_text("dir/digits.svm", "1 1:1\n");
    f = read_well(&q);
    assert_string_equal(f.path, "dir/digits.svm");
    data_file_free(&f);
    write_text("digits", "0,1\n"); /* what exists is a path */
    f = read_well(&q);
    assert_string_equal(f.path, "digits");
    data_file_free(&f);
    refuse(&(data_request){.path = "dir/none"},
           "dir/none: cannot be opened: No such file or directory");
    refuse(&(data_request){.path = "digits", .part = "test"},
           "digits: it has no part \"test\"; a directory has one, and an .npz with x_test");
    refuse(&(data_request){.path = "none", .folder = "dir"},
           "none: there is no such file, and no data set of this name in dir, env, "
           "data, " LOSSKIT_DATA_FOLDER
           "; digits, breast_cancer and diabetes ship with losskit, --data DIR "
           "names another folder");
    refuse(
        &(data_request){.path = "mnist"},
        "mnist: MNIST does not ship with losskit, and it is not in env, data, " LOSSKIT_DATA_FOLDER
        "; --data DIR names the folder that has it");
    assert_int_equal(mkdir("dir/mnist", 0700), 0);
    write_idx("dir/mnist/t10k-images-idx3-ubyte", 3, images, "\377", 0);
    write_idx("dir/mnist/t10k-labels-idx1-ubyte", 1, labels, "\3", 0);
    static const char *const folders[] = {"dir", "dir/mnist", "dir/mnist/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        f = read_well(&(data_request){.path = "mnist", .folder = folders[i]});
        assert_int_equal(f.data.rows, 1);
        data_file_free(&f);
    }
    unsetenv("LOSSKIT_DATA");
    static const char *const made[] = {"dir/mnist/t10k-images-idx3-ubyte",
                                       "dir/mnist/t10k-labels-idx1-ubyte",
                                       "dir/mnist",
                                       "dir/digits.svm",
                                       "env/digits.csv.gz",
                                       "data/digits.csv"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) assert_int_equal(remove(made[i]), 0);
}

static void standard_input_and_gzip(void **state)
{
    (void)state;
    const bytes packed = gzip("1 1:2\n0 3:4\n", 12), twice = gzip(packed.data, packed.size);
    write_file("in.gz", packed.data, packed.size);
    write_file("twice.gz", twice.data, twice.size);
    const int saved = dup(STDIN_FILENO);
    assert_non_null(freopen("in.gz", "rb", stdin));
    data_file f = read_well(&(data_request){.path = "-"});
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    close(saved);
    expect_shape(&f, 2, 3, 2);
    data_file_free(&f);
    refuse(&(data_request){.path = "twice.gz"},
           "twice.gz: it is gzipped twice; expected once or not");
    write_file("cut.gz", packed.data, packed.size - 9);
    refuse(&(data_request){.path = "cut.gz"}, "cut.gz: the gzip data stops short at byte 23");
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    bytes b = {.size = 0};
    put_text(&b, "1,2,3\n1,2,3\n");
    source s = source_of("a", &b);
    data_file f;
    error e;
    s.limit = 31;
    assert_int_equal(data_file_parse(&(data_request){.path = "a"}, &s, &f, &e), -1);
    assert_string_equal(
        e.text, "a: an array of shape (2, 2) takes 32 bytes in memory; the limit is 31 bytes");
    assert_null(f.data.dense);
    static const unsigned char idx[] = {0,   0,   8,   3,   255, 255, 255, 255,
                                        255, 255, 255, 255, 0,   0,   0,   9};
    write_file("images", idx, sizeof idx);
    error unused;
    assert_int_equal(data_file_read(&(data_request){.path = "images"}, &f, &unused), -1);
    assert_null(f.data.dense);
}

/* The shapes and counts of classes that their sources tell (data/README.md). */
static void shipped_sets_are_whole(void **state)
{
    (void)state;
    const char *folder = LOSSKIT_SOURCE_DIR "/data";
    data_file f = read_well(&(data_request){.path = "digits", .folder = folder});
    expect_shape(&f, 1797, 64, 10);
    static const int digits[] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    int count[10] = {0};
    for (int i = 0; i < 1797; i++) count[(int)f.data.target[i]]++;
    assert_memory_equal(count, digits, sizeof digits);
    assert_string_equal(f.label_name, "digit");
    data_file_free(&f);
    f = read_well(&(data_request){.path = "breast_cancer", .folder = folder});
    expect_shape(&f, 569, 30, 2);
    expect_names(f.class_names, 2, "benign|malignant");
    double malignant = 0;
    for (int i = 0; i < 569; i++) malignant += f.data.target[i];
    assert_true(malignant == 212);
    EXPECT(f.data.dense, 17.99, 10.38, 122.8);
    data_file_free(&f);
    f = read_well(&(data_request){.path = "diabetes", .folder = folder});
    expect_shape(&f, 442, 10, 0);
    EXPECT(f.data.target, 151, 75, 141);
    data_file_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(npy_is_a_table, enter, leave),
        cmocka_unit_test_setup_teardown(npz_has_arrays, enter, leave),
        cmocka_unit_test_setup_teardown(npz_has_parts, enter, leave),
        cmocka_unit_test_setup_teardown(idx_images_have_labels_beside_them, enter, leave),
        cmocka_unit_test_setup_teardown(mnist_is_a_directory, enter, leave),
        cmocka_unit_test_setup_teardown(names_are_looked_up, enter, leave),
        cmocka_unit_test_setup_teardown(standard_input_and_gzip, enter, leave),
        cmocka_unit_test_setup_teardown(sizes_are_bounded, enter, leave),
        cmocka_unit_test(shipped_sets_are_whole),
    };
    return cmocka_run_group_tests_name("data array files", tests, NULL, NULL);
}
