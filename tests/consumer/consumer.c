/* consumer.c: the smallest program that uses losskit from outside. */
#include <losskit.h>

#include <stdio.h>

int main(void)
{
    const double scores[] = {0.5, -3.0, 2.0}, truth[] = {0.0, 0.0, 2.0};
    const double slopes[] = {0.5, -1.0, 0.0};
    double gradient[3] = {0};
    const int64_t n = 3;
    lk_tensor x = lk_vector(scores, LK_F64, &n), y = lk_vector(truth, LK_F64, &n);
    lk_tensor slope = lk_vector(gradient, LK_F64, &n);
    lk_result sum;
    lk_call call = LK_CALL_INIT;
    call.input = &x;
    call.target = &y;
    call.gradient = &slope;
    call.result = &sum;
    call.reduction = LK_SUM;
    if (lk_huber(&call, 1.0)) {
        fprintf(stderr, "%s\n", lk_last_error());
        return 1;
    }
    int wrong = sum.value != 0.125 + 2.5;
    for (int i = 0; i < 3; i++) wrong |= gradient[i] != slopes[i];
    printf("losskit %s on %s: %g\n", lk_version(), lk_isa_name(), sum.value);
    return wrong;
}
