/**
 * pinprick.h - how few pixels have to change before a classifier changes its mind?
 *
 * The whole public interface of libpinprick. It reads from top to bottom as one would use it: errors, parameters,
 * images, the classifier, one attack in memory, a whole audit in a folder, a map of single pixels, and what can be told from a folder.
 *
 * One image, attacked in memory:
 *
 *     pp_error err;
 *     pp_params *params = NULL;
 *     pp_model *model = NULL;
 *     pp_image *image = NULL;
 *     pp_result *result = NULL;
 *     if (pp_params_new(&params, "dgde", &err) || pp_params_set(params, "queries", "2000", &err) ||
 *         pp_model_open(&model, "model.onnx", params, &err) || pp_image_load(&image, "xray.png", model, params, &err) ||
 *         pp_attack(&result, model, image, params, &err) < 0)
 *         fprintf(stderr, "%s\n", err.message);
 *     else
 *         printf("%zu pixels after %llu queries\n", result->l0, (unsigned long long)result->queries);
 *     pp_result_free(result), pp_image_free(image), pp_model_free(model), pp_params_free(params);
 *
 * Conventions. Images are 8 bit, height x width x channels (HWC), row-major, channels 1 (gray) or 3 (RGB). L0 counts
 * pixels: a pixel counts once if any of its channels differs from the original. Functions that can fail return a
 * pp_code and take a pp_error last, which may be NULL and is untouched on success. What an out parameter points to
 * stays as it was when the call fails. Every _free accepts NULL. Strings are UTF-8, borrowed unless it says otherwise.
 * One object must not be used by two threads at the same time; different objects may be.
 */
#ifndef PINPRICK_H
#define PINPRICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PP_API __attribute__((visibility("default")))

/** "MAJOR.MINOR.PATCH" of the library at hand. Static. */
PP_API const char *pp_version(void);

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

/** Positive: an outcome that is not a failure. Negative: a failure, and pp_error says which. */
typedef enum pp_code {
    PP_OK = 0,
    PP_BUDGET = 1,      /**< the query or time budget is spent */
    PP_INTERRUPTED = 2, /**< the caller asked to stop; what was finished is kept */
    PP_PARTIAL = 3,     /**< done, but some images could not be read */
    PP_MISMATCH = 4,    /**< verification found something that does not hold */
    PP_RED = 5,         /**< a gate's rule is broken */
    PP_ARG = -1,        /**< an argument or option is wrong */
    PP_MEMORY = -2,     /**< out of memory */
    PP_IO = -3,         /**< a file or folder cannot be read or written */
    PP_FORMAT = -4,     /**< a file was read, and its contents are not what they should be */
    PP_MODEL = -5,      /**< the classifier cannot be run, or what it answers cannot be used */
    PP_STORE = -6       /**< run.db refused */
} pp_code;

/** One line fit to print as it is: what was wrong, where, and what to do. */
typedef struct pp_error {
    pp_code code;
    char message[1024];
} pp_error;

/* ---- Parameters -------------------------------------------------------------------------------------------------- */

typedef enum pp_param_type {
    PP_COUNT,  /**< whole number, uint64_t */
    PP_REAL,   /**< double */
    PP_FLAG,   /**< bool; as text "0" or "1" */
    PP_CHOICE, /**< one of the words in choices, stored as its index in an int */
    PP_TEXT    /**< char *, owned by the struct that holds it */
} pp_param_type;

/** One row of the one parameter table: the command line, --help, the manual, and the stored run all come from it. */
typedef struct pp_param {
    const char *option;   /**< name without dashes; NULL ends a table */
    pp_param_type type;
    size_t offset;        /**< where the value lies in its section's struct: of no use to a caller */
    double min, max;      /**< inclusive range of a PP_COUNT or PP_REAL */
    const char *fallback; /**< the default, as text a user could have typed */
    const char *choices;  /**< PP_CHOICE: the words, divided by '|'; else what stands for the value in help */
    const char *unit;     /**< "" where there is none */
    const char *source;   /**< the paper the default is taken from, "measured", or "" */
    const char *help;     /**< one line */
} pp_param;

/** Rows that belong together. A section named like a method holds that method's own parameters. */
typedef struct pp_section {
    const char *name, *title;
    const pp_param *rows;
} pp_section;

/** Sections in the order that help shows them. @return NULL past the last. Static. */
PP_API const pp_section *pp_section_at(size_t index);

/**
 * Sets one field of the struct at base, which row->offset counts in, from text. A text value set before is freed; the new one
 * is a copy. What pp_params_set does to a pp_params; a program can parse rows of its own with it.
 * @return PP_OK; PP_ARG: the text is not of the row's type or out of its range; PP_MEMORY
 */
PP_API pp_code pp_param_parse(const pp_param *row, void *base, const char *text, pp_error *err);

/** A value of each parameter that a method has. */
typedef struct pp_params pp_params;

/**
 * All defaults, for the method named (see pp_method_at). *params: yours, free with pp_params_free.
 * @return PP_OK; PP_ARG: no such method; PP_MEMORY
 */
PP_API pp_code pp_params_new(pp_params **params, const char *method, pp_error *err);
PP_API void pp_params_free(pp_params *params);

/**
 * Sets one parameter, as `--option text` on the command line would; text: copied. docs/parameters.md lists all, with ranges, defaults
 * and sources. @return PP_OK; PP_ARG: no such option, not this method's option, or a value out of its range; PP_MEMORY
 */
PP_API pp_code pp_params_set(pp_params *params, const char *option, const char *text, pp_error *err);

/** The value as text that pp_params_set would take. *text: yours, free(). @return PP_OK, PP_ARG, PP_MEMORY */
PP_API pp_code pp_params_get(const pp_params *params, const char *option, char **text, pp_error *err);

/** Name, one-line summary and paper of the methods, in the order that help shows them. @return false past the last. Static strings. */
PP_API bool pp_method_at(size_t index, const char **name, const char **summary, const char **source);

/* ---- The classifier ---------------------------------------------------------------------------------------------- */

/** A classifier under test: model file, preprocessing, meaning of its outputs, and the engine that runs it. */
typedef struct pp_model pp_model;

/**
 * Opens an ONNX classifier. Preprocessing and class names come from params, or from the model hub's files beside the
 * model (docs/formats.md). Where the file ends in Softmax or Sigmoid, that node's input, the logits, is read too; the file stays as it
 * is. The classifier is run on two images of noise, on one of them twice: NaN or two different answers are refused.
 * params: sections "model" and "engine" are used, borrowed for the call. *model: yours, free with pp_model_free.
 * @return PP_OK; PP_ARG: the preprocessing, the input size or a class named is not known; PP_IO, PP_FORMAT: the file, or one beside
 * it, cannot be read or is not what it should be; PP_MODEL: not a classifier of images, or its answers cannot be used; PP_MEMORY
 */
PP_API pp_code pp_model_open(pp_model **model, const char *path, const pp_params *params, pp_error *err);
PP_API void pp_model_free(pp_model *model);

/** One changed pixel: place and new colour. Gray images use value[0] only; the rest is 0. */
typedef struct pp_pixel {
    uint16_t x, y; /**< x in [0, width), y in [0, height) */
    uint8_t value[3]; /**< r, g, b */
} pp_pixel;

/** An image told by what differs from another: that one with n pixels replaced, in this order. */
typedef struct pp_candidate {
    const pp_pixel *pixels;
    size_t n;
} pp_candidate;

/**
 * A classifier that is a function of yours. It gets n images, n x height x width x channels, 8 bit, borrowed for the
 * call, and writes n x n_outputs finite scores, row i for image i. It returns PP_OK, or PP_MODEL after which the attack stops. Called
 * from the thread that called the library, with at most as many images as the parameter "batch" says (0: 32). The same image must
 * always get the same scores. One output means two classes, 0 (not) and 1 (positive).
 */
typedef struct pp_callback {
    const char *name; /**< stored with a run in place of the file's name */
    int width, height;              /**< 1 to 65535 pixels */
    int channels;                   /**< 1 or 3 */
    int n_outputs;                  /**< at least 1 */
    const char *const *class_names; /**< one for each class (two for one output), or NULL */
    pp_code (*predict)(void *user, const uint8_t *images, size_t n, float *scores);
    void *user;
    /** (optional) Asked in place of predict, and told the same n images by what differs from one, base: for a function that keeps its input
     * and changes a few values of it. base, candidates and their pixels: borrowed for the call. predict may then be NULL. */
    pp_code (*predict_changes)(void *user, const uint8_t *base, const pp_candidate *candidates, size_t n, float *scores);
} pp_callback;

/**
 * spec and what it points to: borrowed until pp_model_free. The parameter "output" says what the scores are: logits, or probabilities
 * in [0, 1] that sum to 1 (softmax) or stand alone (sigmoid); auto: logits, unless they look like softmax. *model: yours, free with
 * pp_model_free.
 * @return PP_OK, PP_ARG, PP_MEMORY; PP_MODEL: the function failed, or two answers to one image differ
 */
PP_API pp_code pp_model_from_callback(pp_model **model, const pp_callback *spec, const pp_params *params, pp_error *err);

/** Size of the images that the model takes, in pixels; channels are 1 (gray) or 3 (RGB). */
PP_API int pp_model_width(const pp_model *model);
PP_API int pp_model_height(const pp_model *model);
PP_API int pp_model_channels(const pp_model *model);
/** Number of classes: 2 for a classifier with one output. */
PP_API int pp_model_classes(const pp_model *model);
/** Name of a class; its index as text if the model has no names; "" for an index that is none. Borrowed until pp_model_free. */
PP_API const char *pp_model_class_name(const pp_model *model, int index);
/** The class meant by a label of a data set (a name in any case, an index, or what "label-map" says). @return PP_OK, PP_ARG */
PP_API pp_code pp_model_find_class(const pp_model *model, const char *label, int *index, pp_error *err);

/**
 * What the library found out about the model, as format "table" or "json" (docs/formats.md). Reads the file again. *text: yours, free().
 * @return PP_OK; PP_ARG: another format; PP_IO, PP_FORMAT, PP_MODEL: the file is no longer what it was; PP_MEMORY
 */
PP_API pp_code pp_model_inspect(pp_model *model, const char *format, char **text, pp_error *err);

/* ---- Images ------------------------------------------------------------------------------------------------------ */

/** An 8-bit image. */
typedef struct pp_image {
    int width, height; /**< 1 to 65535 pixels */
    int channels;      /**< 1 or 3 */
    uint8_t *data;     /**< height x width x channels, row-major, owned by the image */
} pp_image;

/** A black image. *image: yours, free with pp_image_free. @return PP_OK, PP_ARG, PP_MEMORY */
PP_API pp_code pp_image_new(pp_image **image, int width, int height, int channels, pp_error *err);
PP_API void pp_image_free(pp_image *image);

/**
 * Decodes a file (PNG, JPEG, TIFF, WebP, BMP, PGM/PPM: EXIF rotation applied, alpha laid on black, 16 bit brought to 8; DICOM by
 * docs/dicom.md, "FILE#12" being its frame 12) and fits it to the model's size once: what comes out is "the original". A file that has the size already keeps its exact values.
 * params: "window" is used. *image: yours, free with pp_image_free.
 * @return PP_OK; PP_IO: cannot be opened; PP_FORMAT: no image, truncated, or more than 100 million pixels; PP_ARG: a wrong "window";
 * PP_MEMORY
 */
PP_API pp_code pp_image_load(pp_image **image, const char *path, const pp_model *model, const pp_params *params, pp_error *err);

/** Writes a PNG through a temporary name: the file is whole, or what it was before. @return PP_OK, PP_IO, PP_MEMORY */
PP_API pp_code pp_image_save_png(const pp_image *image, const char *path, pp_error *err);

/**
 * What the classifier says of one image of the model's size. probabilities: out, pp_model_classes of them, in [0, 1]; may be NULL.
 * decision: out, the class with the highest score, ties to the lower index; of a one-output classifier 1 above "threshold", else 0.
 * @return PP_OK; PP_ARG: the image is of another size; PP_MODEL: it did not run or gave NaN; PP_MEMORY
 */
PP_API pp_code pp_classify(pp_model *model, const pp_image *image, double *probabilities, int *decision, pp_error *err);

/** The files to work on, each with a label or NULL. */
typedef struct pp_inputs pp_inputs;
/** An empty list. *inputs: yours, free with pp_inputs_free. @return PP_OK, PP_MEMORY */
PP_API pp_code pp_inputs_new(pp_inputs **inputs, pp_error *err);
PP_API void pp_inputs_free(pp_inputs *inputs);
/**
 * Adds an image file, a folder (recursive, sorted; images in a folder below it are labelled with that folder's name),
 * a CSV file with columns path,label (paths relative to it), or "-" for a list of paths on standard input. DICOM files are told by their
 * content; one of several frames is as many images, unless one frame is named ("FILE#12").
 * A file that is no image is found out when it is decoded. On failure nothing is added.
 * @return PP_OK; PP_IO: not there, or a folder without images; PP_FORMAT: a CSV file without these columns; PP_MEMORY
 */
PP_API pp_code pp_inputs_add(pp_inputs *inputs, const char *path, pp_error *err);
PP_API size_t pp_inputs_count(const pp_inputs *inputs);
/** Path and label of one file; index: below pp_inputs_count. Borrowed until pp_inputs_free. The label is NULL where none is known. */
PP_API const char *pp_inputs_path(const pp_inputs *inputs, size_t index);
PP_API const char *pp_inputs_label(const pp_inputs *inputs, size_t index);

/**
 * What reports and the stored run call an image: its path; of DICOM, whose path may tell who the patient is, "dicom-" and the first 16 hex
 * digits of its SOP Instance UID's SHA-256 (docs/dicom.md). Borrowed until pp_inputs_free.
 */
PP_API const char *pp_inputs_name(const pp_inputs *inputs, size_t index);
/** A line about each DICOM file of a folder that holds no image (a report, a directory). @return NULL past the last. Borrowed likewise. */
PP_API const char *pp_inputs_left_out(const pp_inputs *inputs, size_t index);

/**
 * Queries a second of the incremental engine beside ONNX Runtime's, for candidates with 1, 2, 4, 8, 16 and 32 pixels changed at random
 * places: medians of several rounds in which the engines take turns. image: of the model's size, borrowed for the call; NULL: one made
 * up. format: "table", "csv" or "json". *text: yours, free(). @return PP_OK; PP_ARG: no such format, or no model file; PP_MODEL: what of
 * the graph the incremental engine does not cover; PP_IO, PP_FORMAT: the model file cannot be read again; PP_MEMORY
 */
PP_API pp_code pp_bench(pp_model *model, const pp_image *image, const char *format, char **text, pp_error *err);

/* ---- One attack, in memory --------------------------------------------------------------------------------------- */

typedef enum pp_status {
    PP_SUCCESS,       /**< flipped */
    PP_FAILED,        /**< not flipped within the budget */
    PP_MISCLASSIFIED, /**< the classifier is wrong on the original already: not attacked. In an audit only, where labels are known */
    PP_UNREADABLE,    /**< no image. In an audit only */
    PP_NOT_IN_GOAL,   /**< of a class that the goal does not speak of: not attacked */
    PP_ELSEWHERE      /**< of another part ("shard"): not attacked here. In an audit only */
} pp_status;
/** "success", "failed", "misclassified", "unreadable", "not-in-goal", "elsewhere". Static. */
PP_API const char *pp_status_name(pp_status status);

typedef enum pp_stop {
    PP_STOP_NONE,
    PP_STOP_QUERIES,     /**< query budget spent */
    PP_STOP_TIME,        /**< time budget spent */
    PP_STOP_TARGET,      /**< as few pixels as were asked for */
    PP_STOP_GENERATIONS, /**< the method's own limit */
    PP_STOP_STALL,       /**< no decrease for long */
    PP_STOP_MINIMUM,     /**< one pixel left: no fewer is possible */
    PP_STOP_EXHAUSTED    /**< the method has nothing left to try */
} pp_stop;
/** "none", "queries", "time", "target", "generations", "stall", "minimum", "exhausted". Static. */
PP_API const char *pp_stop_name(pp_stop stop);

/**
 * One line of a trace: written whenever the result gets better, and at the stages that figures need (generations 100 and 200). Only
 * results that reach the goal have one. The margin of a class is its score less the best other score, z_y - max(z_k, k != y): logits
 * where there are any, else probabilities. Of a goal towards a class it is taken negative: so below 0 the answer is the wanted one.
 */
typedef struct pp_trace_row {
    uint64_t generation;   /**< 0: before the first step */
    uint64_t queries;      /**< spent until then */
    size_t n_pixels;       /**< L0 of the result at this moment */
    double p_original;     /**< probability of the original's class, in [0, 1] */
    double margin;         /**< of the goal */
    size_t n_stored;       /**< pixels kept of this stage: n_pixels at stages that figures need, else 0 */
    pp_pixel *pixels;      /**< n_stored, sorted by y, then x; NULL if none */
} pp_trace_row;

/** With so many pixels changed the goal was reached at this probability of the original's class, in [0, 1], and at no lower one. */
typedef struct pp_pareto_point {
    size_t n_pixels;
    double p_original;
} pp_pareto_point;

/** Owns all that it points to. */
typedef struct pp_result {
    pp_status status;
    pp_stop stop;
    int class_original, class_adversarial; /**< decision before and after (class indices); after = before if not flipped */
    double p_original, p_adversarial;      /**< probability of class_original before and after, in [0, 1] */
    size_t l0;                             /**< pixels that differ; 0 unless status is PP_SUCCESS */
    pp_pixel *pixels;                      /**< l0, sorted by y, then x */
    uint64_t queries;                      /**< all images shown to the classifier, the original included */
    uint64_t generations;                  /**< steps of the method */
    double seconds, engine_seconds;        /**< whole attack; of these, inside the classifier */
    const char *rung;                      /**< noise that flipped first, static; NULL if none did */
    uint64_t rung_queries;                 /**< draws of noise scored until then */
    int locally_minimal;                   /**< 1: without any one of its pixels the goal is not reached; 0: it is; -1: not known ("certify") */
    bool strict_flip;                      /**< the first draw of uniform noise flipped (Table 1, strict); method noise only */
    size_t n_pareto;
    pp_pareto_point *pareto;               /**< n_pareto results that reached the goal, none with fewer pixels and a lower P than another: n_pixels rises, P falls */
    size_t n_trace;
    pp_trace_row *trace;                   /**< n_trace; NULL pixels but where n_stored says so */
} pp_result;

/**
 * Searches the fewest changed pixels that reach the goal, by the method that params were made for (docs/methods.md says what each
 * does, equation by equation). The image's class is taken to be what the classifier says. model, params: borrowed for the call; image:
 * borrowed, of the model's size. The same model, image and parameters give the same result, whatever "threads" and "batch" are, unless
 * "time" ends it. *result: yours, free with pp_result_free.
 * @return PP_OK: (*result)->status says how it went, a spent budget included; PP_ARG: a goal that this model cannot have, a constraint
 * that the method cannot keep, or an image of another size; PP_FORMAT, PP_IO: a mask ("region", "exclude") that leaves no pixel or cannot
 * be read; PP_MODEL: the classifier failed; PP_MEMORY
 */
PP_API pp_code pp_attack(pp_result **result, pp_model *model, const pp_image *image, const pp_params *params, pp_error *err);
PP_API void pp_result_free(pp_result *result);

/** What an attack or a run is doing, told after each step and each image. Strings are borrowed for the call. */
typedef struct pp_progress {
    /** an original scored; the engine chosen; a step inside an attack; an image done; the next run of a comparison begun; places of a map done */
    enum { PP_PREPARED, PP_ENGINE_CHOSEN, PP_STEP, PP_FINISHED, PP_RUN_BEGUN, PP_MAP_STEP } what;
    size_t index, n_images;         /**< image number index, from 0, of n_images. PP_RUN_BEGUN: of runs, and path is the run's folder */
    size_t n_finished, n_to_attack; /**< attacks done, and all there are (0 while originals are being scored). PP_MAP_STEP: of places */
    const char *path;
    pp_status status;   /**< of the image: PP_FINISHED how it ended, PP_PREPARED whether it will be attacked (PP_SUCCESS: yes) */
    size_t n_pixels;    /**< now; 0 while nothing flips yet */
    double p_original;  /**< now: probability of the original's class. PP_MAP_STEP: where the margin is lowest */
    uint64_t queries, query_budget; /**< spent on this image, and allowed (0: no limit) */
    double seconds;     /**< since the attack on this image began */
    double seconds_left;/**< guess for the whole run; below 0 while there is nothing to go by */
    const char *note;   /**< a line worth showing (why an image is unreadable, why one was not verified; PP_ENGINE_CHOSEN: which, and why), or NULL */
} pp_progress;

/** How a caller watches and stops an attack or a run. Any member may be NULL. */
typedef struct pp_watch {
    void (*progress)(void *user, const pp_progress *progress); /**< called from the thread that called the library */
    void *user;
    const volatile int *cancel; /**< the run stops soon after this becomes other than 0: may be set by a signal handler */
} pp_watch;

/**
 * As pp_attack, of an image whose class may be known, and watched. label: the class it should have, -1: not known; where the classifier
 * says another, status is PP_MISCLASSIFIED after the one query. watch: borrowed for the call, may be NULL; told PP_STEP before each step of
 * the method, with n_pixels, p_original, queries, query_budget and seconds, n_images 1 and path NULL.
 * @return as pp_attack; PP_ARG also: a label that is no class; PP_INTERRUPTED: the watch's cancel was set, *result stays as it was
 */
PP_API pp_code pp_attack_watched(pp_result **result, pp_model *model, const pp_image *image, int label, const pp_params *params,
                                 const pp_watch *watch, pp_error *err);

/* ---- A whole audit, in a folder ---------------------------------------------------------------------------------- */

/** A run folder that is being worked on (docs/formats.md). Only one process at a time can have it. */
typedef struct pp_audit pp_audit;

/**
 * Makes the folder (which must not hold a run, nor pictures, yet) and writes down all that is to be done, whole or not at all; no image
 * is read yet. The model, the goal and all labels are checked before anything is made. dir NULL: the first free pinprick-run-<n>.
 * inputs, params: borrowed for the call. *audit: yours, free with pp_audit_free.
 * @return PP_OK; PP_FORMAT: no images, a label that is no class, or a mask that leaves no pixel; PP_ARG: an option does not fit the model
 * or the method; PP_IO: the folder cannot be made, or holds something already; PP_STORE, PP_MEMORY; otherwise as pp_model_open
 */
PP_API pp_code pp_audit_create(pp_audit **audit, const char *dir, const char *model_path, const pp_inputs *inputs,
                               const pp_params *params, pp_error *err);
/**
 * Opens a run to do what is missing, with the parameters it began with. *audit: yours, free with pp_audit_free.
 * @return PP_OK; PP_MISMATCH: the model file, how it is fed, or a mask is not what the run began with; PP_IO: no run there, or another process
 * works on it; PP_STORE: run.db is damaged or of another schema; otherwise as pp_model_open
 */
PP_API pp_code pp_audit_resume(pp_audit **audit, const char *dir, pp_error *err);
/**
 * Does what is missing: looks at every image, attacks those that the goal speaks of, saves each result, reads it back and scores it
 * again. Each image is one transaction: finished ones are in the folder in any case. watch: borrowed for the call, may be NULL.
 * @return PP_OK; PP_PARTIAL: done, but some images could not be read; PP_INTERRUPTED: the watch's cancel was set; PP_IO, PP_FORMAT: a
 * file of the run cannot be read or written, or with "strict" an image; PP_MODEL, PP_STORE, PP_MEMORY
 */
PP_API pp_code pp_audit_run(pp_audit *audit, const pp_watch *watch, pp_error *err);
/** The run's folder. Borrowed until pp_audit_free. */
PP_API const char *pp_audit_dir(const pp_audit *audit);
PP_API void pp_audit_free(pp_audit *audit);

/* ---- More than one machine --------------------------------------------------------------------------------------- */

/**
 * Joins the processes that an MPI launcher started with this one (ranks): call it first of all, from the thread that will run the audit. From then
 * on pp_audit_run in rank 0 hands images out to all ranks, one by one, and alone writes run.db. Every rank must see the run folder, the model and the
 * images under the same paths. The rows are those of one process, but for seconds. Progress is told of whole images only.
 * *rank: from 0; *n_ranks: 1 in a process that no launcher started. @return PP_OK; PP_ARG: there are others, but the library was built without
 * MPI; PP_IO: MPI did not begin; PP_MEMORY
 */
PP_API pp_code pp_ranks_join(int *rank, int *n_ranks, pp_error *err);
/**
 * What every rank but 0 does: works on images that rank 0 hands out, until that leaves. Failures of the work are told to rank 0. watch: of its members
 * cancel is used; borrowed for the call, may be NULL. @return PP_OK; PP_IO, PP_MEMORY: rank 0 cannot be heard
 */
PP_API pp_code pp_ranks_work(const pp_watch *watch, pp_error *err);
/** The end, in every rank that joined, and the last call of these in a process. Rank 0 waits for the others here. */
PP_API void pp_ranks_leave(void);

/**
 * Brings run folders together that did parts of one piece of work (parameter "shard", or runs of different images): rows and pictures are
 * copied to dir, each image once, from the run that got furthest with it, the first of equal ones. Images of the same path are the same, and
 * must have the same pixels and labels. dir is made; if it holds a run already, what that lacks is added, so doing it twice changes nothing. Images
 * that no run has finished are left to be done by pp_audit_resume. runs: n_runs folders, at least one, borrowed for the call; they stay as
 * they are. @return PP_OK; PP_ARG: no runs; PP_MISMATCH: a run is of another model, version or parameters than the first, or saw another image
 * under the same path, and nothing was written; PP_IO: no run there, or dir cannot be made, holds other things or a part; PP_STORE, PP_MEMORY
 */
PP_API pp_code pp_merge(const char *const *runs, size_t n_runs, const char *dir, pp_error *err);

/* ---- Methods side by side ---------------------------------------------------------------------------------------- */

/** What a comparison does: each method attacks the same images, once with each seed. Each time is a run, in a folder of its own. */
typedef struct pp_compare_plan {
    const pp_params *const *methods; /**< the parameters of each method, no method twice; all with one "seed": that of the first run */
    size_t n_methods;
    size_t n_seeds;                  /**< runs of each method, with seed, seed + 1, ... */
    const uint64_t *budgets;         /**< numbers of queries at which results are told: rising, none above a method's "queries" */
    size_t n_budgets;
} pp_compare_plan;

/**
 * Makes the folder of a comparison (docs/formats.md), with a run folder METHOD-SEED for each run, and writes down all that is to be done;
 * no image is read yet. dir NULL: the first free pinprick-compare-<n>. inputs, plan: borrowed for the call. *made: the folder's name;
 * yours, free(). @return PP_OK; PP_ARG: a plan that is none; PP_IO: the folder cannot be made, or holds a comparison or such a run
 * already; otherwise as pp_audit_create. On failure no run is left there
 */
PP_API pp_code pp_compare_create(char **made, const char *dir, const char *model_path, const pp_inputs *inputs,
                                 const pp_compare_plan *plan, pp_error *err);
/**
 * Does what is missing in the folder, run by run, as pp_audit_run does. Runs that are finished are not touched. watch: borrowed for the
 * call, may be NULL. @return as pp_audit_resume and pp_audit_run; PP_IO: no comparison there; PP_FORMAT: its compare.json is damaged
 */
PP_API pp_code pp_compare_run(const char *dir, const pp_watch *watch, pp_error *err);
/**
 * The comparison as "table", "csv" or "json" (docs/formats.md): for each budget and method success, pixels with intervals, and queries,
 * read off the traces of its runs. Also of one that is not finished. budgets: others than it was made with, rising, borrowed for the
 * call; n_budgets 0: its own. *text: yours, free(). @return PP_OK; PP_ARG: another format, or such budgets; PP_IO: no comparison there,
 * or a run of it is missing; PP_FORMAT: compare.json is damaged; PP_MISMATCH: a run is of another model or of other images; PP_STORE,
 * PP_MEMORY
 */
PP_API pp_code pp_compare_show(const char *dir, const uint64_t *budgets, size_t n_budgets, const char *format, char **text, pp_error *err);

/* ---- The one-pixel map ------------------------------------------------------------------------------------------- */

/** One place, and of the colours that were tried there the one after which the margin is lowest; of equal ones the first. */
typedef struct pp_map_point {
    pp_pixel pixel;
    double margin;     /**< of the goal, as in pp_trace_row: below 0 the answer is the wanted one */
    double p_original; /**< probability of the original's class, in [0, 1] */
    int decision;      /**< class index */
    bool flips;        /**< the goal is reached, and the reference engine says so, too. One that flips goes before a lower margin */
} pp_map_point;

/** What each single pixel can do. Owns its points. */
typedef struct pp_map_result {
    int width, height;          /**< of the image */
    size_t stride;              /**< places lie at multiples of this, in both directions; 1: every pixel */
    size_t n_colours;           /**< corners of the colour cube tried at each place: 8, or 2 with "gray" and gray images */
    int max_change;             /**< they lie so near to the original's colour; 0: anywhere */
    bool constrained;           /**< of the places, the constraints left out some */
    int class_original, target; /**< decision before; the class that is wanted, -1: any other */
    double p_original, margin_original; /**< before */
    size_t n_points;
    pp_map_point *points;       /**< n_points, sorted by y, then x */
    size_t n_done;              /**< of them, from the first on; n_points when the map is whole */
    size_t n_flips, lowest;     /**< points that flip; index of the lowest margin, of equal ones the first */
    uint64_t queries;           /**< the original included; those of a file that was gone on with, too */
} pp_map_result;

/** How a map is made. */
typedef struct pp_map_plan {
    size_t stride;   /**< at least 1 */
    const char *csv; /**< file that gets each point as soon as it is known (docs/formats.md); NULL: none */
    bool resume;     /**< the file is there: go on where it ends. false: it must not be there */
} pp_map_plan;

/**
 * Sets one pixel after the other to each corner colour and keeps, for each, the lowest margin. A colour that the pixel has already is left
 * out. params: sections "goal" and "constraints" and "confidence" are used ("spacing" says nothing of one pixel), no budget; borrowed for
 * the call, like model, plan, watch (may be NULL) and image, which is of the model's size. The points do not depend on "threads" and
 * "batch". *map: yours, free with pp_map_result_free.
 * @return PP_OK; PP_INTERRUPTED: the watch's cancel was set, what was done is in the file; PP_ARG: a goal that this model cannot have or
 * that does not speak of this image, an image of another size, or no place left by stride and constraints; PP_MISMATCH: the file is of
 * another model, image, stride or goal; PP_FORMAT: it is no such file; PP_IO; PP_MODEL, PP_MEMORY; masks as in pp_attack
 */
PP_API pp_code pp_map_make(pp_map_result **map, pp_model *model, const pp_image *image, const pp_params *params, const pp_map_plan *plan,
                           const pp_watch *watch, pp_error *err);
PP_API void pp_map_result_free(pp_map_result *map);

/**
 * The map as an RGB picture of the image's size: the lower the margin, the brighter, from the highest of all points to the lowest. A point
 * fills the stride x stride pixels that begin at it; black is what was not tried. *picture: yours, free with pp_image_free.
 * @return PP_OK, PP_MEMORY
 */
PP_API pp_code pp_map_picture(pp_image **picture, const pp_map_result *map, pp_error *err);

/**
 * What the map says, as "table" (a few lines, the last says whether any single pixel flips), "csv" (each point) or "json" (docs/formats.md).
 * model: the one it was made with. *text: yours, free(). @return PP_OK; PP_ARG: another format; PP_MEMORY
 */
PP_API pp_code pp_map_text(const pp_map_result *map, const pp_model *model, const char *format, char **text, pp_error *err);

/* ---- What a folder tells ----------------------------------------------------------------------------------------- */

/**
 * The run's result as "table", "csv" or "json" (docs/formats.md): each image, and the numbers of the paper's Table 2, or Table 1 for a
 * noise run. Also of a run that is not finished. *text: yours, free().
 * @return PP_OK; PP_ARG: another format; PP_IO: no run there; PP_STORE: run.db is damaged or of another schema; PP_MEMORY
 */
PP_API pp_code pp_show(const char *dir, const char *format, char **text, pp_error *err);

/**
 * Pixels against confidence: of each image that flipped, or of one, the points of pp_result.pareto, as format "table", "csv" or "json"
 * (docs/formats.md). They are what the search saw; only the result itself is verified. image: a path as given or a name in originals/;
 * NULL: all. *text: yours, free(). @return as pp_show; PP_ARG also: no such image
 */
PP_API pp_code pp_show_pareto(const char *dir, const char *image, const char *format, char **text, pp_error *err);

/**
 * One table of the run as CSV (docs/formats.md), written to out, borrowed: "images" all that is known of each, "trace" every decrease, "stages"
 * the pixels of those that were kept, "pixels" those of the results, "parameters". Of a long table one image at a time is in memory.
 * @return as pp_show; PP_ARG: no such table. Whether all has arrived in out is for the caller to ask (ferror)
 */
PP_API pp_code pp_show_rows(const char *dir, const char *table, FILE *out, pp_error *err);

/**
 * A figure of one or more runs (docs/formats.md): "2" stages of images, "3" pixels against iterations, "4" P(positive) against pixels, "5"
 * original and adversarial images, "6" distribution of pixels, as in the paper; "robust" and "robust-queries", the share of images still
 * classified right against the pixels that an attacker may change, and against queries. path: ends in .svg, .pdf or .png, drawn by gnuplot,
 * or in .csv, the numbers behind it; replaced if it is there. dirs: n_dirs run folders, borrowed for the call. n_images: most images of a
 * run that Figures 2 to 5 show, chosen by the seed; 0: 15, of Figure 2 five. keep_script: gnuplot's script and data stay in a folder beside
 * path, named like it with "-script" for its ending.
 * @return PP_OK; PP_ARG: no such figure or ending, or more than 12 runs; PP_IO: gnuplot is not there or refuses, or a file cannot be read
 * or written; otherwise as pp_show
 */
PP_API pp_code pp_plot(const char *path, const char *figure, const char *const *dirs, size_t n_dirs, size_t n_images, bool keep_script,
                       pp_error *err);

/**
 * Writes one HTML file that tells what runs came to (docs/report.md): the answer first, the paper's tables and figures, each image with the
 * pixels that flip it, and all numbers as JSON. It needs no other file and asks the network for nothing. Also of runs that are not finished.
 * path: replaced if it is there. dirs: n_dirs run folders, borrowed for the call. Where gnuplot is not installed the page says so and
 * shows the figures' numbers. @return PP_OK; PP_ARG: no run or more than 12; PP_IO: the file cannot be written; otherwise as pp_show
 */
PP_API pp_code pp_report(const char *path, const char *const *dirs, size_t n_dirs, pp_error *err);

/**
 * The run as NumPy arrays (docs/formats.md) in an .npz file for numpy.load: of each image that was looked at the original, the adversarial image,
 * the mask of changed pixels, label, decisions, probabilities and results. path: replaced if it is there, whole or not at all.
 * @return as pp_show; PP_IO, PP_FORMAT also: a picture of the run cannot be read or is not what it should be, or the file cannot be written
 */
PP_API pp_code pp_export_npz(const char *dir, const char *path, pp_error *err);

/**
 * Reads every saved image and its original back, compares them with the run's rows pixel by pixel and with its constraints, and scores
 * both again with the reference engine: the image holds if the decisions are those recorded, the goal is reached and P differs by at most
 * 1e-4. model_path NULL: the one of the run. *text: one line for each image that does not hold, then a summary; yours, free(), set on PP_OK
 * and PP_MISMATCH.
 * @return PP_OK; PP_MISMATCH: an image does not hold, or the model, how it is fed, or a mask is another; PP_IO: no run there; PP_STORE;
 * otherwise as pp_model_open and pp_attack
 */
PP_API pp_code pp_verify(const char *dir, const char *model_path, char **text, pp_error *err);

/**
 * The parameters of a run; of "engine" the one that was chosen. *params: yours, free with pp_params_free.
 * @return PP_OK; PP_IO: no run there; PP_STORE: run.db is damaged or of another schema; PP_MEMORY
 */
PP_API pp_code pp_run_params(pp_params **params, const char *dir, pp_error *err);

/** What a run must keep to pass. A number that is NAN: no such rule. docs/gate.md says how each is worked out. */
typedef struct pp_gate_rules {
    const char *baseline;     /**< a finished run's folder, or NULL */
    double max_loss;          /**< percent, 0 to 100, of the baseline's median pixels that may be lost, at most; needs a baseline */
    double min_median_pixels; /**< the median, at least; 0 to 1e9 */
    uint64_t within;          /**< pixels that max_success speaks of; at most 1e9 */
    double max_success;       /**< percent, above 0 to 100: the share of images that flip within so many pixels must stay under it */
} pp_gate_rules;

/**
 * Whether the rules can be judged: there is one, each in its range, and the baseline is whole, finished and has images. dir: a run that is to be
 * judged, finished or not: it must be of the baseline's method and goal, and its images of the same size; NULL: not known yet.
 * @return PP_OK; PP_ARG: the rules; PP_MISMATCH: the baseline, or the run beside it; as pp_show
 */
PP_API pp_code pp_gate_check(const pp_gate_rules *rules, const char *dir, pp_error *err);
/**
 * Holds a finished run against the rules. junit: a file that gets the same as JUnit XML, whole or not at all; NULL: none. *text: the verdict
 * and its reason in one line, then a line for each thing worth knowing; yours, free(). NULL if it failed, but for the file alone.
 * @return PP_OK: it passes; PP_RED: a rule is broken; PP_PARTIAL: it passes, but some images could not be read; PP_MISMATCH: the run is not
 * finished, is part of one (--shard) or has no image to judge, or images of the baseline are missing; PP_IO: the file cannot be written; as
 * pp_gate_check
 */
PP_API pp_code pp_gate(const char *dir, const pp_gate_rules *rules, const char *junit, char **text, pp_error *err);

/**
 * Writes each adversarial image of a run as OUT/NAME.dcm: a derived secondary capture with UIDs of its own, 8-bit, that holds nothing of the
 * DICOM file the image may be of. OUT is made if it is not there.
 * @return PP_OK; PP_IO: no run there, or a file cannot be read or written; PP_MISMATCH: a picture is not what was saved; PP_FORMAT: it is no
 * picture, or the library was built without DICOM; PP_STORE, PP_MEMORY
 */
PP_API pp_code pp_export_dicom(const char *dir, const char *out, pp_error *err);

/**
 * Scores images without attacking: path, label, decision, every class's probability; accuracy and confusion table where
 * labels are known. format: "table", "csv" or "json" (docs/formats.md). params: "window" and "strict" are used. *text: yours, free(), set on PP_OK
 * and PP_PARTIAL. @return PP_OK; PP_PARTIAL: some were unreadable, named in the text; PP_ARG: another format; PP_FORMAT: a label that is
 * no class, or with "strict" an image that cannot be read (or PP_IO); PP_MODEL, PP_MEMORY
 */
PP_API pp_code pp_score(pp_model *model, const pp_inputs *inputs, const pp_params *params, const char *format, char **text,
                        pp_error *err);

#ifdef __cplusplus
}
#endif
#endif
