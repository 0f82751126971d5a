/* Weak stand-ins until each kind of model has its file. */
#include "model.h"
__attribute__((weak)) const lk_model_type lk_mlp_type;
__attribute__((weak)) const lk_model_type lk_stumps_type;
__attribute__((weak)) const lk_model_type lk_ensemble_type;
__attribute__((weak)) const lk_model_type lk_gaussian_type;
#define PENDING __attribute__((weak)) lk_status
PENDING lk_scaling_apply(const lk_scaling *s, lk_dataset *d)
{
    (void)s, (void)d;
    return LK_UNSUPPORTED;
}
