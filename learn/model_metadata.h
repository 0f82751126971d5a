/* model_metadata.h: all of a model but its arrays, as JSON. */
#ifndef LK_LEARN_MODEL_METADATA_H
#define LK_LEARN_MODEL_METADATA_H

#include <jansson.h>

#include "model.h"

/* {"kind": "linear", "loss": "huber", "parameters": {"delta": 1.0}, "features": 30, "outputs": 1,
 *  "classes": 0, "targets": 1, "class_names": ["a", "b"], "layers": [{"units": 64, "activation":
 *  "relu", "batch_normalization": false, "dropout": 0.0}], "notes": {"key": "text"}, "members":
 *  [{...}]}; what the model has not is absent. */
lk_status lk_model_to_json(const lk_model *model, json_t **description);
/* A model without arrays, its members too. Everything is checked but what needs the arrays. `room`:
 * bytes of the file, which outputs, classes and targets cannot exceed. */
lk_status lk_model_from_json(const json_t *description, size_t room, lk_model **out);

/* The same as metadata of a file, where every value is a text: "losskit.kind": "linear",
 * "losskit.features": "30", "losskit.parameters": "{\"delta\":1.0}". Other keys than "losskit."
 * belong to others. */
lk_status lk_metadata_of(const json_t *description, json_t **metadata);
lk_status lk_metadata_read(const json_t *metadata, json_t **description);

#endif
