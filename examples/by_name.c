/* Any loss of the catalogue by its name, as a binding or a configuration file would call it.
 *
 *     by_name huber 0.5        value, gradient and curvature at a few residuals
 *     by_name                  the names */
#include <stdio.h>
#include <stdlib.h>

#include <losskit.h>

static void print_names(void)
{
    for (int id = 1; lk_loss_describe((lk_loss)id); id++)
        printf("%s\n", lk_loss_describe((lk_loss)id)->name);
}

/* A target that the loss accepts: 1 is in every domain of the catalogue. */
int main(int argc, char **argv)
{
    enum { POINTS = 5 };
    float input[POINTS] = {0.1f, 0.25f, 0.5f, 0.75f, 0.9f}, one = 1, width = 0.5f;
    float value[POINTS], gradient[POINTS], curvature[POINTS];
    int64_t n = POINTS;
    if (argc < 2) return print_names(), 0;

    const lk_loss loss = lk_loss_by_name(argv[1]);
    const lk_loss_info *info = lk_loss_describe(loss);
    if (!info) return fprintf(stderr, "there is no loss called \"%s\"\n", argv[1]), 1;
    double params[LK_MAX_PARAMS];
    for (int k = 0; k < info->n_params; k++)
        params[k] = argc > 2 + k ? strtod(argv[2 + k], NULL) : info->params[k].preset;

    const lk_tensor x = lk_vector(input, LK_F32, &n), v = lk_vector(value, LK_F32, &n);
    const lk_tensor g = lk_vector(gradient, LK_F32, &n), h = lk_vector(curvature, LK_F32, &n);
    const lk_tensor y = lk_view(&one, LK_F32, 0, NULL), a = lk_view(&width, LK_F32, 0, NULL);
    lk_result result;
    lk_call call = LK_CALL_INIT;
    call.input = &x;
    call.target = &y; /* a scalar: broadcast */
    if (info->auxiliary && info->auxiliary_param < 0) call.auxiliary = &a;
    call.value = &v;
    call.gradient = &g;
    call.curvature = &h;
    call.result = &result;
    call.reduction = LK_NONE;
    if (lk_evaluate(loss, params, info->n_params, &call))
        return fprintf(stderr, "%s\n", lk_last_error()), 1;

    printf("%s, target 1\n%12s %12s %12s %12s\n", info->title, "input", "value", "gradient",
           "curvature");
    for (int i = 0; i < POINTS; i++)
        printf("%12g %12g %12g %12g\n", (double)input[i], (double)value[i], (double)gradient[i],
               (double)curvature[i]);
    printf("sum %g\n", result.value);
    return 0;
}
