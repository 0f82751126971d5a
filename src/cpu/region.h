/* region.h: what the loss files over regions are written with. */
#ifndef LK_REGION_H
#define LK_REGION_H

#include "loss_words.h"
#include "vmath.h"

/* What a ratio loss knows of a group: I = sum p g, P = sum p^k, G = sum g^k. */
typedef struct region_sums {
    real both, input, target;
} region_sums;

/* A function of I, P and G with its derivatives. */
typedef struct region_jet {
    real value;
    real by_both, by_input, by_target;
    real by_both_both, by_both_input, by_input_input;
} region_jet;

/* 1 - (I + s) / U with U = I + alpha (P - I) + beta (G - I) + s, taken as the quotient of what is
 * wrong by U, so that a good prediction keeps its digits. Of nothing at all: 0, with derivatives 0.
 */
LK_FN region_jet tversky_ratio(region_sums s, real alpha, real beta, real smooth)
{
    const region_jet nothing = {R(0), R(0), R(0), R(0), R(0), R(0), R(0)};
    const real right = s.both + smooth, rest = R(1) - alpha - beta;
    const real wrong = alpha * (s.input - s.both) + beta * (s.target - s.both);
    const real all = right + wrong, value = wrong / all, share = right / all, inverse = R(1) / all;
    const real gain = (R(1) - rest * share) * inverse, price = alpha * inverse;
    const region_jet result = {
        .value = value < R(0) ? R(0) : value, /* rounding */
        .by_both = -gain,
        .by_input = share * price,
        .by_target = share * (beta * inverse),
        .by_both_both = R(2) * rest * gain * inverse,
        .by_both_input = price * (R(1) - R(2) * rest * share) * inverse,
        .by_input_input = R(-2) * price * price * share,
    };
    return all == R(0) ? nothing : result;
}

/* The jet of outer(inner), from the value and derivatives of outer. */
LK_FN region_jet jet_through(region_jet j, real value, real slope, real bend)
{
    const region_jet result = {
        .value = value,
        .by_both = slope * j.by_both,
        .by_input = slope * j.by_input,
        .by_target = slope * j.by_target,
        .by_both_both = bend * j.by_both * j.by_both + slope * j.by_both_both,
        .by_both_input = bend * j.by_both * j.by_input + slope * j.by_both_input,
        .by_input_input = bend * j.by_input * j.by_input + slope * j.by_input_input,
    };
    return result;
}

#define LK_REGION_ARGUMENTS (LK_UNIT_ARGUMENTS | LK_BIT(TARGET) | LK_BIT(MASK))

#define LK_SMOOTH_PARAMETER                                                     \
    {                                                                           \
        .name = "smooth", .preset = 1, .lowest = 0, .highest = 1e30,            \
        .meaning = "added to both parts of the ratio; keeps empty regions tame" \
    }
#define LK_LOGITS_PARAMETER LK_SWITCH("logits", 0, "the sigmoid of input is the probability")

#endif
