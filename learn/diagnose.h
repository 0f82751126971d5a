/* diagnose.h: what the parts of a diagnosis share. */
#ifndef LK_LEARN_DIAGNOSE_H
#define LK_LEARN_DIAGNOSE_H

#include "mlp.h"

typedef struct lk_patient {
    lk_dataset sample;
    int64_t *rows;          /* [sample.rows], their numbers in the caller's data */
    lk_mlp_options options; /* as given, for the sample: fewer epochs, no validation */
    lk_diagnosis *out;
} lk_patient;

/* Adds a finding; those that are found first are taken for the causes of the others. */
void lk_find(lk_patient *patient, lk_fault fault, int layer, double measured, double limit,
             const char *format, ...) LK_PRINTF(6, 7);

/* A training run of the sample. */
typedef struct lk_run_record {
    double first, last,
        lowest; /* losses of the sample before, after, and at the best end of an epoch */
    int failed; /* it ended with a number that is not finite */
} lk_run_record;
/* Trains an open trainer over the options' epochs. */
lk_status lk_watch(lk_mlp_trainer *trainer, const lk_dataset *sample, lk_run_record *record);
/* With these options, from the beginning. */
lk_status lk_watch_with(const lk_dataset *sample, const lk_mlp_options *options,
                        lk_run_record *record);

/* Each measures, and adds what it finds. */
void lk_diagnose_inputs(lk_patient *patient);
lk_status lk_diagnose_start(lk_patient *patient, lk_mlp_trainer *trainer);
lk_status lk_diagnose_units(lk_patient *patient, lk_mlp_trainer *trainer);
lk_status lk_diagnose_labels(lk_patient *patient);
/* The largest eigenvalue of the Hessian of the first batch's loss. */
lk_status lk_sharpness(lk_mlp_trainer *trainer, int64_t rows, double *sharpness);

#endif
