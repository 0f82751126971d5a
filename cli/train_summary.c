/* train_summary.c: what a training came to, as text and as JSON. */
#include "train_measures.h"

#include "catalogue.h"
#include "format.h"

#include <math.h>
#include <string.h>

void train_objective_text(const train_job *job, char *text, size_t size)
{
    const train_plan *p = job->plan;
    char loss[EXPRESSION_TEXT];
    *text = '\0';
    if (p->members) append(text, size, "%ld times ", p->members);
    append(text, size, "%s", train_kind_word(p->kind));
    for (int k = 0; k < p->mlp.n_layers; k++)
        append(text, size, "%s%lld-%s", k ? "," : ":", (long long)p->layers[k].units,
               lk_activation_name(p->layers[k].activation));
    expression_text(&job->objective, loss, sizeof loss);
    if (job->objective.n) append(text, size, ", %s", loss);
}

static void linear_ending(const lk_linear_report *r, char *text, size_t size)
{
    append(text, size, "%s %s after %lld iteration%s, objective %.9g", lk_solver_name(r->solver),
           r->converged ? "converged"
           : r->stopped ? "was stopped"
                        : "has not converged",
           (long long)r->iterations, r->iterations == 1 ? "" : "s", r->objective);
    if (isfinite(r->gap)) append(text, size, ", duality gap %.3g", r->gap);
    if (isfinite(r->gradient)) append(text, size, ", relative gradient %.3g", r->gradient);
}

void train_ending(const train_job *job, char *text, size_t size)
{
    *text = '\0';
    if (job->plan->members) {
        append(text, size, "%d model%s", job->watch.member, job->watch.member == 1 ? "" : "s");
        return;
    }
    switch (job->plan->kind) {
    case TRAIN_LINEAR:
        linear_ending(&job->linear, text, size);
        break;
    case TRAIN_MLP:
        append(text, size, "%lld epochs, weights of epoch %lld, loss %.6g",
               (long long)job->mlp.epochs, (long long)job->mlp.best_epoch, job->mlp.loss);
        if (isfinite(job->mlp.validation_loss))
            append(text, size, ", validation loss %.6g", job->mlp.validation_loss);
        break;
    case TRAIN_PERCEPTRON:
        append(text, size, "%lld epochs, %lld mistakes", (long long)job->watch.last_epoch,
               (long long)job->mistakes);
        break;
    case TRAIN_ADABOOST:
        append(text, size, "%lld stumps, training error at most %.6g", (long long)job->rounds,
               job->rounds ? job->bounds[job->rounds - 1] : 1.0);
        break;
    default:
        append(text, size, "distances from the %s rows",
               job->sets.fit.classes && job->sets.file.class_names
                   ? job->sets.file.class_names[job->sets.normal]
                   : "training");
    }
}

/* A column for each part. */
static void print_measures(const train_job *job, FILE *out)
{
    enum { NAME = 26, CELL = 12 };
    train_measure all[TRAIN_MEASURES];
    const int n = train_measures(job, all);
    char text[NUMBER_TEXT];
    fprintf(out, "\n%*s", NAME, "");
    for (int k = 0; k < PARTS; k++)
        if (job->measured[k]) print_cell(out, part_word(k), CELL, 1);
    fputs("\n", out);
    print_cell(out, "rows", NAME, 0);
    for (int k = 0; k < PARTS; k++) {
        if (!job->measured[k]) continue;
        snprintf(text, sizeof text, "%lld", (long long)job->sets.parts[k].rows);
        print_cell(out, text, CELL, 1);
    }
    fputs("\n", out);
    for (int i = 0; i < n; i++) {
        print_cell(out, all[i].name, NAME, 0);
        for (int k = 0; k < PARTS; k++) {
            if (!job->measured[k]) continue;
            print_cell(out, train_measure_text(&all[i], k, text), CELL, 1);
        }
        fputs("\n", out);
    }
}

static int is_worse_than_mean(const train_job *job)
{
    const scores_report *r = &job->measurements[PART_TRAINING].report;
    return job->plan->kind == TRAIN_MLP && job->measured[PART_TRAINING] &&
           r->question.kind == SCORES_NUMBERS && r->regression.r2 < 0;
}

void train_print(const train_job *job, FILE *out)
{
    char model[EXPRESSION_TEXT + 256], ending[256];
    train_objective_text(job, model, sizeof model);
    train_ending(job, ending, sizeof ending);
    fprintf(out, "model       %s\ntraining    %s; %.2f s\n", model, ending, job->seconds);
    const int last = train_last_part(job);
    if (last < 0) return;
    if (is_worse_than_mean(job))
        fputs("            worse than the mean of the training rows' numbers; --diagnose tells "
              "why\n",
              out);
    int parts = 0;
    for (int k = 0; k < PARTS; k++) parts += job->measured[k];
    if (parts > 1) print_measures(job, out);
    fprintf(out, "\n%s%s, %lld rows%s\n", style_text(out, STYLE_BOLD), part_word(last),
            (long long)job->sets.parts[last].rows, style_text(out, STYLE_PLAIN));
    scores_report_print(&job->measurements[last].report, out);
}

/* What only some kinds of models have is null in the others. */
static json_t *ending_json(const train_job *job)
{
    const int linear = job->plan->kind == TRAIN_LINEAR && !job->plan->members;
    const int mlp = job->plan->kind == TRAIN_MLP && !job->plan->members;
    const lk_linear_report *l = &job->linear;
    json_t *j = json_object();
    json_object_set_new(j, "solver", linear ? json_string(lk_solver_name(l->solver)) : json_null());
    json_object_set_new(j, "objective", watch_number(linear ? l->objective : NAN));
    json_object_set_new(j, "gap", watch_number(linear ? l->gap : NAN));
    json_object_set_new(j, "gradient", watch_number(linear ? l->gradient : NAN));
    json_object_set_new(j, "iterations", linear ? json_integer(l->iterations) : json_null());
    json_object_set_new(j, "converged", linear ? json_boolean(l->converged) : json_null());
    json_object_set_new(j, "epochs", mlp ? json_integer(job->mlp.epochs) : json_null());
    json_object_set_new(j, "best_epoch", mlp ? json_integer(job->mlp.best_epoch) : json_null());
    return j;
}

int train_print_json(const train_job *job, error *e)
{
    const train_plan *p = job->plan;
    char loss[EXPRESSION_TEXT];
    expression_text(&job->objective, loss, sizeof loss);
    json_t *rows = json_object(), *metrics = json_object();
    for (int k = 0; k < PARTS; k++) {
        json_object_set_new(rows, part_word(k), json_integer(job->sets.parts[k].rows));
        if (job->measured[k])
            json_object_set_new(metrics, part_word(k),
                                scores_report_json(&job->measurements[k].report));
    }
    json_t *line = json_pack(
        "{s:i, s:s, s:s, s:s, s:o, s:o, s:I, s:o, s:o, s:f, s:o}", "schema", 1, "event", "result",
        "version", lk_version(), "model", train_kind_word(p->kind), "loss",
        job->objective.n ? json_string(loss) : json_null(), "rows", rows, "features",
        (json_int_t)job->sets.fit.features, "training", ending_json(job), "metrics", metrics,
        "seconds", job->seconds, "output", p->output ? json_string(p->output) : json_null());
    if (!line) return error_set(e, "no memory for the JSON output");
    json_object_set_new(line, "interrupted", json_boolean(watch_interrupted()));
    return json_line(line, e);
}
