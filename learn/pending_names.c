/* A weak stand-in until multi-layer perceptrons have their file. */
#include "losskit_learn.h"
__attribute__((weak)) const char *lk_activation_name(lk_activation activation)
{
    static const char *const names[] = {"linear", "relu", "prelu", "tanh", "sigmoid"};
    return (unsigned)activation < 5 ? names[activation] : NULL;
}
