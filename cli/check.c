/* check.c: verifies what the losses compute and what they say of themselves. */
#include "check_family.h"

#include "catalogue.h"
#include "format.h"
#include "options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_POINTS = OPTION_OWN, CHECK_SEED, CHECK_BREAK };

static const struct poptOption check_table[] = {
    OPTION("points", CHECK_POINTS, "random points per check; default 1000", "NUMBER"),
    OPTION("seed", CHECK_SEED, "of the random points; default 1", "NUMBER"),
    {"break-gradient", '\0', POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN, NULL, CHECK_BREAK,
     "add an error to every gradient", "NUMBER"},
    OPTIONS_COMMON};

enum { VARIANTS_MAX = 8, SETTINGS_MAX = 4 * LK_MAX_PARAMS + 2 + VARIANTS_MAX };

typedef struct setting {
    double params[LK_MAX_PARAMS];
    int named;          /* traits are not claimed: a value has a name, or is not the preset */
    int with_auxiliary; /* the third input is an array though a parameter could stand in */
    int variant;        /* see family_variants() */
} setting;

typedef struct outcome {
    const property *property; /* NULL: it does not apply */
    double worst;
    int pass;
} outcome;

typedef struct report {
    json_t *losses;
    int n_checks, n_failed, quiet;
} report;

/* Other values of a parameter than its preset: half and double, or else half way to a bound, and
 * those that have names. */
static int other_values(const lk_parameter *p, double values[4])
{
    int n = 0;
    for (int k = 0; k < LK_MAX_NAMED; k++)
        if (p->named[k].name && p->named[k].value != p->preset) values[n++] = p->named[k].value;
    if (p->named[1].name) return n;
    const int inside = p->preset > p->lowest && p->preset < p->highest;
    const double center = inside ? p->preset : p->lowest + 0.5 * fmin(p->highest - p->lowest, 1);
    const double less = 0.5 * center, more = 2 * center;
    values[n++] = less > p->lowest && less < p->highest ? less : 0.5 * (p->lowest + center);
    values[n++] = more < p->highest && more > p->lowest ? more : 0.5 * (p->highest + center);
    return n;
}

/* A loss that depends on the whole sample is no function of the point that differences could see.
 */
static int depends_on_sample(check *c)
{
    enum { SOME = 16 };
    double together[SOME], alone;
    check trial = *c;
    error ignored;
    trial.e = &ignored;
    if (check_draw(&trial)) return 1;
    check_probe(&trial, SOME, c->x, c->t, c->a, &(probe){.value = together});
    for (int i = 0; i < SOME && !trial.failed; i++) {
        check_probe(&trial, 1, c->x + i, c->t + i, c->a + i, &(probe){.value = &alone});
        if (alone != together[i]) return 1;
    }
    return trial.failed;
}

/* Runs one property over all settings of the parameters. */
static double worst_of(check *c, const property *p, const setting *settings, int n)
{
    double worst = p->once ? HUGE_VAL : 0;
    for (int k = 0; k < n && !c->failed; k++) {
        if (p->trait && settings[k].named) continue;
        memcpy(c->params, settings[k].params, sizeof c->params);
        c->with_auxiliary = settings[k].with_auxiliary;
        family_choose(c, settings[k].variant);
        c->is_preset = !settings[k].named;
        if (c->info->kind == LK_KIND_POINTWISE && check_draw(c)) break;
        const double found = p->worst(c);
        worst = p->once ? fmin(worst, found) : isnan(found) ? HUGE_VAL : fmax(worst, found);
    }
    return worst;
}

static int is_named(const lk_parameter *p, double value)
{
    /* The values of a flag are both named and both plain. */
    if (p->named[1].name) return 0;
    return p->named[0].name && p->named[0].value == value;
}

/* Adds the presets with one value exchanged; param -1: none. */
static void add_setting(check *c, setting *settings, int *n, int param, double value)
{
    const lk_loss_info *info = c->info;
    setting *s = &settings[*n];
    memset(s, 0, sizeof *s);
    for (int k = 0; k < info->n_params; k++) {
        s->params[k] = k == param ? value : info->params[k].preset;
        s->named |= is_named(&info->params[k], s->params[k]);
    }
    s->with_auxiliary = info->auxiliary && info->auxiliary_param < 0;
    memcpy(c->params, s->params, sizeof c->params);
    c->with_auxiliary = s->with_auxiliary;
    *n += !depends_on_sample(c);
}

/* Some parameters are whole numbers, which their bounds cannot tell. */
static int fit_setting(check *c, setting *s, int param)
{
    memcpy(c->params, s->params, sizeof c->params);
    family_choose(c, s->variant);
    if (family_accepts(c)) return 1;
    c->params[param] = s->params[param] = ceil(s->params[param]);
    return s->params[param] <= c->info->params[param].highest && family_accepts(c);
}

/* Of losses that are not pointwise: the presets with all variants, and each other value with one
 * of them. Their traits are those of the presets. */
static int make_family_settings(check *c, setting *settings)
{
    const lk_loss_info *info = c->info;
    int variants[VARIANTS_MAX], n = 0;
    const int n_variants = family_variants(c, variants, VARIANTS_MAX);
    for (int v = 0; v < n_variants; v++) {
        settings[n] = (setting){.variant = variants[v]};
        for (int k = 0; k < info->n_params; k++) settings[n].params[k] = info->params[k].preset;
        n++;
    }
    for (int k = 0; n_variants && k < info->n_params; k++) {
        double values[4];
        const int n_values = other_values(&info->params[k], values);
        for (int i = 0; i < n_values; i++) {
            settings[n] = settings[0];
            settings[n].params[k] = values[i];
            settings[n].named = 1;
            settings[n].variant = variants[n % n_variants];
            n += fit_setting(c, &settings[n], k);
        }
    }
    return n;
}

static int make_settings(check *c, setting *settings)
{
    const lk_loss_info *info = c->info;
    int n = 0;
    if (info->kind != LK_KIND_POINTWISE) return make_family_settings(c, settings);
    add_setting(c, settings, &n, -1, 0);
    for (int k = 0; k < info->n_params; k++) {
        double values[4];
        const int n_values = other_values(&info->params[k], values);
        for (int i = 0; i < n_values; i++) add_setting(c, settings, &n, k, values[i]);
    }
    if (n > 0 && info->auxiliary && info->auxiliary_param >= 0) {
        settings[n] = settings[0];
        settings[n++].with_auxiliary = 1;
    }
    return n;
}

static void print_outcome(const lk_loss_info *info, const outcome *o, int first)
{
    char number[NUMBER_TEXT];
    snprintf(number, sizeof number, "%.2g", o->worst);
    print_cell(stdout, first ? info->name : "", 35, 0);
    print_cell(stdout, o->property->name, 20, 0);
    printf("%s%s%s  ", style_text(stdout, o->pass ? STYLE_GOOD : STYLE_BAD),
           o->pass ? "pass" : "FAIL", style_text(stdout, STYLE_PLAIN));
    print_cell(stdout, number, 9, 1);
    printf("  %g\n", o->property->limit);
}

static json_t *outcome_json(const outcome *o)
{
    return json_pack("{s:s, s:b, s:o, s:o}", "property", o->property->name, "pass", o->pass,
                     "worst", number_json(o->worst), "limit", number_json(o->property->limit));
}

/* The sentence is the one with which the library refuses the loss. */
static int skip_loss(const lk_loss_info *info, report *r)
{
    if (!r->quiet) {
        print_cell(stdout, info->name, 35, 0);
        printf("not checked: %s\n", lk_last_error());
    }
    json_array_append_new(r->losses,
                          json_pack("{s:s, s:i, s:[], s:s}", "loss", info->name, "settings", 0,
                                    "checks", "skipped", lk_last_error()));
    return 0;
}

static int check_loss(check *c, report *r)
{
    if (!random_problem_is_available(c->loss)) return skip_loss(c->info, r);
    setting settings[SETTINGS_MAX];
    const int n = make_settings(c, settings);
    json_t *list = json_array();
    int first = 1;
    const property *properties =
        c->info->kind == LK_KIND_POINTWISE ? check_properties : family_properties;
    for (const property *p = properties; p->name && !c->failed; p++) {
        if (!p->applies(c->info)) continue;
        outcome o = {p, worst_of(c, p, settings, n), 0};
        o.pass = n > 0 && o.worst <= p->limit;
        r->n_checks++;
        r->n_failed += !o.pass;
        if (r->quiet)
            json_array_append_new(list, outcome_json(&o));
        else if (!c->failed)
            print_outcome(c->info, &o, first);
        first = 0;
    }
    json_array_append_new(r->losses, json_pack("{s:s, s:i, s:o}", "loss", c->info->name, "settings",
                                               n, "checks", list));
    return c->failed ? -1 : 0;
}

static int check_all(const lk_loss *losses, int count, check *c, report *r)
{
    const lk_random start = c->random;
    const int progress = r->quiet && is_terminal(stderr);
    int status = 0;
    for (int k = 0; k < count && status == 0; k++) {
        c->loss = losses[k];
        c->info = lk_loss_describe(losses[k]);
        /* The points of a loss do not depend on which others are checked. */
        c->random.state = start.state + (uint64_t)losses[k] * 0x632be59bd9b4e019u;
        if (progress) fprintf(stderr, "\r\033[K%d/%d %s", k + 1, count, c->info->name);
        status = check_loss(c, r);
    }
    if (progress) fprintf(stderr, "\r\033[K");
    return status;
}

static int run_check(const options *o, error *e)
{
    long points = 1000, seed = 1;
    check c;
    memset(&c, 0, sizeof c);
    if (option_integer(o, CHECK_POINTS, 32, 1000000, &points, e) ||
        option_integer(o, CHECK_SEED, 0, 1L << 52, &seed, e) ||
        option_number(o, CHECK_BREAK, -HUGE_VAL, HUGE_VAL, &c.break_gradient, e))
        return STATUS_USAGE;
    lk_loss *losses;
    int count;
    if (catalogue_select(o->arguments, o->n_arguments, &losses, &count, e)) return STATUS_USAGE;
    report r = {json_array(), 0, 0, option_find(o, OPTION_JSON) != NULL};
    c.random.state = (uint64_t)seed;
    if (!r.quiet)
        printf("%s%-35s%-20s%-6s%9s  limit%s\n", style_text(stdout, STYLE_BOLD), "loss", "property",
               "", "worst", style_text(stdout, STYLE_PLAIN));
    int status = check_allocate(&c, (size_t)points, e) || check_all(losses, count, &c, &r);
    check_free(&c);
    free(losses);
    if (!status && r.quiet)
        status = json_print(json_pack("{s:i, s:I, s:I, s:i, s:i, s:O}", "schema", 1, "points",
                                      (json_int_t)points, "seed", (json_int_t)seed, "checks",
                                      r.n_checks, "failed", r.n_failed, "losses", r.losses),
                            e);
    json_decref(r.losses);
    if (status) return STATUS_FAILED;
    if (r.n_failed) error_set(e, "%d of %d checks failed", r.n_failed, r.n_checks);
    return r.n_failed ? STATUS_FAILED : STATUS_OK;
}

static const example check_examples[] = {
    {"losskit check", "every loss; the exit status tells whether all is well"},
    {"losskit check huber logistic --points 10000 --seed 7", "two losses, more and other points"},
    {NULL, NULL}};

const command check_command = {
    .name = "check",
    .arguments = "[NAME...] [OPTION...]",
    .fewest = 0,
    .most = -1,
    .purpose = "Verify gradients, curvatures and declared traits numerically",
    .description =
        "Compares derivatives with differences and tests every declared trait at random "
        "points, for the default parameters and for others, all in double precision, and "
        "looks for NaN over all exponents in both precisions. Losses over rows, regions, features "
        "and sequences are checked on small random problems with random weights, reductions, "
        "groupings, lengths and kinds of targets, their traits at the default parameters. `worst` "
        "is the largest "
        "error found, relative above 1; it must not exceed `limit`.",
    .table = check_table,
    .examples = check_examples,
    .run = run_check,
};
