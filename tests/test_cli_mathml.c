/* test_cli_mathml.c: formulas become the MathML that its specification asks for, and any text
 * becomes one well-formed element. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "losskit.h"
#include "mathml_formula.h"
#include "plain_formula.h"
#include "support/well_formed.h"

/* The caller frees it. */
static char *mathml(const char *tex, int block)
{
    char *xml = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&xml, &size);
    assert_non_null(out);
    mathml_formula(out, tex, block);
    assert_int_equal(fclose(out), 0);
    const char *const wrong = ill_formed(xml);
    if (wrong) fail_msg("%s\n%s\n%s", tex, xml, wrong);
    return xml;
}

/* What stands within <math display="block">. */
static void expect(const char *tex, const char *inner)
{
    static const char start[] = "<math display=\"block\">", end[] = "</math>";
    char *xml = mathml(tex, 1);
    assert_memory_equal(xml, start, sizeof start - 1);
    xml[strlen(xml) - (sizeof end - 1)] = '\0';
    assert_string_equal(xml + sizeof start - 1, inner);
    free(xml);
}

#define APPLY "<mo>\u2061</mo>"
#define THIN "<mspace width=\"0.1667em\"/>"
#define OPEN "<mo form=\"prefix\" stretchy=\"false\">"
#define CLOSE "<mo form=\"postfix\" stretchy=\"false\">"
#define TALL_OPEN "<mo form=\"prefix\" stretchy=\"true\">"
#define TALL_CLOSE "<mo form=\"postfix\" stretchy=\"true\">"
#define TIGHT " lspace=\"0\" rspace=\"0\""
#define UPRIGHT " mathvariant=\"normal\""

static void test_scripts(void **state)
{
    (void)state;
    expect("r^2", "<msup><mi>r</mi><mn>2</mn></msup>");
    expect("x_i", "<msub><mi>x</mi><mi>i</mi></msub>");
    expect("y^t_k", "<msubsup><mi>y</mi><mi>k</mi><mi>t</mi></msubsup>");
    expect("p_y^{q-1}", "<msubsup><mi>p</mi><mi>y</mi><mrow><mi>q</mi><mo" TIGHT ">−</mo><mn>1</mn>"
                        "</mrow></msubsup>");
    expect("e^{-x^2}", "<msup><mi>e</mi><mrow><mo form=\"prefix\">−</mo><msup><mi>x</mi><mn>2</mn>"
                       "</msup></mrow></msup>");
    expect("f'", "<mrow><mi>f</mi><mo" TIGHT ">′</mo></mrow>");
    expect("f''^2", "<msup><mrow><mi>f</mi><mo" TIGHT ">″</mo></mrow><mn>2</mn></msup>");
    expect("_i", "<msub><mrow></mrow><mi>i</mi></msub>");
}

static void test_numbers(void **state)
{
    (void)state;
    expect("0.25+.5", "<mn>0.25</mn><mo>+</mo><mn>.5</mn>");
    expect("10^23", "<msup><mn>10</mn><mn>2</mn></msup><mn>3</mn>");
    expect("\\tfrac12q", "<mfrac displaystyle=\"false\"><mn>1</mn><mn>2</mn></mfrac><mi>q</mi>");
    expect("\\frac{10}{x}", "<mfrac><mn>10</mn><mi>x</mi></mfrac>");
}

static void test_signs(void **state)
{
    (void)state;
    expect("-a-b", "<mo form=\"prefix\">−</mo><mi>a</mi><mo>−</mo><mi>b</mi>");
    expect("a=-b", "<mi>a</mi><mo>=</mo><mo form=\"prefix\">−</mo><mi>b</mi>");
    expect("a<b\\le c>d", "<mi>a</mi><mo>&lt;</mo><mi>b</mi><mo>≤</mo><mi>c</mi><mo>&gt;</mo>"
                          "<mi>d</mi>");
    expect("∑_i∮", "<munder><mo>∑</mo><mi>i</mi></munder><mo>∮</mo>");
    expect("a≤β", "<mi>a</mi><mo>≤</mo><mi>β</mi>");
    expect("a/b", "<mi>a</mi><mo" TIGHT ">/</mo><mi>b</mi>");
    expect("\\Delta\\infty\\partial", "<mi" UPRIGHT ">Δ</mi><mi" UPRIGHT ">∞</mi><mi>∂</mi>");
}

static void test_brackets(void **state)
{
    (void)state;
    expect("|-x|", OPEN "|</mo><mo form=\"prefix\">−</mo><mi>x</mi>" CLOSE "|</mo>");
    expect("\\lVert x\\rVert^2", OPEN "‖</mo><mi>x</mi><msup>" CLOSE "‖</mo><mn>2</mn></msup>");
    expect("\\left\\{x\\right.", "<mrow>" TALL_OPEN "{</mo><mi>x</mi></mrow>");
    expect("\\left|\\frac ab\\right|^2",
           "<msup><mrow>" TALL_OPEN "|</mo><mfrac><mi>a</mi><mi>b</mi>"
           "</mfrac>" TALL_CLOSE "|</mo></mrow><mn>2</mn></msup>");
    expect("p(y\\mid x)", "<mi>p</mi>" OPEN "(</mo><mi>y</mi><mo lspace=\"0.2778em\" "
                          "rspace=\"0.2778em\" stretchy=\"false\">|</mo><mi>x</mi>" CLOSE ")</mo>");
}

static void test_functions(void **state)
{
    (void)state;
    expect("\\log p", "<mi>log</mi>" APPLY THIN "<mi>p</mi>");
    expect("\\log(p)", "<mi>log</mi>" APPLY OPEN "(</mo><mi>p</mi>" CLOSE ")</mo>");
    expect("t\\log\\cosh r",
           "<mi>t</mi>" THIN "<mi>log</mi>" APPLY THIN "<mi>cosh</mi>" APPLY THIN "<mi>r</mi>");
    expect("\\operatorname{sech}^2 r",
           "<msup><mi" UPRIGHT ">sech</mi><mn>2</mn></msup>" APPLY THIN "<mi>r</mi>");
    expect("\\max_i x", "<munder><mo form=\"prefix\" movablelimits=\"true\"" TIGHT ">max</mo>"
                        "<mi>i</mi></munder>" APPLY THIN "<mi>x</mi>");
}

static void test_large(void **state)
{
    (void)state;
    expect("\\sum_{i=1}^n x", "<munderover><mo>∑</mo><mrow><mi>i</mi><mo" TIGHT ">=</mo><mn>1</mn>"
                              "</mrow><mi>n</mi></munderover><mi>x</mi>");
    expect("\\textstyle\\sum_k u", "<mstyle displaystyle=\"false\"><munder><mo>∑</mo><mi>k</mi>"
                                   "</munder><mi>u</mi></mstyle>");
    expect("\\int_0^1", "<msubsup><mo>∫</mo><mn>0</mn><mn>1</mn></msubsup>");
    expect("\\int\\limits_0^1", "<munderover><mo>∫</mo><mn>0</mn><mn>1</mn></munderover>");
}

static void test_parts(void **state)
{
    (void)state;
    expect("\\sqrt{x}", "<msqrt><mi>x</mi></msqrt>");
    expect("\\sqrt[3]x", "<mroot><mi>x</mi><mrow><mn>3</mn></mrow></mroot>");
    expect("\\hat p_k",
           "<msub><mover><mi>p</mi><mo stretchy=\"false\">^</mo></mover><mi>k</mi></msub>");
    expect("\\mathbb{R}\\mathcal{B}\\mathbf{w1}",
           "<mi>&#x211D;</mi><mi>&#x212C;</mi><mrow><mi>&#x1D430;</mi><mn>&#x1D7CF;</mn></mrow>");
    expect("\\boldsymbol\\theta", "<mi>&#x1D73D;</mi>");
    expect("\\text{if x}\\,\\mathrm{var}", "<mtext>if&#xA0;x</mtext><mspace width=\"0.1667em\"/>"
                                           "<mi" UPRIGHT ">var</mi>");
    expect("a\\!b\\quad c", "<mi>a</mi><mspace style=\"margin-left:-0.1667em\"/><mi>b</mi>"
                            "<mspace width=\"1em\"/><mi>c</mi>");
}

static void test_tables(void **state)
{
    (void)state;
    const char *const left = "text-align:left;text-align:-webkit-left;padding-left:";
    char cases[1024];
    snprintf(cases, sizeof cases,
             "<mrow>" TALL_OPEN "{</mo><mtable><mtr><mtd style=\"%s0;padding-right:0\"><mn>1</mn>"
             "</mtd><mtd style=\"%s1em;padding-right:0\"><mi>r</mi><mo>&gt;</mo><mn>0</mn></mtd>"
             "</mtr><mtr><mtd style=\"%s0;padding-right:0\"><mo form=\"prefix\">−</mo><mi>q</mi>"
             "</mtd><mtd style=\"%s1em;padding-right:0\"><mtext>else</mtext></mtd></mtr></mtable>"
             "</mrow>",
             left, left, left, left);
    expect("\\begin{cases}1 & r>0\\\\ -q & \\text{else}\\end{cases}", cases);
    expect("\\begin{pmatrix}a&b\\\\[2pt]c\\\\\\end{pmatrix}^\\top",
           "<msup><mrow>" TALL_OPEN "(</mo><mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd>"
           "</mtr><mtr><mtd><mi>c</mi></mtd></mtr></mtable>" TALL_CLOSE ")</mo></mrow><mi" UPRIGHT
           ">⊤</mi></msup>");
}

static void test_inline_and_unknown(void **state)
{
    (void)state;
    char *xml = mathml("\\unknown x & \\# }", 0);
    assert_string_equal(xml, "<math><mtext>unknown</mtext><mi>x</mi><mi" UPRIGHT ">#</mi></math>");
    free(xml);
    expect("\\<", "<mtext>&lt;</mtext>");
    expect("\\&\"", "<mi" UPRIGHT ">&amp;</mi><mi" UPRIGHT ">&quot;</mi>");
    expect("a\xff"
           "b",
           "<mi>a</mi><mi>\uFFFD</mi><mi>b</mi>");
    expect("{\\frac1}x", "<mfrac><mn>1</mn><mrow></mrow></mfrac><mi>x</mi>");
    expect("", "");
}

/* ---- any text
 * ------------------------------------------------------------------------------------
 */

static void check(const char *tex)
{
    char plain[FORMULA_TEXT];
    free(mathml(tex, 0));
    plain_formula(tex, plain, sizeof plain);
    assert_true(strlen(plain) < sizeof plain);
}

/* Every beginning of it, in memory of its own, so that a read beyond its end is noticed. */
static void check_prefixes(const char *tex)
{
    for (size_t n = 0; n <= strlen(tex); n++) {
        char *prefix = malloc(n + 1);
        assert_non_null(prefix);
        memcpy(prefix, tex, n);
        prefix[n] = '\0';
        check(prefix);
        free(prefix);
    }
}

static void test_catalogue(void **state)
{
    (void)state;
    int formulas = 0;
    const lk_loss_info *i;
    for (int id = 1; (i = lk_loss_describe((lk_loss)id)); id++) {
        const char *const all[] = {
            i->tex,       i->gradient_tex,        i->curvature_tex,         i->fisher_tex,
            i->upper_tex, i->target_gradient_tex, i->auxiliary_gradient_tex};
        for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
            if (!all[k]) continue;
            char *xml = mathml(all[k], 1);
            if (strstr(xml, "<mrow></mrow>") || strstr(xml, "<mi>…</mi>"))
                fail_msg("%s: an operand is missing in %s", i->name, xml);
            const char *unknown = strstr(all[k], "\\text") ? NULL : strstr(xml, "<mtext>");
            if (unknown) fail_msg("%s: a macro is not known in %s", i->name, xml);
            free(xml);
            check_prefixes(all[k]);
            formulas++;
        }
    }
    assert_true(formulas > 3 * 60);
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const all[] = {"}",
                                      "\\right)",
                                      "\\end{cases}",
                                      "&",
                                      "\\\\",
                                      "^",
                                      "x^",
                                      "x__",
                                      "x^^",
                                      "''",
                                      "\\",
                                      "{",
                                      "\\left",
                                      "\\left(",
                                      "\\left\\frac",
                                      "\\right",
                                      "{\\left(}\\right)",
                                      "\\left({\\right)}",
                                      "\\frac",
                                      "\\frac1",
                                      "\\sqrt[",
                                      "\\sqrt[]",
                                      "\\sqrt[{]x",
                                      "\\sqrt[\\sum]_",
                                      "\\sqrt[3",
                                      "\\hat",
                                      "\\begin",
                                      "\\begin{",
                                      "\\begin{}",
                                      "\\begin{array}",
                                      "\\begin{array}{",
                                      "\\begin{nothing}x\\end{else}",
                                      "\\begin{cases}\\\\[",
                                      "\\big",
                                      "\\big x",
                                      "\\middle",
                                      "\\mathbb",
                                      "\\text",
                                      "\\text{<&\">",
                                      "\\operatorname",
                                      "\\operatorname*",
                                      "\\underbrace_",
                                      "\\overset",
                                      "\\limits",
                                      "\\textstyle",
                                      "\\frac{1}{x^}",
                                      "\\mathbf{ϴ\xce}",
                                      "\\\xe2\x88",
                                      "\xed\xa0\x80\xef\xbf\xbf\x01"};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) check_prefixes(all[k]);
}

static void check_repeated(const char *piece, size_t times)
{
    const size_t length = strlen(piece);
    char *tex = malloc(times * length + 1);
    assert_non_null(tex);
    for (size_t k = 0; k < times; k++) memcpy(tex + k * length, piece, length);
    tex[times * length] = '\0';
    check(tex);
    free(tex);
}

static void test_depth(void **state)
{
    (void)state;
    static const char *const all[] = {
        "{",       "{x^",   "\\frac",         "\\frac a", "\\left(", "x_",
        "\\sqrt[", "\\hat", "\\begin{cases}", "}",        "^",       "\\mathbf",
        "\\sqrt",  "{x}",   "\\text{"};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) check_repeated(all[k], 5000);
    check_repeated("{", 100000);
    check_repeated("\\frac", 100000);
    char nested[300] = "";
    for (int k = 0; k < 63; k++) strcat(nested, "\\hat");
    strcat(nested, " x");
    char *xml = mathml(nested, 1);
    assert_non_null(strstr(xml, "<mi>x</mi>"));
    free(xml);
    memmove(nested + 4, nested, strlen(nested) + 1);
    xml = mathml(nested, 1);
    assert_null(strstr(xml, "<mi>x</mi>"));
    assert_non_null(strstr(xml, "<mi>…</mi>"));
    free(xml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_brackets),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_inline_and_unknown),
        cmocka_unit_test(test_catalogue),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
