/* report.c: see report.h. */
#include "report.h"

#include <string.h>

static void parameters(const record *r, char *text, size_t size)
{
    const lk_loss_info *info = lk_loss_describe(r->which->loss);
    text[0] = 0;
    for (int k = 0; k < info->n_params; k++)
        snprintf(text + strlen(text), size - strlen(text), "%s%s %.4g", k ? ", " : "",
                 info->params[k].name, r->params[k]);
}

/* The worst of all outputs and parameters of each loss. */
void report_summary(FILE *out, const record *records, int n)
{
    for (int i = 0; i < n; i++) {
        char text[128];
        const record *r = &records[i];
        parameters(r, text, sizeof text);
        fprintf(out, "%-34s %-36s %s %-18s %7.2f %6.2f of %.2f%s\n",
                lk_loss_describe(r->which->loss)->name, text, r->format->name,
                output_names[r->output], r->worst, r->excess, r->bound,
                r->failures ? "  FAILED" : "");
    }
}

int report_write(const char *path, const record *records, int n)
{
    FILE *out = fopen(path, "w");
    if (!out) return -1;
    report_summary(out, records, n);
    return fclose(out);
}
