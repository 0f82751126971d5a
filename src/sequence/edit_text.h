/* edit_text.h: UTF-8 as tokens. */
#ifndef LK_EDIT_TEXT_H
#define LK_EDIT_TEXT_H

#include <stddef.h>
#include <stdint.h>

typedef struct lk_text {
    const uint8_t *bytes;
    int64_t size;
} lk_text;

/* Whether every byte is a code point by itself. */
int lk_text_is_plain(const lk_text *text);

/* All return -1 and the offset of the first byte that begins no code point, or the number of code
 * points or words. `tokens` has room for as many as there are bytes. */
int64_t lk_text_decode(const lk_text *text, int32_t *tokens, int64_t *bad);
int64_t lk_text_count_words(const lk_text *text, int64_t *bad);

/* Numbers for the words of two valid texts, of `words` words together: equal words get equal
 * numbers. */
size_t lk_text_words_room(int64_t words);
void lk_text_number_words(const lk_text texts[2], int64_t words, void *room,
                          int32_t *const tokens[2]);

#endif
