/* edits.c: the edit distance of two arrays of tokens by dynamic programming, one row at a time. */
#include "edits.h"

size_t lk_edit_workspace(int64_t hypothesis_length, int64_t reference_length)
{
    (void)hypothesis_length;
    return ((size_t)reference_length + 2) * sizeof(int64_t);
}

int64_t lk_edit_count(const int64_t *hypothesis, int64_t hypothesis_length,
                      const int64_t *reference, int64_t reference_length, void *workspace)
{
    char *const base = workspace;
    int64_t *const row = (int64_t *)(void *)(base + (-(uintptr_t)base & (sizeof(int64_t) - 1)));
    for (int64_t j = 0; j <= reference_length; j++) row[j] = j;
    for (int64_t i = 0; i < hypothesis_length; i++) {
        int64_t corner = row[0]++;
        for (int64_t j = 0; j < reference_length; j++) {
            const int64_t substitution = corner + (hypothesis[i] != reference[j]);
            const int64_t other = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;
            corner = row[j + 1];
            row[j + 1] = substitution < other ? substitution : other;
        }
    }
    return row[reference_length];
}
