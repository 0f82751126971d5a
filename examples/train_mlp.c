/* Two spirals that no line parts, learned by a multi-layer perceptron: the layers, the loss, early
 * stopping on held-out rows, and the accuracy of what came out.
 *
 *     cc train_mlp.c $(pkg-config --cflags --libs losskit_learn) -lm */
#include <math.h>
#include <stdio.h>

#include <losskit_learn.h>

enum { ROWS = 600 };

/* Rows i and i + 1 lie opposite each other. */
static void make_spirals(uint64_t seed, double *features, double *labels)
{
    lk_random random = {seed};
    for (int i = 0; i < ROWS; i++) {
        const double radius = 0.2 + 3 * lk_random_unit(&random);
        const double angle = 2.5 * radius + 3.14159265358979 * (i % 2);
        features[2 * i] = radius * cos(angle) + 0.08 * lk_random_normal(&random);
        features[2 * i + 1] = radius * sin(angle) + 0.08 * lk_random_normal(&random);
        labels[i] = i % 2;
    }
}

static lk_status make_data(uint64_t seed, lk_dataset *data)
{
    double features[2 * ROWS], labels[ROWS];
    const int64_t shape[2] = {ROWS, 2};
    make_spirals(seed, features, labels);
    const lk_tensor x = lk_view(features, LK_F64, 2, shape), y = lk_vector(labels, LK_F64, shape);
    const lk_status status = lk_dataset_create(&x, &y, NULL, data);
    return status ? status : lk_dataset_set_classes(data, 2);
}

static int show(void *context, const lk_progress *p)
{
    (void)context;
    if (p->checkpoint && p->epoch % 20 == 0)
        printf("epoch %3d: loss %.3f, held out %.3f, accuracy %.3f\n", (int)p->epoch, p->loss,
               p->validation_loss, p->validation_metric);
    return 0;
}

int main(void)
{
    const lk_layer layers[] = {{32, LK_ACTIVATION_TANH, 0, 0}, {32, LK_ACTIVATION_RELU, 1, 0.1}};
    const lk_objective objective = {LK_SOFTMAX_CROSS_ENTROPY, NULL, 0, 1, 0};
    lk_dataset data = {0}, held_out = {0};
    lk_mlp_options options = LK_MLP_OPTIONS_INIT;
    options.layers = layers;
    options.n_layers = 2;
    options.objective = &objective;
    options.n_objective = 1;
    options.learning_rate = 0.01;
    options.epochs = 200;
    options.patience = 30;
    options.validation = &held_out;
    options.progress = show;

    lk_model *model = NULL;
    lk_mlp_report report;
    const int failed = make_data(1, &data) || make_data(2, &held_out) ||
                       lk_train_mlp(&data, &options, &model, &report);
    if (failed)
        fprintf(stderr, "%s\n", lk_last_error());
    else
        printf("best after %d of %d epochs: accuracy %.3f\n", (int)report.best_epoch,
               (int)report.epochs, report.validation_metric);
    lk_model_free(model);
    lk_dataset_free(&data);
    lk_dataset_free(&held_out);
    return failed;
}
