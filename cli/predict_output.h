/* predict_output.h: predictions as files and as JSON. */
#ifndef LK_CLI_PREDICT_OUTPUT_H
#define LK_CLI_PREDICT_OUTPUT_H

#include "predictions.h"

#include <jansson.h>

typedef enum predict_what {
    PREDICT_CLASS,
    PREDICT_PROBABILITY,
    PREDICT_NUMBER,
    PREDICT_SCORE,
    PREDICT_USUAL /* class or number */
} predict_what;

typedef struct predict_output {
    const char *path; /* NULL: none */
    int npy;
    predict_what what;
} predict_output;

/* Is the name one that tells a format? */
int predict_output_check(predict_output *o, error *e);
/* Can the model say this? Settles what is usual. */
int predict_output_fit(predict_output *o, const predictions *p, error *e);
int predict_output_write(const predict_output *o, const predictions *p, error *e);
/* A list of names, numbers or lists of numbers. */
json_t *predict_output_json(const predict_output *o, const predictions *p);

#endif
