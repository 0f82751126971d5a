/* train_plan_parts.c: how a network is trained and on which rows, from the options. */
#include "train_plan.h"

#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- networks -----------------------------------------------------------------------------------
 */

static int set_augmentation(lk_augmentation *a, const char *name, double value)
{
    if (!strcmp(name, "noise"))
        a->noise = value;
    else if (!strcmp(name, "shift"))
        a->shift = value;
    else if (!strcmp(name, "rotate"))
        a->rotation = value;
    else
        return -1;
    return 0;
}

/* "shift=2,rotate=10,flip" */
static int read_augmentation(const options *o, train_plan *p, error *e)
{
    const char *text = option_text(o, TRAIN_AUGMENT);
    p->augmented = text != NULL;
    while (text) {
        const size_t length = strcspn(text, ","), name_length = strcspn(text, ",=");
        char name[OPTION_NAME];
        snprintf(name, sizeof name, "%.*s", (int)name_length, text);
        double value = 0;
        if (!strcmp(name, "flip") && name_length == length)
            p->augmentation.flip = 1;
        else if (name_length == length ||
                 number_parse(text + name_length + 1, length - name_length - 1, &value) !=
                     NUMBER_OK ||
                 !isfinite(value) || value < 0 || set_augmentation(&p->augmentation, name, value))
            return error_set(e,
                             "--augment: \"%.*s\" is none of noise=NUMBER, shift=PIXELS, "
                             "rotate=DEGREES and flip",
                             text_shown(length), text);
        text = text[length] ? text + length + 1 : NULL;
    }
    return 0;
}

static int read_schedule(const options *o, lk_mlp_options *x, error *e)
{
    int schedule = LK_SCHEDULE_CONSTANT;
    long decay_epochs = (long)x->decay_epochs, warmup = 0, patience = 0;
    if (option_choice(o, TRAIN_SCHEDULE, &schedule, e) ||
        option_number(o, TRAIN_DECAY, 0, NUMBER_LARGEST, &x->decay, e) ||
        option_integer(o, TRAIN_DECAY_EPOCHS, 1, COUNT_LARGEST, &decay_epochs, e) ||
        option_integer(o, TRAIN_WARMUP, 0, COUNT_LARGEST, &warmup, e) ||
        option_integer(o, TRAIN_PATIENCE, 0, COUNT_LARGEST, &patience, e))
        return -1;
    x->schedule = (lk_schedule)schedule;
    x->decay_epochs = decay_epochs;
    x->warmup_epochs = warmup;
    x->patience = patience;
    const int factor = schedule == LK_SCHEDULE_STEP || schedule == LK_SCHEDULE_EXPONENTIAL ||
                       schedule == LK_SCHEDULE_PLATEAU;
    return factor && x->decay > 1
               ? error_set(e, "--decay: %s lets the learning rate grow; expected at most 1",
                           option_text(o, TRAIN_DECAY))
               : 0;
}

int train_plan_network(const options *o, train_plan *p, error *e)
{
    lk_mlp_options *x = &p->mlp;
    int initialization = LK_INIT_AUTO, optimizer = LK_OPTIMIZER_ADAM;
    long epochs = (long)x->epochs, batch = (long)x->batch;
    if (option_choice(o, TRAIN_INITIALIZATION, &initialization, e) ||
        option_choice(o, TRAIN_OPTIMIZER, &optimizer, e) ||
        option_number(o, TRAIN_INITIALIZATION_SCALE, 0, NUMBER_LARGEST, &x->initialization_scale,
                      e) ||
        option_number(o, TRAIN_MOMENTUM, 0, 1, &x->momentum, e) ||
        option_number(o, TRAIN_CLIP, 0, NUMBER_LARGEST, &x->clip, e) ||
        option_number(o, TRAIN_CENTER_RATE, 0, 1, &x->center_rate, e) ||
        option_number(o, TRAIN_MARGIN_LAMBDA, 0, NUMBER_LARGEST, &x->margin_lambda, e) ||
        option_number(o, TRAIN_LEARNING_RATE, 0, NUMBER_LARGEST, &x->learning_rate, e) ||
        option_number(o, TRAIN_L1, 0, NUMBER_LARGEST, &x->l1, e) ||
        option_number(o, TRAIN_L2, 0, NUMBER_LARGEST, &x->l2, e) ||
        option_integer(o, TRAIN_EPOCHS, 1, COUNT_LARGEST, &epochs, e) ||
        option_integer(o, TRAIN_BATCH, 1, COUNT_LARGEST, &batch, e) || read_schedule(o, x, e) ||
        read_augmentation(o, p, e))
        return -1;
    x->layers = p->layers;
    x->initialization = (lk_initialization)initialization;
    x->optimizer = (lk_optimizer)optimizer;
    x->epochs = epochs;
    x->batch = batch;
    x->seed = p->seed;
    return 0;
}

/* ---- rows ---------------------------------------------------------------------------------------
 */

/* A number is a share; anything else is a file. */
static int read_rows(const options *o, int key, train_rows *rows, error *e)
{
    const given_option *g = option_find(o, key);
    if (!g) return 0;
    if (number_parse(g->text, strlen(g->text), &rows->fraction) != NUMBER_OK) {
        rows->fraction = 0;
        rows->path = g->text;
        return *g->text ? 0 : error_set(e, "--%s: expected a share or a file", g->name);
    }
    return rows->fraction > 0 && rows->fraction < 1
               ? 0
               : error_set(e, "--%s: %.80s is no share between 0 and 1, both excluded", g->name,
                           g->text);
}

static int read_resampling(const options *o, train_plan *p, error *e)
{
    lk_resample_options *x = &p->resample;
    int method = LK_RESAMPLE_NONE;
    long neighbours = (long)x->neighbours;
    if (option_choice(o, TRAIN_RESAMPLE, &method, e) ||
        option_number(o, TRAIN_RATIO, 0, 1, &x->ratio, e) ||
        option_number(o, TRAIN_NOISE, 0, NUMBER_LARGEST, &x->noise, e) ||
        option_integer(o, TRAIN_NEIGHBOURS, 1, 1 << 20, &neighbours, e) ||
        option_integer(o, TRAIN_ENSEMBLE, 1, 1 << 16, &p->members, e))
        return -1;
    x->method = (lk_resample)method;
    x->neighbours = neighbours;
    x->seed = lk_random_stream(p->seed, 1);
    return x->ratio > 0 ? 0 : error_set(e, "--ratio: 0 is not above 0");
}

int train_named_number(const char **at, const char *option, char name[CLASS_NAME_TEXT],
                       double *value, error *e)
{
    const size_t length = strcspn(*at, ",");
    size_t end = length;
    while (end && (*at)[end - 1] != '=') end--;
    if (end < 2 || end > CLASS_NAME_TEXT ||
        number_parse(*at + end, length - end, value) != NUMBER_OK || !isfinite(*value) ||
        *value < 0)
        return error_set(e, "--%s: \"%.*s\" is no class and its number, as in yes=2,no=1", option,
                         text_shown(length), *at);
    snprintf(name, CLASS_NAME_TEXT, "%.*s", (int)end - 1, *at);
    *at = (*at)[length] ? *at + length + 1 : NULL;
    return 0;
}

static int check_named_numbers(const given_option *g, error *e)
{
    char name[CLASS_NAME_TEXT], other[CLASS_NAME_TEXT];
    double value;
    for (const char *at = g->text; at;) {
        const char *const here = at;
        if (train_named_number(&at, g->name, name, &value, e)) return -1;
        for (const char *before = g->text; before != here;) {
            if (train_named_number(&before, g->name, other, &value, e)) return -1;
            if (!strcmp(name, other))
                return error_set(e, "--%s: \"%.80s\" is named twice", g->name, name);
        }
    }
    return 0;
}

static int read_shares(const options *o, train_plan *p, error *e)
{
    static const char effective[] = "effective:";
    const given_option *weight = option_find(o, TRAIN_CLASS_WEIGHT);
    const given_option *prior = option_find(o, TRAIN_PRIOR);
    if (weight && !strcmp(weight->text, "balanced")) {
        p->class_weight = SHARES_COMPUTED;
    } else if (weight && !strncmp(weight->text, effective, strlen(effective))) {
        const char *text = weight->text + strlen(effective);
        p->class_weight = SHARES_EFFECTIVE;
        if (number_parse(text, strlen(text), &p->beta) != NUMBER_OK ||
            !(p->beta >= 0 && p->beta < 1))
            return error_set(
                e, "--class-weight: beta \"%.80s\" is no number from 0 up to but not 1", text);
    } else if (weight) {
        p->class_weight = SHARES_GIVEN;
        if (check_named_numbers(weight, e)) return -1;
    }
    if (prior) p->prior = strcmp(prior->text, "natural") ? SHARES_GIVEN : SHARES_COMPUTED;
    return p->prior == SHARES_GIVEN ? check_named_numbers(prior, e) : 0;
}

int train_plan_data(const options *o, train_plan *p, error *e)
{
    static const data_task tasks[] = {DATA_AUTO, DATA_CLASSES, DATA_NUMBERS};
    int task = 0;
    if (option_choice(o, TRAIN_TASK, &task, e) || option_choice(o, TRAIN_SCALE, &p->scale, e) ||
        read_rows(o, TRAIN_VALIDATION, &p->validation, e) ||
        read_rows(o, TRAIN_TEST, &p->test, e) || read_resampling(o, p, e) || read_shares(o, p, e))
        return -1;
    if (p->validation.fraction + p->test.fraction >= 1)
        return error_set(e, "--validation and --test leave no rows to train on");
    p->normal = option_text(o, TRAIN_NORMAL);
    p->request = (data_request){.path = o->arguments[0],
                                .folder = option_text(o, TRAIN_DATA),
                                .label = option_text(o, TRAIN_LABEL),
                                .weight = option_text(o, TRAIN_WEIGHT),
                                .task = tasks[task]};
    return 0;
}
