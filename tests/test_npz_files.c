/* The .npz format: zip archives of .npy members. */
#include "files_support.h"

#include "losskit.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define HEADER(shape) "{'descr': '|u1', 'fortran_order': False, 'shape': " shape ", }\n"

/* A zip of members, where what the directory says of them can be falsified. */
typedef struct member {
    const char *name;
    bytes data;
    int method;
    uint32_t claimed; /* the size, or 0 for the true one */
    uint32_t spoil;   /* xor of the checksum */
    int flags;
} member;

static void put_entry(bytes *b, const member *m, const bytes *packed, int central, uint32_t offset)
{
    put_little(b, central ? 0x02014b50 : 0x04034b50, 4);
    if (central) put_little(b, 20, 2);
    put_little(b, 20, 2);
    put_little(b, (uint64_t)m->flags, 2);
    put_little(b, (uint64_t)m->method, 2);
    put_little(b, 0, 2);
    put_little(b, 0x21, 2);
    put_little(b, crc32(0, m->data.data, (uInt)m->data.size) ^ m->spoil, 4);
    put_little(b, packed->size, 4);
    put_little(b, m->claimed ? m->claimed : m->data.size, 4);
    put_little(b, strlen(m->name), 2);
    put_little(b, 0, 2);
    if (central) {
        put_little(b, 0, 2 + 2 + 2 + 4);
        put_little(b, offset, 4);
    }
    put_text(b, m->name);
}

static bytes packed_data(const member *m)
{
    return m->method == 8 ? deflated(m->data.data, m->data.size, -15) : m->data;
}

static bytes zip_bytes(const member *members, size_t count)
{
    bytes b = {.size = 0}, directory = {.size = 0};
    for (size_t i = 0; i < count; i++) {
        const bytes packed = packed_data(&members[i]);
        put_entry(&directory, &members[i], &packed, 1, (uint32_t)b.size);
        put_entry(&b, &members[i], &packed, 0, 0);
        put(&b, packed.data, packed.size);
    }
    const size_t start = b.size;
    put(&b, directory.data, directory.size);
    put_little(&b, 0x06054b50, 4);
    put_little(&b, 0, 4);
    put_little(&b, count, 2);
    put_little(&b, count, 2);
    put_little(&b, directory.size, 4);
    put_little(&b, start, 4);
    put_little(&b, 0, 2);
    return b;
}

static void npz_reads_members(void **state)
{
    (void)state;
    const double values[] = {7, 8};
    member m[] = {
        {.name = "x.npy", .data = npy_bytes(1, HEADER("(1,)"), "\7", 1)},
        {.name = "y.npy", .data = npy_bytes(1, HEADER("(2,)"), "\7\10", 2), .method = 8},
    };
    const bytes two = zip_bytes(m, 2), one = zip_bytes(m, 1);
    array a;
    error e;
    source s = source_of("a.npz", &two);
    expect_array(npz_parse(&s, "x", &a, &e), &a, &e, LK_U8, "(1,)", values);
    expect_array(npz_parse(&s, "y", &a, &e), &a, &e, LK_U8, "(2,)", values);
    expect_array(npz_parse(&s, "y.npy", &a, &e), &a, &e, LK_U8, "(2,)", values);
    s = source_of("a.npz", &one);
    expect_array(npz_parse(&s, NULL, &a, &e), &a, &e, LK_U8, "(1,)", values);
}

static void refuse_member(member m, const char *sentence)
{
    const bytes b = zip_bytes(&m, 1);
    const source s = source_of("a.npz", &b);
    array a;
    error e;
    const int status = npz_parse(&s, NULL, &a, &e);
    expect_sentence(status, &a, &e, sentence);
}

static void npz_refuses_members(void **state)
{
    (void)state;
    const bytes good = npy_bytes(1, HEADER("(1,)"), "\7", 1);
    bytes text = {.size = 0};
    put_text(&text, "hello");
    bytes zeros = {.size = 1000};
    refuse_member((member){.name = "x", .data = text},
                  "a.npz:x: it does not begin with the magic of .npy");
    refuse_member((member){.name = "x", .data = good, .claimed = 1 << 20},
                  "a.npz:x: the archive says 1048576 bytes in 69 compressed ones, which the file's "
                  "169 bytes cannot yield");
    refuse_member((member){.name = "x", .data = good, .claimed = 1 << 30, .method = 8},
                  "a.npz:x: the archive says 1073741824 bytes in 66 compressed ones, which the "
                  "file's 166 bytes cannot yield");
    refuse_member((member){.name = "x", .data = zeros, .claimed = 1001, .method = 8},
                  "a.npz:x: it stops after 1000 of its 1001 bytes");
    refuse_member((member){.name = "x", .data = zeros, .claimed = 999, .method = 8},
                  "a.npz:x: it goes on after the 999 bytes that the archive gives");
    refuse_member((member){.name = "x", .data = good, .spoil = 1},
                  "a.npz:x: its 69 bytes are damaged: CRC error");
    refuse_member((member){.name = "x", .data = good, .method = 12},
                  "a.npz:x: it uses compression method 12; expected 0 or 8 (deflate)");
    refuse_member((member){.name = "x", .data = good, .flags = 1},
                  "a.npz:x: it is encrypted; expected a plain member");
    const member large = {.name = "x", .data = zeros};
    const bytes b = zip_bytes(&large, 1);
    source s = source_of("a.npz", &b);
    s.limit = 999;
    array a;
    error e;
    expect_sentence(npz_parse(&s, NULL, &a, &e), &a, &e,
                    "a.npz:x: it holds 1000 bytes; the limit is 999 bytes");
}

static void npz_refuses_archives(void **state)
{
    (void)state;
    const bytes data = npy_bytes(1, HEADER("(1,)"), "\7", 1);
    member m[40];
    char names[40][24];
    for (int i = 0; i < 40; i++) {
        snprintf(names[i], sizeof names[i], "name%02d.npy", i);
        m[i] = (member){.name = names[i], .data = data};
    }
    for (int i = 2; i < 40; i++) m[i].data.size = 0;
    array a;
    error e;
    bytes b = zip_bytes(m, 2);
    source s = source_of("a.npz", &b);
    expect_sentence(npz_parse(&s, NULL, &a, &e), &a, &e,
                    "a.npz: it holds 2 arrays; add \":NAME\" with one of: name00, name01");
    expect_sentence(npz_parse(&s, "z", &a, &e), &a, &e,
                    "a.npz: it has no array \"z\"; it holds: name00, name01");
    b = zip_bytes(m, 0);
    s = source_of("a.npz", &b);
    expect_sentence(npz_parse(&s, NULL, &a, &e), &a, &e, "a.npz: the archive holds no arrays");
    b = zip_bytes(m, 1);
    b.size -= 10;
    s = source_of("a.npz", &b);
    expect_sentence(npz_parse(&s, NULL, &a, &e), &a, &e,
                    "a.npz: the zip archive cannot be read: Not a zip archive");
    b = zip_bytes(m, 30);
    s = source_of("a.npz", &b);
    expect_sentence(
        npz_parse(&s, NULL, &a, &e), &a, &e,
        "a.npz: it holds 30 arrays; add \":NAME\" with one of: name00, name01, name02, name03, "
        "name04, name05, name06, name07, name08, name09, name10, name11, name12, name13, name14, "
        "name15, name16, name17, name18, name19, name20, name21, name22, name23, ...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(npz_reads_members),
        cmocka_unit_test(npz_refuses_members),
        cmocka_unit_test(npz_refuses_archives),
    };
    return cmocka_run_group_tests_name("npz files", tests, NULL, NULL);
}
