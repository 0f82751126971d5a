/* train_pictures.h: the pictures of a training report, as <figure> elements with SVG in them. */
#ifndef LK_CLI_TRAIN_PICTURES_H
#define LK_CLI_TRAIN_PICTURES_H

#include "atomic_file.h"
#include "scores_report.h"
#include "train_watch.h"

/* Losses over epochs or iterations, of training and validation. */
int picture_losses(const train_watch *w, atomic_file *page, error *e);
/* Confusion matrix, ROC, precision and recall, calibration: what there is of classes. */
int picture_classes(const scores_report *r, atomic_file *page, error *e);
/* Predicted over true numbers, and residuals over predicted ones. */
int picture_numbers(const scores_report *r, atomic_file *page, error *e);

#endif
