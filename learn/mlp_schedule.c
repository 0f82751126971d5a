/* mlp_schedule.c: the learning rate of a step. */
#include <math.h>

#include "mlp.h"

double lk_mlp_first_rate(const lk_mlp_options *o)
{
    const int adaptive = o->optimizer == LK_OPTIMIZER_ADAM || o->optimizer == LK_OPTIMIZER_ADAMW;
    return o->learning_rate > 0 ? o->learning_rate : adaptive ? 1e-3 : 0.01;
}

/* Schedules begin when the warm-up, a straight line from 0, is over. */
double lk_mlp_rate(const lk_mlp_options *o, int64_t steps, int64_t step, double plateau)
{
    const double rate = lk_mlp_first_rate(o), now = (double)step;
    const double warm = (double)o->warmup_epochs * (double)steps;
    const double all = (double)o->epochs * (double)steps;
    if (now < warm) return rate * (now + 1) / warm;
    const double epoch = floor((now - warm) / (double)steps);
    const double passed = all > warm ? (now - warm) / (all - warm) : 0;
    switch (o->schedule) {
    case LK_SCHEDULE_STEP:
        return rate * pow(o->decay, floor(epoch / (double)o->decay_epochs));
    case LK_SCHEDULE_EXPONENTIAL:
        return rate * pow(o->decay, epoch);
    case LK_SCHEDULE_COSINE:
        return rate * 0.5 * (1 + cos(3.14159265358979323846 * passed));
    case LK_SCHEDULE_LINEAR:
        return rate * (1 - passed);
    case LK_SCHEDULE_INVERSE_TIME:
        return rate / (1 + o->decay * epoch);
    case LK_SCHEDULE_PLATEAU:
        return rate * plateau;
    default:
        return rate;
    }
}
