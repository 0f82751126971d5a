/* The error rates of a recognised sentence in characters and in words, and where the errors are. */
#include <stdio.h>

#include <losskit.h>

static lk_status print_rate(const char *label, const lk_sequences *hypothesis,
                            const lk_sequences *reference)
{
    lk_edits edits;
    double rate;
    lk_status status = lk_edit_distance(hypothesis, reference, NULL, &edits, NULL);
    if (!status) status = lk_error_rate(&edits, &rate);
    if (status) return status;
    printf("%s %.3f: %lld insertions, %lld deletions, %lld substitutions, reference of %lld\n",
           label, rate, (long long)edits.insertions, (long long)edits.deletions,
           (long long)edits.substitutions, (long long)edits.reference_length);
    return LK_OK;
}

/* The text with a dash wherever the alignment has nothing of it. */
static void print_aligned(const char *text, const char *letters, char gap)
{
    for (const char *letter = letters; *letter; letter++) putchar(*letter == gap ? '-' : *text++);
    putchar('\n');
}

int main(void)
{
    static const char recognised[] = "the cad sat on hte mat", spoken[] = "the cat sat on the mat";
    const int64_t ends[2][2] = {{0, sizeof recognised - 1}, {0, sizeof spoken - 1}};
    lk_sequences hypothesis = {recognised, LK_TOKENS_CHARACTERS, 1, ends[0]};
    lk_sequences reference = {spoken, LK_TOKENS_CHARACTERS, 1, ends[1]};
    char letters[sizeof recognised + sizeof spoken];

    lk_status status = print_rate("CER", &hypothesis, &reference);
    if (!status) status = lk_edit_alignment(&hypothesis, &reference, 0, letters, sizeof letters);
    if (!status) {
        print_aligned(recognised, letters, 'D');
        puts(letters);
        print_aligned(spoken, letters, 'I');
    }

    hypothesis.tokens = reference.tokens = LK_TOKENS_WORDS;
    if (!status) status = print_rate("WER", &hypothesis, &reference);
    if (status) fprintf(stderr, "%s\n", lk_last_error());
    return status != LK_OK;
}
