/* model_store.h: models as files, with what `losskit predict` has to know of their data. */
#ifndef LK_CLI_MODEL_STORE_H
#define LK_CLI_MODEL_STORE_H

#include "cli_error.h"
#include "data_file.h"
#include "losskit_learn.h"

/* Notes of a model: the column of the label; the names of the features as a JSON array; the shares
 * of the classes in training and those that scores are corrected to, numbers with commas. */
#define NOTE_LABEL "column.label"
#define NOTE_WEIGHT "column.weight"
#define NOTE_FEATURES "features"
#define NOTE_TRAINED "prior.trained"
#define NOTE_PRIOR "prior.wanted"
#define NOTE_LOSS "loss"
#define NOTE_NORMAL "normal" /* name of the class that is no anomaly */

/* "-" is standard input; *model is NULL after a failure. */
int model_store_read(const char *path, lk_model **model, error *e);
/* Whole or not at all: a failure, or a signal meanwhile, leaves the old file and no other. */
int model_store_write(const char *path, const lk_model *model, error *e);

/* One number for each class; the caller frees. NULL and no sentence where there is no such note. */
int model_shares(const lk_model *model, const char *note, double **shares, error *e);
int model_set_shares(lk_model *model, const char *note, const double *shares, error *e);
int model_set_features(lk_model *model, const data_file *file, error *e);
/* Features that both name must be called alike. */
int model_check_features(const lk_model *model, const char *path, const data_file *file, error *e);

/* Scores of the rows, [rows, outputs], corrected for the shares where the model says so. */
int model_scores(const lk_model *model, const lk_dataset *data, double **scores, error *e);

#endif
