/* hub_config.h - the two JSON files that model hubs put beside a model: config.json (class names) and
 * preprocessor_config.json (how an image becomes the input tensor), as Hugging Face writes them. timm's way is known
 * too: "label_names" and "pretrained_cfg" in config.json. Read with jansson. */
#ifndef PP_ONNX_HUB_CONFIG_H
#define PP_ONNX_HUB_CONFIG_H

#include "pinprick/pinprick.h"

/* What was said; what was not said has its has_ flag false. Owned: class_names and the two paths. */
typedef struct pp_hub_config {
    char *labels_path, *preprocessor_path; /* the files read, NULL where there is none */
    size_t n_classes;
    char **class_names;           /* by index, from id2label; a gap in the indices is an error */
    bool multi_label;             /* problem_type is multi_label_classification */
    bool has_resize;              /* do_resize is not false and a size is given */
    int shortest_edge;            /* > 0: shortest edge; 0: stretched to width x height */
    int width, height;            /* of size {height, width} or of an integer size; 0 if only shortest_edge is given */
    bool has_crop;                /* do_center_crop; if that is not said, whether a crop_size is */
    int crop_width, crop_height;
    bool has_resample;
    int resample;                 /* PIL's number: 0 nearest, 1 Lanczos, 2 bilinear, 3 bicubic */
    bool has_scale;               /* do_rescale is not false: x * scale */
    double scale;                 /* rescale_factor, 1/255 if do_rescale without a factor */
    bool has_normalize;           /* do_normalize: (x - mean) / std, after the scale */
    size_t n_channels;            /* entries of image_mean: 1 or 3 */
    double mean[3], std[3];
} pp_hub_config;

/* labels and preprocessor: paths, or NULL to look beside the model: MODEL.config.json (MODEL without .onnx), else
 * config.json in its folder; MODEL.preprocessor_config.json, else preprocessor_config.json. None found is no error
 * when looked for, PP_IO when named. Broken JSON or a value of the wrong kind: PP_FORMAT, naming file, line or key.
 * So is a step that is asked for and not known here. A labels file named that does not end in .json holds one class
 * name a line. config: the caller's struct, pp_hub_config_clear. */
pp_code pp_hub_config_read(pp_hub_config *config, const char *model_path, const char *labels, const char *preprocessor,
                           pp_error *err);
void pp_hub_config_clear(pp_hub_config *config);

#endif
