/* isa.h: the kernels of the instruction set that this process uses. */
#ifndef LK_ISA_H
#define LK_ISA_H

#include "pointwise_kernels.h"

typedef struct lk_isa {
    const char *name;
    int (*supported)(void);
    const lk_kernel_table *f32, *f64;
} lk_isa;

/* Chosen at the first call: the best that the processor and the system support, at most
 * LOSSKIT_ISA. */
const lk_isa *lk_isa_current(void);

/* For tests: every set in this build, best first (NULL past the last), and a choice by hand. */
const lk_isa *lk_isa_at(int index);
void lk_isa_use(const lk_isa *isa);

#endif
