/* metrics_picture.c: the picture of a comparison. */
#include "curve_plot.h"
#include "format.h"
#include "metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SERIES = 12 };

static int has_ending(const char *path, const char *ending)
{
    const size_t length = strlen(path), n = strlen(ending);
    return length > n && !strcmp(path + length - n, ending);
}

static int read_size(const options *o, metrics_picture *p, error *e)
{
    const char *text = option_text(o, METRICS_SIZE);
    char rest;
    if (!text) return 0;
    if (sscanf(text, "%dx%d%c", &p->width, &p->height, &rest) != 2)
        return error_set(e, "--size: \"%.40s\" is not WxH", text);
    if (p->width < 200 || p->height < 150 || p->width > 10000 || p->height > 10000)
        return error_set(e, "--size: %dx%d is not between 200x150 and 10000x10000", p->width,
                         p->height);
    return 0;
}

int metrics_picture_read(const options *o, metrics_picture *p, error *e)
{
    int curve = -1;
    *p = (metrics_picture){.path = option_text(o, METRICS_PLOT)};
    if (option_choice(o, METRICS_CURVE, &curve, e) || read_size(o, p, e)) return -1;
    if (!p->path)
        return option_find(o, METRICS_CURVE) || option_find(o, METRICS_SIZE)
                   ? error_set(e, "--curve and --size are of a picture: --plot FILE.svg")
                   : 0;
    p->given = curve >= 0;
    if (p->given) p->curve = (metrics_curve)curve;
    p->png = has_ending(p->path, ".png");
    if (p->png || has_ending(p->path, ".svg")) return 0;
    return error_set(e, "%.200s: the name must end in .svg or .png", p->path);
}

int metrics_picture_check(metrics_picture *p, scores_kind kind, error *e)
{
    if (!p->path) return 0;
    if (!p->given) p->curve = kind == SCORES_CLASSES ? CURVE_CONFUSION : CURVE_ROC;
    if (p->curve == CURVE_CALIBRATION && kind != SCORES_PROBABILITIES)
        return error_set(e, "--curve calibration takes probabilities");
    if (p->curve != CURVE_CONFUSION && kind == SCORES_CLASSES)
        return error_set(e, "labels alone have no such curve; --curve confusion draws them");
    return 0;
}

/* The curves of a picture and what they are called. */
typedef struct series_list {
    curve_series series[MOST_SERIES];
    lk_curve curves[MOST_SERIES];
    char names[MOST_SERIES][CLASS_NAME], positive[CLASS_NAME * 2];
    int n;
} series_list;

/* Two classes have the positive one's curve; of more those that have one, up to a dozen. */
static int collect(const scores_report *r, int recall, series_list *s, error *e)
{
    const scores_question *q = &r->question;
    const int64_t first = q->classes == 2 ? q->positive : 0;
    const int64_t last = q->classes == 2 ? q->positive : q->classes - 1;
    const double *areas = recall ? r->average_precision : r->auc;
    for (int64_t k = first; k <= last && s->n < MOST_SERIES; k++) {
        if (isnan(areas[k]) && q->classes > 2) continue;
        lk_curve *curve = &s->curves[s->n];
        if (recall ? scores_precision_recall(r, k, curve, e) : scores_roc(r, k, curve, e))
            return -1;
        s->series[s->n] = (curve_series){scores_class_name(q, k, s->names[s->n]), curve, areas[k],
                                         recall ? scores_share(r, k) : NAN};
        s->n++;
    }
    if (q->classes == 2) {
        snprintf(s->positive, sizeof s->positive, "positive: %.40s", s->series[0].label);
        s->series[0].label = s->positive;
    }
    return s->n ? 0 : error_set(e, "all samples are of one class, of which there is no curve");
}

static int draw_series(const metrics_picture *p, const scores_report *r, atomic_file *file,
                       error *e)
{
    const int recall = p->curve == CURVE_PR;
    series_list s = {.n = 0};
    char title[96];
    snprintf(title, sizeof title, "%s%s", recall ? "Precision and recall" : "ROC",
             r->question.classes > 2 ? ", each class against the rest" : "");
    const curve_picture picture = {
        .title = title, .width = p->width, .height = p->height, .png = p->png};
    int result = collect(r, recall, &s, e);
    if (!result)
        result = recall ? curve_plot_precision_recall(s.series, s.n, &picture, file, e)
                        : curve_plot_roc(s.series, s.n, &picture, file, e);
    for (int k = 0; k < MOST_SERIES; k++) lk_curve_free(&s.curves[k]);
    return result;
}

static int draw_other(const metrics_picture *p, const scores_report *r, atomic_file *file, error *e)
{
    const scores_question *q = &r->question;
    char title[96];
    curve_picture picture = {.title = title, .width = p->width, .height = p->height, .png = p->png};
    if (p->curve == CURVE_CONFUSION) {
        snprintf(title, sizeof title, "Confusion matrix, accuracy %.4g", r->summary.accuracy);
        return curve_plot_confusion(q->classes, r->matrix, q->class_names, &picture, file, e);
    }
    const curve_series one = {NULL, &r->calibration.curve, r->calibration.ece, NAN};
    snprintf(title, sizeof title, "%s",
             q->classes > 2 ? "Calibration of the largest probability" : "Calibration");
    return curve_plot_calibration(&one, 1, &picture, file, e);
}

typedef struct drawn {
    const metrics_picture *picture;
    const scores_report *report;
} drawn;

static int draw(atomic_file *file, const void *context, error *e)
{
    const drawn *d = context;
    const metrics_picture *p = d->picture;
    const int of_scores = p->curve == CURVE_ROC || p->curve == CURVE_PR;
    return of_scores ? draw_series(p, d->report, file, e) : draw_other(p, d->report, file, e);
}

int metrics_picture_draw(const metrics_picture *p, const scores_report *r, error *e)
{
    const drawn d = {p, r};
    return atomic_put(p->path, draw, &d, e);
}
