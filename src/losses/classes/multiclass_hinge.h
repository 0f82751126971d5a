/* Multi-class hinge losses: the label's score should lead the others by a margin. */
#include "rows.h"

static const lk_loss_info multiclass_hinge_info = {
    .name = "multiclass_hinge",
    .family = "classes",
    .title = "Multi-class hinge loss",
    .tex = "\\textstyle\\sum_{j\\ne y}\\max(0,s_j-s_y+\\Delta)",
    .gradient_tex = "\\textstyle\\sum_{j\\ne y}[s_j-s_y+\\Delta>0](e_j-e_y)",
    .curvature_tex = "0\\quad(2\\text{ for each active term with power }2)",
    .source = "Weston and Watkins, ESANN 1999, 219; Crammer and Singer, JMLR 2 (2001) 265",
    .input = "scores",
    .target = "labels in [0, C)",
    .input_domain = LK_REALS,
    .target_domain = LK_REALS,
    .traits = LK_CONVEX,
    .kind = LK_KIND_ROWS,
    .takes = LK_UNIT_ARGUMENTS | LK_BIT(TARGET) | LK_BIT(CLASS_WEIGHT),
    .needs = LK_BIT(INPUT) | LK_BIT(TARGET),
    .n_params = 4,
    .params = {{.name = "kind",
                .preset = 0,
                .lowest = 0,
                .highest = 2,
                .named = {{"weston_watkins", 0}, {"crammer_singer", 1}, {"one_vs_all", 2}},
                .meaning = "the sum over all other classes, the worst of them, or C binary hinges"},
               {.name = "margin",
                .preset = 1,
                .lowest = 0,
                .highest = 1e38,
                .meaning = "lead that costs nothing"},
               {.name = "power",
                .preset = 1,
                .lowest = 1,
                .highest = 2,
                .meaning = "1, or 2 for the squared hinge"},
               LK_SWITCH("average", 0, "1: divides by the number of classes, as PyTorch does")},
    .axis = LK_AXIS_INPUT,
    .notes = "At the kink the slope is 0. Crammer and Singer: of equal worst classes the first.",
    .elsewhere =
        "PyTorch multi_margin_loss: the same with average = yes. optax multiclass_hinge_loss and "
        "the metric hinge_loss of scikit-learn: kind crammer_singer. Keras CategoricalHinge too, "
        "but there the best other score counts as at least 0.",
};

enum { HINGE_WESTON_WATKINS, HINGE_CRAMMER_SINGER, HINGE_ONE_VS_ALL };

typedef struct hinge_options {
    int kind, squared;
    double margin, scale;
} hinge_options;

LK_FN hinge_options hinge_read(const double *p, size_t classes)
{
    return (hinge_options){(int)(p[0] + 0.5), p[2] >= 1.5, p[1],
                           p[3] != 0.0 ? 1 / (double)classes : 1};
}

/* max(0, d)^power; d comes from scores, so that NaN has to pass. */
typedef struct hinge_term {
    double value, slope, bend;
} hinge_term;

LK_FN hinge_term hinge_of(hinge_options o, double d)
{
    const double active = d > 0 || d != d ? 1 : 0, over = active != 0.0 ? d : 0;
    const double nan = d != d ? d : 0;
    return o.squared ? (hinge_term){over * over, 2 * over, 2 * active + nan}
                     : (hinge_term){over, active + nan, nan};
}
