/* segmentation.c: a rare foreground, by losses of pixels and losses of regions. */
#include "experiment.h"
#include "region_losses.h"
#include "spot_images.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRAIN = 24, VALIDATION = 12, TEST = 24, BATCH = SPOT_PIXELS / 4, EPOCHS = 30 };
enum { TEST_PIXELS = TEST * SPOT_PIXELS };

enum method { CROSS_ENTROPY, BALANCED, FOCAL, DICE, FOCAL_TVERSKY, LOVASZ, SUM, METHODS };
static const struct {
    const char *name;
    int n_losses;
    lk_loss losses[2];
} methods[METHODS] = {
    {"cross-entropy", 1, {LK_SIGMOID_CROSS_ENTROPY}},
    {"balanced cross-entropy", 1, {LK_BALANCED_SIGMOID_CROSS_ENTROPY}},
    {"focal", 1, {LK_SIGMOID_FOCAL}},
    {"dice", 1, {LK_DICE}},
    {"focal Tversky", 1, {LK_FOCAL_TVERSKY}},
    {"Lovász hinge", 1, {LK_LOVASZ_HINGE}},
    {"cross-entropy + dice", 2, {LK_SIGMOID_CROSS_ENTROPY, LK_DICE}},
};

/* How well the pixels above a threshold match the spots. */
typedef struct match {
    double precision, recall, dice, iou;
} match;

typedef struct study {
    measurement half_iou[METHODS], precision[METHODS], recall[METHODS];
    measurement best_iou[METHODS], best_dice[METHODS], threshold[METHODS], mean[METHODS];
    measurement share;
    /* of the first seed's test pixels: the truth, the network's, and the pixels themselves */
    double truth[TEST_PIXELS], probability[METHODS][TEST_PIXELS], image[TEST_PIXELS];
} study;

/* ---- one training and its scores ----------------------------------------------------------------
 */

static double share_of(const lk_dataset *data)
{
    double sum = 0;
    for (int64_t i = 0; i < data->rows; i++) sum += data->target[i];
    return sum / (double)data->rows;
}

/* To a loss of regions the pixels of a batch, drawn from all images, are one region. */
static lk_status train(enum method how, const lk_dataset *data, uint64_t seed, lk_model **out)
{
    const double beta = 1 - share_of(data);
    const lk_layer layer = {.units = 32, .activation = LK_ACTIVATION_RELU};
    lk_objective objective[2];
    for (int k = 0; k < methods[how].n_losses; k++)
        objective[k] = (lk_objective){.loss = methods[how].losses[k], .factor = 1};
    if (how == BALANCED) {
        objective[0].params = &beta;
        objective[0].n_params = 1;
    }
    lk_mlp_options options = LK_MLP_OPTIONS_INIT;
    options.layers = &layer;
    options.n_layers = 1;
    options.objective = objective;
    options.n_objective = methods[how].n_losses;
    options.learning_rate = 0.005;
    options.schedule = LK_SCHEDULE_COSINE;
    options.epochs = EPOCHS;
    options.batch = BATCH;
    options.seed = seed;
    return lk_train_mlp(data, &options, out, NULL);
}

/* Pixels whose score is above the threshold, against the truth. */
static lk_status match_at(const lk_dataset *data, const double *scores, double threshold,
                          int64_t *classes, match *out)
{
    int64_t *const truth = classes + data->rows;
    double matrix[4];
    lk_class_metrics each[2];
    lk_classification all;
    for (int64_t i = 0; i < data->rows; i++) truth[i] = (int64_t)data->target[i];
    lk_status status = lk_classify_scores(data->rows, 1, scores, threshold, classes);
    if (!status) status = lk_confusion_matrix(data->rows, 2, truth, classes, NULL, matrix);
    if (!status) status = lk_classification_metrics(2, matrix, 1, each, &all);
    *out = (match){each[1].precision, each[1].recall, each[1].f, each[1].f / (2 - each[1].f)};
    return status;
}

/* The threshold with the highest IoU, which is where Dice, the F1 of the pixels, is highest. */
static lk_status best_threshold(const lk_dataset *data, const double *scores, int64_t *truth,
                                double *threshold)
{
    lk_curve curve;
    for (int64_t i = 0; i < data->rows; i++) truth[i] = (int64_t)data->target[i];
    const lk_status status = lk_precision_recall_curve(data->rows, truth, scores, NULL, &curve);
    if (status) return status;
    double best = -1;
    for (int64_t i = 0; i < curve.n; i++) {
        const double f = 2 * curve.x[i] * curve.y[i] / (curve.x[i] + curve.y[i]);
        if (!(f > best)) continue;
        best = f;
        *threshold = nextafter(curve.threshold[i], -INFINITY); /* scores above are those at least */
    }
    lk_curve_free(&curve);
    return LK_OK;
}

/* The slope of cross-entropy for target 0 is the sigmoid. */
static lk_status sigmoid(int64_t n, const double *scores, double *probability)
{
    return trial_curve(LK_SIGMOID_CROSS_ENTROPY, NULL, 0, n, scores, 0, NULL, probability, NULL);
}

typedef struct scene {
    lk_dataset train, validation, test;
    double *scores, *probability; /* of test; validation is smaller */
    int64_t *classes;             /* room for those of test and the truth */
} scene;

static lk_status judge(enum method how, const lk_model *model, scene *r, study *s)
{
    double threshold = 0, chosen, mean = 0;
    match half, best;
    lk_status status = lk_model_predict(model, &r->validation, r->scores);
    if (!status) status = best_threshold(&r->validation, r->scores, r->classes, &threshold);
    if (!status) status = sigmoid(1, &threshold, &chosen);
    if (!status) status = lk_model_predict(model, &r->test, r->scores);
    if (!status) status = sigmoid(TEST_PIXELS, r->scores, r->probability);
    if (!status) status = match_at(&r->test, r->scores, 0, r->classes, &half);
    if (!status) status = match_at(&r->test, r->scores, threshold, r->classes, &best);
    if (status) return status;
    for (int64_t i = 0; i < TEST_PIXELS; i++) mean += r->probability[i] / TEST_PIXELS;
    measure(&s->half_iou[how], half.iou);
    measure(&s->precision[how], half.precision);
    measure(&s->recall[how], half.recall);
    measure(&s->best_iou[how], best.iou);
    measure(&s->best_dice[how], best.dice);
    measure(&s->threshold[how], chosen);
    measure(&s->mean[how], mean);
    return LK_OK;
}

static void keep_images(const lk_dataset *test, study *s)
{
    memcpy(s->truth, test->target, sizeof s->truth);
    for (int64_t i = 0; i < TEST_PIXELS; i++)
        s->image[i] = test->dense[i * test->features + test->features / 2];
}

static lk_status try_all(uint64_t seed, scene *r, study *s)
{
    lk_status status = spot_images_draw(TRAIN, lk_random_stream(seed, 1), &r->train);
    if (!status) status = spot_images_draw(VALIDATION, lk_random_stream(seed, 2), &r->validation);
    if (!status) status = spot_images_draw(TEST, lk_random_stream(seed, 3), &r->test);
    if (status) return status;
    measure(&s->share, share_of(&r->test));
    if (seed == 0) keep_images(&r->test, s);
    for (int how = 0; how < METHODS; how++) {
        lk_model *model;
        status = train((enum method)how, &r->train, lk_random_stream(seed, 4), &model);
        if (status) return status;
        status = judge((enum method)how, model, r, s);
        lk_model_free(model);
        if (status) return status;
        if (seed == 0) memcpy(s->probability[how], r->probability, sizeof s->probability[how]);
    }
    return LK_OK;
}

static lk_status try_seed(uint64_t seed, study *s)
{
    scene r = {.scores = malloc(TEST_PIXELS * sizeof *r.scores),
               .probability = malloc(TEST_PIXELS * sizeof *r.probability),
               .classes = malloc((size_t)2 * TEST_PIXELS * sizeof *r.classes)};
    const lk_status status = r.scores && r.probability && r.classes
                                 ? try_all(seed, &r, s)
                                 : lk_fail(LK_NO_MEMORY, "no memory for images");
    lk_dataset_free(&r.train);
    lk_dataset_free(&r.validation);
    lk_dataset_free(&r.test);
    free(r.scores);
    free(r.probability);
    free(r.classes);
    return status;
}

/* ---- what is told -------------------------------------------------------------------------------
 */

static void show_surface(experiment *x, const char *title, const char *alt, const double *pixels)
{
    double turned[SPOT_PIXELS]; /* the first row of an image is its top */
    for (int y = 0; y < SPOT_SIDE; y++)
        memcpy(turned + (SPOT_SIDE - 1 - y) * SPOT_SIDE, pixels + y * SPOT_SIDE,
               SPOT_SIDE * sizeof *turned);
    figure(x, &(figure_look){.title = title,
                             .alt = alt,
                             .x_label = "column of pixels",
                             .y_label = "row of pixels",
                             .x_range = {0, SPOT_SIDE - 1},
                             .y_range = {0, SPOT_SIDE - 1},
                             .equal_units = 1});
    figure_surface(x, SPOT_SIDE, SPOT_SIDE, turned);
}

/* The test image with the most foreground. */
static void show_image(experiment *x, const study *s)
{
    int shown = 0;
    double most = 0;
    for (int k = 0; k < TEST; k++) {
        double sum = 0;
        for (int i = 0; i < SPOT_PIXELS; i++) sum += s->truth[k * SPOT_PIXELS + i];
        if (sum > most) {
            most = sum;
            shown = k;
        }
    }
    const int at = shown * SPOT_PIXELS;
    show_surface(x, "A test image",
                 "Small bright spots among lines, wide patches of light and noise.", s->image + at);
    show_surface(x, "Its truth", "Small discs where the spots are; all else is background.",
                 s->truth + at);
    show_surface(x, "Probabilities after cross-entropy",
                 "Spots in shades between 0 and 1, faint at their rims and where contrast is low.",
                 s->probability[CROSS_ENTROPY] + at);
    show_surface(x, "Probabilities after dice",
                 "The same spots, nearly all pixels either 0 or 1, with hard rims.",
                 s->probability[DICE] + at);
}

static void show_table(experiment *x, const study *s)
{
    table(x,
          "Test images, over five seeds: at the threshold ½ on the probability, and at one from "
          "validation",
          "loss|precision|recall|IoU|mean probability|threshold from validation|IoU there");
    for (int how = 0; how < METHODS; how++) {
        cell(x, "%d %s", how + 1, methods[how].name);
        cell_measured(x, s->precision[how], 3);
        cell_measured(x, s->recall[how], 3);
        cell_measured(x, s->half_iou[how], 3);
        cell_measured(x, s->mean[how], 3);
        cell_measured(x, s->threshold[how], 2);
        cell_measured(x, s->best_iou[how], 3);
    }
}

static lk_status show_thresholds(experiment *x, const study *s)
{
    enum { POINTS = 49 };
    static const enum method drawn[] = {CROSS_ENTROPY, BALANCED, DICE, LOVASZ, SUM};
    double at[POINTS], iou[POINTS];
    const lk_dataset truth = {.rows = TEST_PIXELS, .target = (double *)s->truth};
    int64_t *const classes = malloc((size_t)2 * TEST_PIXELS * sizeof *classes);
    if (!classes) return lk_fail(LK_NO_MEMORY, "no memory for classes");
    trial_grid(0.02, 0.98, POINTS, at);
    figure(x, &(figure_look){.title = "IoU against the threshold, first seed",
                             .alt = "Cross-entropy peaks below one half, balanced cross-entropy "
                                    "near 1; dice, alone or in a sum, hardly depends on the "
                                    "threshold. The peaks are about equally high. The Lovász hinge "
                                    "has a needle at one half.",
                             .x_label = "threshold on the probability",
                             .y_label = "IoU, test images",
                             .x_range = {0, 1}});
    lk_status status = LK_OK;
    for (size_t m = 0; !status && m < sizeof drawn / sizeof *drawn; m++) {
        for (int k = 0; !status && k < POINTS; k++) {
            match found;
            status = match_at(&truth, s->probability[drawn[m]], at[k], classes, &found);
            iou[k] = found.iou;
        }
        figure_line(x, methods[drawn[m]].name, POINTS, at, iou);
    }
    figure_mark(x, NULL, 0.5);
    free(classes);
    return status;
}

static void show_bars(experiment *x, const study *s)
{
    double at[2][METHODS], iou[2][METHODS];
    for (int how = 0; how < METHODS; how++) {
        at[0][how] = how + 0.8;
        at[1][how] = how + 1.2;
        iou[0][how] = mean_of(s->half_iou[how]);
        iou[1][how] = mean_of(s->best_iou[how]);
    }
    figure(x,
           &(figure_look){.title = "IoU at one half, and at the threshold from validation images",
                          .alt = "At one half dice and its kin are ahead and balanced "
                                 "cross-entropy is far behind; at the chosen threshold all "
                                 "losses are close together.",
                          .x_label = "loss, numbered as in the table",
                          .y_label = "IoU, test images",
                          .x_range = {0.4, METHODS + 0.6},
                          .y_range = {0, 0.5}});
    figure_bars(x, "threshold ½", METHODS, at[0], iou[0], 0.35);
    figure_bars(x, "threshold from validation", METHODS, at[1], iou[1], 0.35);
}

static measurement distance_of(measurement a, measurement b, double factor)
{
    measurement distance = {0};
    for (int k = 0; k < a.n; k++) measure(&distance, fabs(a.value[k] - factor * b.value[k]));
    return distance;
}

static void check_all(experiment *x, const study *s)
{
    check_at_least(x, difference_of(s->half_iou[DICE], s->half_iou[CROSS_ENTROPY]), 0.03,
                   "IoU of dice less that of cross-entropy, threshold ½");
    check_at_least(x, difference_of(s->half_iou[DICE], s->half_iou[BALANCED]), 0.1,
                   "IoU of dice less that of balanced cross-entropy, threshold ½");
    check_at_least(x, difference_of(s->recall[BALANCED], s->recall[CROSS_ENTROPY]), 0.2,
                   "recall of balanced cross-entropy less that of cross-entropy");
    check_at_least(x, difference_of(s->precision[CROSS_ENTROPY], s->precision[BALANCED]), 0.2,
                   "precision of cross-entropy less that of balanced cross-entropy");
    check_at_least(x, difference_of(s->best_iou[BALANCED], s->half_iou[BALANCED]), 0.1,
                   "what the threshold from validation adds to the IoU of balanced cross-entropy");
    check_at_most(x, distance_of(s->mean[CROSS_ENTROPY], s->share, 1), 0.005,
                  "distance of cross-entropy's mean probability from the share of foreground");
    check_at_most(x, distance_of(s->threshold[CROSS_ENTROPY], s->best_dice[CROSS_ENTROPY], 0.5),
                  0.1, "distance of cross-entropy's threshold from half of its Dice");
    refute(x, "A loss of pixels cannot segment a rare foreground; it takes a loss of regions",
           "Most of what dice gains at the threshold ½ is the threshold: with one chosen on "
           "validation images, cross-entropy is as good");
    check_at_most(x, difference_of(s->best_iou[DICE], s->best_iou[CROSS_ENTROPY]), 0.03,
                  "IoU of dice less that of cross-entropy, each at the threshold from validation");
}

static lk_status tell_all(experiment *x, const study *s)
{
    tell(
        x,
        "%d images of %d × %d pixels to learn from, %d to choose a threshold, and %d for the test. "
        "One to three blurred spots are to be found among lines, wide patches of light and noise; "
        "their pixels are %.1f %% of all. A network with one hidden layer sees the %d × %d pixels "
        "around each and gives it a score. A loss of regions takes the %d pixels of a batch for "
        "one region.",
        TRAIN, SPOT_SIDE, SPOT_SIDE, VALIDATION, TEST, 100 * mean_of(s->share), SPOT_PATCH,
        SPOT_PATCH, BATCH);
    measurement nothing = {0};
    for (int k = 0; k < s->share.n; k++) measure(&nothing, 1 - s->share.value[k]);
    check_at_least(x, nothing, 0.97, "accuracy of calling every pixel background; its IoU is 0");
    tell(x, "That is why a mean over pixels hides a rare foreground: the background has nearly all "
            "the votes. Cross-entropy gives each pixel an honest probability, and where it is in "
            "doubt it says what is mostly true, background. So at the threshold ½ it finds too "
            "little. Balanced cross-entropy weighs the few pixels as much as the many, takes "
            "probabilities for higher than they are, and finds too much. Dice has no term for "
            "background that is rightly left alone: it counts the overlap against the size of "
            "truth and prediction, and answers 0 or 1 so that this is large.");
    formula(x, "L_{dice}=1-\\frac{2\\sum pg+\\varepsilon}{\\sum p+\\sum g+\\varepsilon},\\qquad "
               "L_{balanced}=-\\frac1n\\sum\\beta\\,g\\log p+(1-\\beta)(1-g)\\log(1-p),\\quad "
               "\\beta=\\frac{n_{background}}{n}");
    show_image(x, s);
    show_table(x, s);
    tell(x, "For honest probabilities there is a rule: the Dice of all pixels is largest where one "
            "says foreground above half of that largest Dice, so below ½. The right threshold can "
            "be read from a few validation images, and that is the fair comparison of losses.");
    tell(x, "The Lovász hinge attends to the ranking alone: as long as every spot scores below the "
            "background, no pixel of background has a slope. Trained from scratch and alone, it "
            "depends most on the seed.");
    show_bars(x, s);
    const lk_status status = show_thresholds(x, s);
    if (status) return status;
    check_all(x, s);
    return show_region_identities(x, METHODS, TEST, SPOT_PIXELS, s->probability[0], s->truth);
}

static lk_status run(experiment *x)
{
    study *const s = calloc(1, sizeof *s);
    lk_status status = s ? LK_OK : lk_fail(LK_NO_MEMORY, "no memory for a trial");
    for (uint64_t seed = 0; !status && seed < SEEDS; seed++) status = try_seed(seed, s);
    if (!status) status = tell_all(x, s);
    free(s);
    return status;
}

const experiment_info segmentation_experiment = {
    .name = "segmentation",
    .title = "Dice finds a rare foreground that cross-entropy misses; much of it is the threshold",
    .claim = "Where the foreground is a few pixels in a hundred, a mean over pixels hides it, and "
             "dice, which looks at regions, segments better than plain or balanced cross-entropy.",
    .run = run,
};
