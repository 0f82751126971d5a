/* siamese.c: an embedding of handwritten digits, learned from pairs by contrastive loss. */
#include "contrastive_reach.h"
#include "experiment.h"
#include "feature_plane.h"
#include "image_pairs.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>

/* The distances that are compared: of pixels, and of embeddings. */
enum { PIXELS, PLANE, WIDE, WAYS };
static const struct {
    const char *name;
    int64_t numbers;
} ways[WAYS] = {{"64 pixels", 64}, {"2 features", 2}, {"16 features", 16}};

static const double margin = 1;
static const image_set set = {.name = "digits",
                              .test = .3,
                              .units = {64, 32},
                              .epochs = 60,
                              .batch = 32,
                              .seeds = SEEDS,
                              .shown = 540};

/* ---- one embedding ------------------------------------------------------------------------------
 */

typedef struct finding {
    measurement similar, dissimilar; /* mean distances */
    measurement auc, nearest;
} finding;

/* The embeddings of the held-out rows, [rows, numbers]. */
static lk_status embed(const trial_data *data, int64_t numbers, uint64_t seed, double **points)
{
    const lk_objective objective = {LK_CONTRASTIVE, &margin, 1, 1, 0};
    plane_network network;
    plane_network_of(&set, &objective, 1, seed, &network);
    network.layers[PLANE_LAYERS - 1].units = numbers;
    lk_model *model = NULL;
    *points = malloc((size_t)(data->test.rows * numbers + 1) * sizeof **points);
    lk_status status = *points ? LK_OK : lk_fail(LK_NO_MEMORY, "no memory for an embedding");
    if (!status) status = lk_train_mlp(&data->train, &network.options, &model, NULL);
    if (!status) status = lk_model_predict(model, &data->test, *points);
    lk_model_free(model);
    return status;
}

static lk_status judge(const lk_dataset *data, int64_t numbers, const double *points, finding *f)
{
    pairs p;
    double auc;
    lk_status status = pairs_of(data, numbers, points, &p);
    if (!status) status = pairs_auc(&p, &auc);
    if (!status) {
        measure(&f->auc, auc);
        measure(&f->similar, pairs_mean(&p, 1));
        measure(&f->dissimilar, pairs_mean(&p, 0));
        measure(&f->nearest, pairs_nearest(data, numbers, points));
    }
    pairs_free(&p);
    return status;
}

/* ---- figures ------------------------------------------------------------------------------------
 */

typedef struct captions {
    const char *points, *points_alt, *distances, *distances_alt;
} captions;
static const captions of_seen = {
    "Ten digits, held out",
    "Embeddings of held-out images: ten clusters, one for each digit, far apart against their "
    "size.",
    "Pairs of held-out images",
    "Histograms of distances: most similar pairs are far nearer than the margin, most dissimilar "
    "ones beyond it."};
static const captions of_unseen = {
    "7, 8 and 9, never seen", "Embeddings of images of 7, 8 and 9: clouds that overlap.",
    "Pairs of digits never seen",
    "Histograms of distances: those of similar and of dissimilar pairs overlap within the margin."};

static lk_status draw_distances(experiment *x, const lk_dataset *data, const double *points,
                                const captions *c)
{
    enum { BINS = 30 };
    static const char *const labels[2] = {"dissimilar pairs", "similar pairs"};
    double at[BINS], share[BINS], *some = NULL;
    pairs p;
    lk_status status = pairs_of(data, 2, points, &p);
    if (!status) some = malloc((size_t)(p.n + 1) * sizeof *some);
    if (!status && !some) status = lk_fail(LK_NO_MEMORY, "no memory for a histogram");
    if (!status) {
        figure(x, &(figure_look){.title = c->distances,
                                 .alt = c->distances_alt,
                                 .x_label = "distance (the last bin: all beyond)",
                                 .y_label = "share of pairs of the kind"});
        for (int similar = 1; similar >= 0; similar--) {
            const int64_t n = pairs_select(&p, similar, some);
            plane_histogram(n, some, 0, 3 * margin, BINS, at, share);
            figure_line(x, labels[similar], BINS, at, share);
        }
        figure_mark(x, "margin M", margin);
    }
    free(some);
    pairs_free(&p);
    return status;
}

static lk_status draw(experiment *x, const lk_dataset *data, const double *points,
                      const captions *c)
{
    const lk_status status = plane_scatter(x,
                                           &(figure_look){.title = c->points,
                                                          .alt = c->points_alt,
                                                          .x_label = "first feature",
                                                          .y_label = "second feature",
                                                          .equal_units = 1},
                                           data, points, set.shown);
    return status ? status : draw_distances(x, data, points, c);
}

/* ---- seen and unseen digits ---------------------------------------------------------------------
 */

/* x: NULL unless there is something to be drawn. */
static lk_status try_all_ways(experiment *x, const trial_data *data, uint64_t seed,
                              const captions *c, finding f[WAYS], reach *r)
{
    lk_status status = judge(&data->test, ways[PIXELS].numbers, data->test.dense, &f[PIXELS]);
    for (int k = PLANE; !status && k < WAYS; k++) {
        double *points = NULL;
        status = embed(data, ways[k].numbers, seed, &points);
        if (!status) status = judge(&data->test, ways[k].numbers, points, &f[k]);
        if (!status && x && k == PLANE) status = draw(x, &data->test, points, c);
        if (!status && r && k == PLANE) status = reach_of(&data->test, points, margin, r);
        free(points);
    }
    return status;
}

/* All pixels alike: distances keep their order. */
static void shrink(lk_dataset *data)
{
    for (int64_t i = 0; i < data->rows * data->features; i++) data->dense[i] /= 16;
}

/* Three digits, others for each run, in which every one has its turn. */
static int is_left_out(int digit, int run_number)
{
    return (digit + 3 - 2 * run_number + 20) % 10 < 3;
}

/* The rows of three digits are held out, and all others trained on. */
static lk_status leave_out(const lk_dataset *all, int run_number, trial_data *out)
{
    int64_t n[2] = {0, 0}, *const rows = malloc((size_t)(2 * all->rows + 1) * sizeof *rows);
    *out = (trial_data){0};
    if (!rows) return lk_fail(LK_NO_MEMORY, "no memory for %lld rows", (long long)all->rows);
    for (int64_t i = 0; i < all->rows; i++) {
        const int part = is_left_out((int)all->target[i], run_number);
        rows[part * all->rows + n[part]++] = i;
    }
    lk_status status = lk_dataset_take(all, n[0], rows, &out->train);
    if (!status) status = lk_dataset_take(all, n[1], rows + all->rows, &out->test);
    free(rows);
    if (status) trial_free(out);
    return status;
}

static void write_table(experiment *x, const char *caption, const finding f[WAYS])
{
    table(x, caption, "distance of|similar pairs|dissimilar pairs|AUC|nearest neighbour right");
    for (int k = 0; k < WAYS; k++) {
        cell(x, "%s", ways[k].name);
        cell_measured(x, f[k].similar, 3);
        cell_measured(x, f[k].dissimilar, 3);
        cell_measured(x, f[k].auc, 4);
        cell_measured(x, f[k].nearest, 4);
    }
}

static lk_status seen(experiment *x, const lk_dataset *all)
{
    finding f[WAYS] = {0};
    reach r;
    heading(x, "New images of digits that were trained on");
    tell(
        x,
        "%lld images, %.0f %% of them held out, %d runs. Hidden layers of %lld and %lld units with "
        "PReLU, and linear ones whose outputs are the embedding; %lld epochs of Adam, M = %g. "
        "Each row of a batch gets a partner from it, of its own digit or of another. Two held-out "
        "rows are a pair to be judged by its distance; AUC is how often a similar pair is nearer "
        "than a dissimilar one.",
        (long long)all->rows, 100 * set.test, set.seeds, (long long)set.units[0],
        (long long)set.units[1], (long long)set.epochs, margin);
    lk_status status = LK_OK;
    for (int s = 0; !status && s < set.seeds; s++) {
        const uint64_t seed = (uint64_t)s + 1;
        trial_data data;
        status = trial_split(all, set.test, LK_SCALE_NONE, seed, &data);
        if (status) break;
        shrink(&data.train);
        shrink(&data.test);
        status = try_all_ways(s ? NULL : x, &data, seed, &of_seen, f, s ? NULL : &r);
        trial_free(&data);
    }
    if (status) return status;
    write_table(x, "Pairs of held-out images", f);
    measurement ratio = {0};
    for (int s = 0; s < set.seeds; s++)
        measure(&ratio, f[PLANE].similar.value[s] / f[PLANE].dissimilar.value[s]);
    check_at_most(x, ratio, 0.5, "mean distance of similar pairs over that of dissimilar ones");
    check_at_least(x, f[PLANE].dissimilar, margin,
                   "mean distance of dissimilar pairs, two features: the margin or more");
    check_at_least(x, f[PLANE].auc, 0.95, "AUC of the distance of two features");
    check_at_least(x, difference_of(f[PLANE].auc, f[PIXELS].auc), 0,
                   "AUC of the distance of two features less that of the pixels");
    refute(
        x, "A learned distance is the better one.",
        "For telling whether two images are of the same digit, yes. The single nearest neighbour "
        "of an image is more often right by its pixels.");
    check_at_least(x, difference_of(f[PIXELS].nearest, f[PLANE].nearest), 0,
                   "share of nearest neighbours that are right by the pixels, less that by two "
                   "features");
    tell(x,
         "The margin: of the %.0f dissimilar pairs of the first run, those that are at least M "
         "apart have no slope, and are left where they are.",
         r.pairs);
    check_at_most(x, once(r.beyond), 0, "the largest slope of a dissimilar pair beyond the margin");
    check_at_least(x, once(r.within), 1, "share of the other dissimilar pairs that have a slope");
    return LK_OK;
}

static lk_status unseen(experiment *x, const lk_dataset *all)
{
    finding f[WAYS] = {0};
    heading(x, "Digits that were never seen");
    tell(x, "Three digits take no part in the training, in each run others (the first: 7, 8 and 9; "
            "every digit has its turn). All their images are then paired.");
    lk_status status = LK_OK;
    for (int s = 0; !status && s < set.seeds; s++) {
        trial_data data;
        status = leave_out(all, s, &data);
        if (status) break;
        shrink(&data.train);
        shrink(&data.test);
        status = try_all_ways(s ? NULL : x, &data, (uint64_t)s + 1, &of_unseen, f, NULL);
        trial_free(&data);
    }
    if (status) return status;
    write_table(x, "Pairs of digits that were never seen", f);
    for (int k = PLANE; k < WAYS; k++)
        check_at_least(x, f[k].auc, 0.5, "AUC of %s on digits never seen; chance has 0.5",
                       ways[k].name);
    refute(x, "What was learned from pairs of some classes judges pairs of all others.",
           "Seven digits teach what tells these seven apart. On the others their embedding is "
           "better than chance, and worse than the pixels.");
    for (int k = PLANE; k < WAYS; k++)
        check_at_least(x, difference_of(f[PIXELS].auc, f[k].auc), 0,
                       "AUC of the pixels less that of %s, on digits never seen", ways[k].name);
    return LK_OK;
}

static lk_status run(experiment *x)
{
    formula(x, "\\tfrac12\\left[y\\,d^2+(1-y)\\max(M-d,0)^2\\right],\\qquad d=\\lVert a-b\\rVert");
    tell(x, "The same network embeds both images of a pair. Similar pairs (y = 1) are drawn "
            "together; dissimilar ones (y = 0) are pushed apart until their distance d is M.");
    const lk_dataset *const digits = experiment_data(x, set.name);
    const lk_status status = seen(x, digits);
    return status ? status : unseen(x, digits);
}

const experiment_info siamese_experiment = {
    .name = "siamese",
    .title = "Contrastive loss learns a distance from pairs",
    .claim = "Trained on pairs alone, a network embeds images so that similar ones are near and "
             "dissimilar ones a margin apart. Of classes that were trained on, the distance judges "
             "pairs better than that of pixels.",
    .data = {"digits"},
    .run = run,
};
