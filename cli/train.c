/* train.c: a model for a file of data. */
#include "train_plan.h"
#include "train_run.h"

#include "options.h"

static const struct poptOption train_table[] = {
    {"output", 'o', POPT_ARG_STRING, NULL, TRAIN_OUTPUT, "the model, a .safetensors file", "OUT"},
    OPTION("model", TRAIN_MODEL,
           "linear, mlp:UNITS,UNITS,..., perceptron, adaboost or mahalanobis; a layer of mlp may "
           "name its activation, as in mlp:256-tanh,64; default linear",
           "MODEL"),
    OPTION("loss", TRAIN_LOSS,
           "a loss of `losskit list`; for mlp also a sum, \"softmax_cross_entropy + 0.01*center\"; "
           "default logistic for two classes, softmax_cross_entropy for more, squared_error for "
           "numbers",
           "LOSS"),
    OPTION_MANY("param", TRAIN_PARAM, "a parameter of the loss; may be repeated", "NAME=VALUE"),
    OPTION("l2", TRAIN_L2, "weight of the squared norm; default 1e-4 for linear, 0 for mlp",
           "NUMBER"),
    OPTION("l1", TRAIN_L1, "weight of the sum of absolute weights; default 0", "NUMBER"),
    OPTION("C", TRAIN_COST,
           "instead of --l2: weight of the losses' sum against half the squared norm, which is "
           "l2 = 1 / (rows C)",
           "NUMBER"),
    OPTION("bias", TRAIN_BIAS, "default free, not part of the norm", "free|penalised|none"),
    OPTION("seed", TRAIN_SEED, "of all random choices; default 0", "NUMBER"),
    OPTION("threads", TRAIN_THREADS, "number of threads; the model does not depend on it",
           "NUMBER"),

    OPTIONS_HEADING("Data"),
    OPTION("label", TRAIN_LABEL, "the column of the label, by name or number from 1", "COLUMN"),
    OPTION("task", TRAIN_TASK, "what labels are taken for; default auto", "auto|classes|numbers"),
    OPTION("weight", TRAIN_WEIGHT, "the column of the rows' weights", "COLUMN"),
    OPTION("data", TRAIN_DATA, "where DATA that is the name of a set is looked for", "DIR"),
    OPTION("validation", TRAIN_VALIDATION,
           "rows that only watch the training: a share of DATA, as 0.2, or a file",
           "FRACTION or FILE"),
    OPTION("test", TRAIN_TEST, "rows for the final measurement, likewise", "FRACTION or FILE"),
    OPTION("scale", TRAIN_SCALE,
           "how features are scaled, by the training rows; default standard for dense rows of "
           "linear, mlp and perceptron, else none; images stay as they are, 0 to 1",
           "none|standard|min-max|max-abs"),

    OPTIONS_HEADING("Linear models"),
    OPTION("solver", TRAIN_SOLVER, "default auto, the one that suits the loss",
           "auto|dual|newton|lbfgs|proximal|sgd|qr|irls|cccp"),
    OPTION("tolerance", TRAIN_TOLERANCE, "of the stopping rule; default the solver's", "NUMBER"),
    OPTION("iterations", TRAIN_ITERATIONS, "most of them; default the solver's", "NUMBER"),

    OPTIONS_HEADING("Training in batches (mlp; some for perceptron and --solver sgd)"),
    OPTION("epochs", TRAIN_EPOCHS, "passes over the rows; default 20, perceptron 100", "NUMBER"),
    OPTION("batch", TRAIN_BATCH, "rows of a step; default 64, sgd 32", "NUMBER"),
    OPTION("learning-rate", TRAIN_LEARNING_RATE,
           "default 0.001 for adam and adamw, 0.01 for other optimizers", "NUMBER"),
    OPTION("optimizer", TRAIN_OPTIMIZER, "default adam", "sgd|momentum|nesterov|adam|adamw"),
    OPTION("momentum", TRAIN_MOMENTUM, "of momentum and nesterov; default 0.9", "NUMBER"),
    OPTION("schedule", TRAIN_SCHEDULE, "of the learning rate; default constant",
           "constant|step|exponential|cosine|linear|inverse_time|plateau"),
    OPTION("decay", TRAIN_DECAY,
           "of the schedules step, exponential, inverse_time and plateau; default 0.1", "NUMBER"),
    OPTION("decay-epochs", TRAIN_DECAY_EPOCHS,
           "between the steps of step, without improvement of plateau; default 10", "NUMBER"),
    OPTION("warmup", TRAIN_WARMUP, "epochs in which the learning rate rises to its own", "NUMBER"),
    OPTION("patience", TRAIN_PATIENCE,
           "stop after so many epochs without a better validation loss, or training loss where "
           "there is no --validation, and keep the best",
           "NUMBER"),
    OPTION("clip", TRAIN_CLIP, "the most that the gradient's norm may be", "NUMBER"),
    OPTION("activation", TRAIN_ACTIVATION, "of layers that name none; default relu",
           "linear|relu|prelu|tanh|sigmoid"),
    OPTION("dropout", TRAIN_DROPOUT, "the share of hidden units that a step leaves out", "NUMBER"),
    OPTION_FLAG("batch-norm", TRAIN_BATCH_NORM, "batch normalisation of the hidden layers"),
    OPTION("initialization", TRAIN_INITIALIZATION,
           "default auto: He before relu and prelu, else Xavier",
           "auto|xavier_uniform|xavier_normal|he_uniform|he_normal|lecun_normal|orthogonal|normal|"
           "zero"),
    OPTION("initialization-scale", TRAIN_INITIALIZATION_SCALE,
           "standard deviation of --initialization normal; default 0.01", "NUMBER"),
    OPTION("margin-lambda", TRAIN_MARGIN_LAMBDA,
           "of large_margin_softmax: lambda at the first step, from which it falls; default 1000",
           "NUMBER"),
    OPTION("center-rate", TRAIN_CENTER_RATE, "of the centers of center loss; default 0.5",
           "NUMBER"),
    OPTION("augment", TRAIN_AUGMENT,
           "change rows whenever they are seen: noise=DEVIATION of the scaled features, and of "
           "images shift=PIXELS, rotate=DEGREES, flip",
           "NAME=VALUE,..."),

    OPTIONS_HEADING("Other models"),
    OPTION("averaged", TRAIN_AVERAGED,
           "perceptron: the mean of all weights on the way; default yes", "yes|no"),
    OPTION("rounds", TRAIN_ROUNDS, "adaboost: the most stumps; default 100", "NUMBER"),
    OPTION("normal", TRAIN_NORMAL, "mahalanobis: the class that is no anomaly; default the largest",
           "CLASS"),
    OPTION("shrinkage", TRAIN_SHRINKAGE,
           "mahalanobis: of the covariance towards its diagonal, 0 to 1; default 0.01", "NUMBER"),
    OPTION("quantile", TRAIN_QUANTILE,
           "mahalanobis: the share of normal rows within the limit; default 0.95", "NUMBER"),

    OPTIONS_HEADING("Unbalanced classes (training rows only)"),
    OPTION("class-weight", TRAIN_CLASS_WEIGHT,
           "balanced, effective:BETA, or a weight for each class", "balanced or NAME=WEIGHT,..."),
    OPTION("resample", TRAIN_RESAMPLE,
           "repeat rows of small classes, leave out rows of large "
           "ones, or add points between neighbours of a small class",
           "none|over|under|smote"),
    OPTION("ratio", TRAIN_RATIO,
           "of the smaller classes' size to the largest after resampling; default 1", "NUMBER"),
    OPTION("neighbours", TRAIN_NEIGHBOURS, "of smote; default 5", "NUMBER"),
    OPTION("noise", TRAIN_NOISE,
           "of rows that --resample over repeats, in each feature's standard deviations", "NUMBER"),
    OPTION("ensemble", TRAIN_ENSEMBLE,
           "EasyEnsemble: so many models, each on all rows of the smallest class and as many of "
           "the others",
           "NUMBER"),
    OPTION("prior", TRAIN_PRIOR,
           "correct the scores for the classes' true shares: natural, those of the training rows "
           "before weights and resampling, or a share for each class",
           "natural or NAME=SHARE,..."),

    OPTIONS_HEADING("Outputs"),
    OPTION("report", TRAIN_REPORT, "an HTML page with curves and tables", "OUT"),
    OPTION("checkpoint", TRAIN_CHECKPOINT, "mlp: where the state after each epoch is kept", "OUT"),
    OPTION("resume", TRAIN_RESUME, "mlp: go on from a checkpoint, to the same end", "FILE"),
    OPTION_FLAG("diagnose", TRAIN_DIAGNOSE,
                "instead of a model: train a sample as asked and say why the loss rises or stalls"),
    OPTION_FLAG("quiet", TRAIN_QUIET, "no progress"),
    OPTIONS_COMMON};

static const example train_examples[] = {
    {"losskit train data/breast_cancer.csv --test 0.3 -o cancer.safetensors",
     "logistic regression, measured on rows that it has not seen"},
    {"losskit train a9a.libsvm --loss hinge --C 1 --bias penalised -o svm.safetensors",
     "a linear support vector machine, as LIBLINEAR states it"},
    {"losskit train mnist --data ~/mnist --model mlp:256,64 --validation 0.1 --patience 5 "
     "--checkpoint c.safetensors -o digits.safetensors --report digits.html",
     "a network that keeps its best epoch, and a page about it"},
    {"losskit train data.csv --model mlp:64 --learning-rate 3 --diagnose",
     "what is wrong with this training?"},
    {"losskit train fraud.csv --loss sigmoid_focal --class-weight balanced --prior natural "
     "-o fraud.safetensors",
     "a rare class, with scores for its true share"},
    {NULL, NULL}};

static int run_train(const options *o, error *e)
{
    train_plan plan;
    return train_plan_read(o, &plan, e) ? STATUS_USAGE : train_run(&plan, e);
}

const command train_command = {
    .name = "train",
    .arguments = "DATA [OPTION...]",
    .fewest = 1,
    .most = 1,
    .purpose = "Fit a model to data",
    .description =
        "DATA is a .csv, LIBSVM, .npz, .npy or IDX file, gzipped or not, or a directory of IDX "
        "files. Shares for validation and test are drawn with --seed, of each class alike; "
        "scaling, "
        "weights and resampling look at the training rows alone. The objective is the weighted "
        "mean of the loss + l2/2 |w|^2 + l1 |w|_1. The model file holds all that `losskit predict` "
        "needs, and is the same to the last byte whenever data, options and seed are. --json "
        "prints "
        "a line for each epoch or iteration and one for the result. An interrupt (Ctrl-C) ends the "
        "training in good order, after the batch, or with --checkpoint after the epoch; the model "
        "is written and the exit status is 1. A second one ends at once. A checkpoint that cannot "
        "be written is told, the one before is kept, and the training goes on.",
    .table = train_table,
    .examples = train_examples,
    .run = run_train,
};
