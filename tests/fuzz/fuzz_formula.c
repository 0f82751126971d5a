/* fuzz_formula.c: any text as a formula gives well-formed MathML, and text within its bounds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mathml_formula.h"
#include "plain_formula.h"
#include "support/well_formed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *tex = malloc(size + 1), *xml = NULL, plain[FORMULA_TEXT];
    size_t length = 0;
    FILE *out = open_memstream(&xml, &length);
    if (!tex || !out) abort();
    memcpy(tex, data, size);
    tex[size] = '\0';
    mathml_formula(out, tex, size % 2 == 0);
    if (fclose(out)) abort();
    const char *const wrong = ill_formed(xml);
    if (wrong) {
        fprintf(stderr, "%s\n%s\n%s\n", tex, xml, wrong);
        abort();
    }
    plain_formula(tex, plain, sizeof plain);
    if (strlen(plain) >= sizeof plain) abort();
    free(xml);
    free(tex);
    return 0;
}
