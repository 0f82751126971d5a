/* report.c: see report.h. */
#include "report.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#define COMPILER "GCC " __VERSION__
#elif defined(__clang__)
#define COMPILER __VERSION__
#else
#define COMPILER "an unnamed compiler"
#endif

static const lk_loss_info *info_of(const record *r) { return lk_loss_describe(r->which->loss); }

static void parameters(const record *r, char *text, size_t size)
{
    const lk_loss_info *info = info_of(r);
    text[0] = 0;
    for (int k = 0; k < info->n_params; k++) {
        /* The third input stands in for its parameter. */
        if (info->auxiliary && info->auxiliary_param == k) continue;
        snprintf(text + strlen(text), size - strlen(text), "%s%s %.4g", *text ? ", " : "",
                 info->params[k].name, r->params[k]);
    }
}

static const char *judgement(const record *r) { return r->failures ? "FAILED" : ""; }

void report_summary(FILE *out, const record *records, int n)
{
    for (int i = 0; i < n;) {
        const record *first = &records[i];
        double worst[2] = {0, 0};
        size_t failures = 0;
        for (; i < n && records[i].which->loss == first->which->loss; i++) {
            const record *r = &records[i];
            const int second = r->output == TRUTH_CURVATURE || r->output == TRUTH_FISHER;
            if (r->excess > worst[second]) worst[second] = r->excess;
            failures += r->failures;
        }
        fprintf(out, "%-32s value, gradients %6.2f ULP   curvatures %6.2f ULP%s\n",
                info_of(first)->name, worst[0], worst[1], failures ? "  FAILED" : "");
    }
}

static void head(FILE *out, const char *command, double worst_sum)
{
    fprintf(out,
            "# Accuracy\n\n"
            "Every pointwise loss against 300-bit arithmetic (MPFR) at the exact floating-point "
            "inputs. Written by\n\n    %s\n\n"
            "with %s and the kernels for **%s**; the figures are for x86-64-v3 and the other "
            "instruction sets with FMA, which all give the same bits. Every figure is sampled, "
            "none is exhaustive.\n\n",
            command, COMPILER, lk_isa_name());
    fprintf(out,
            "- *ULP*: units in the last place of the exact result; of the smallest subnormal below "
            "the normal range; where terms cancel (soft targets, curvature, Tukey's biweight near "
            "c, sums of a logarithm and a power), of the largest term.\n"
            "- *excess*: the error less half the condition number, counted in the same units: what "
            "rounding of the residual, margin or input by half a unit does to the exact result.\n"
            "- *bound* of the excess: %s\n"
            "- Inputs: strides through all bit patterns, log-uniform magnitudes, next to kinks, "
            "next to the target, where exponentials saturate or underflow, soft targets.\n"
            "- Residuals that overflow count as infinite; asserted is only that nothing is NaN.\n"
            "- Sums: the reduced sum is within %.1e of the sum of magnitudes of the exact sum of "
            "the rounded values (allowed 3e-14).\n\n",
            accuracy_bound_text, worst_sum);
    fprintf(out, "Exceptions, by range:\n\n| loss | output | type | range | error allowed | "
                 "because |\n|---|---|---|---|---|---|\n");
    for (int i = 0; i < n_accuracy_exceptions; i++) {
        const accuracy_exception *e = &accuracy_exceptions[i];
        fprintf(out, "| `%s` | %s | %s | \\|z\\| ≥ %.2f | %g (%s) | %s |\n",
                lk_loss_describe(e->loss)->name, output_names[e->output],
                e->bits == 24 ? "f32" : "f64", e->low, e->bound, e->factor_text, e->reason);
    }
}

int report_write(const char *path, const char *command, const record *records, int n,
                 double worst_sum)
{
    FILE *out = fopen(path, "w");
    if (!out) return -1;
    head(out, command, worst_sum);
    for (int wide = 0; wide < 2; wide++) {
        fprintf(out,
                "\n## %s\n\n| loss | parameters | output | worst ULP | excess | bound | at input | "
                "target | points | |\n|---|---|---|--:|--:|--:|--:|--:|--:|---|\n",
                wide ? "f64" : "f32");
        for (int i = 0; i < n; i++) {
            char text[128];
            const record *r = &records[i];
            if ((r->format->bits == 53) != wide) continue;
            parameters(r, text, sizeof text);
            fprintf(out, "| `%s` | %s | %s | %.2f | %.2f | %g | %.9g | %.9g | %zu | sampled %s |\n",
                    info_of(r)->name, text, output_names[r->output], r->worst, r->excess, r->bound,
                    r->input, r->target, r->points, judgement(r));
        }
    }
    return fclose(out);
}
