/* diagnose.h: what the parts of a diagnosis share. */
#ifndef LK_LEARN_DIAGNOSE_H
#define LK_LEARN_DIAGNOSE_H

#include "mlp.h"

typedef struct lk_patient {
    lk_dataset sample;
    int64_t *rows;          /* [sample.rows], their numbers in the caller's data */
    lk_mlp_options options; /* as given, for the sample: fewer epochs, no validation */
    lk_model *state;        /* what the checkpoint to go on from holds; NULL: there is none */
    lk_diagnosis *out;
} lk_patient;

/* Adds a finding; those that are found first are taken for the causes of the others. */
void lk_find(lk_patient *patient, lk_fault fault, int layer, double measured, double limit,
             const char *format, ...) LK_PRINTF(6, 7);

/* Each measures, and adds what it finds. */
lk_status lk_diagnose_inputs(lk_patient *patient);
lk_status lk_diagnose_start(lk_patient *patient, lk_mlp_trainer *trainer);
lk_status lk_diagnose_units(lk_patient *patient, lk_mlp_trainer *trainer);
lk_status lk_diagnose_labels(lk_patient *patient, const lk_mlp_objective *objective);
/* The largest eigenvalue of the Hessian of the first batch's loss. */
lk_status lk_sharpness(lk_mlp_trainer *trainer, int64_t rows, double *sharpness);

#endif
