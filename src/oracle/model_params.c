/* model_params.c - the rows of the sections "model" and "engine". */
#include "oracle/model_params.h"

#include "base/param.h"

#define MODEL(member) PP_FIELD(pp_model_params, member)
#define ENGINE(member) PP_FIELD(pp_engine_params, member)

const pp_param pp_model_rows[] = {
    { "output", PP_CHOICE, MODEL(output), 0, 0, "auto", "auto|logits|softmax|sigmoid", "", "",
      "what the file's output holds; auto: by its last node" },
    { "scores-only", PP_FLAG, MODEL(scores_only), 0, 1, "0", "", "", "",
      "search by the file's own outputs even where logits can be had (the paper's threat model)" },
    { "threshold", PP_REAL, MODEL(threshold), 1e-6, 0.999999, "0.5", "P", "", "",
      "a one-output classifier says positive above this probability" },
    { "positive", PP_TEXT, MODEL(positive), 0, 0, "", "NAME|INDEX", "", "",
      "the positive class (the disease); of two classes the second; of a multi-label model the finding audited" },
    { "label-map", PP_TEXT, MODEL(label_map), 0, 0, "", "LABEL=CLASS,...", "", "",
      "which class each label of the data means, where the names differ" },
    { "labels", PP_TEXT, MODEL(labels), 0, 0, "", "FILE", "", "",
      "class names: a config.json with id2label, or one name a line; default: found beside the model" },
    { "preprocessor", PP_TEXT, MODEL(preprocessor), 0, 0, "", "FILE", "", "",
      "a preprocessor_config.json; default: found beside the model" },
    { "preset", PP_CHOICE, MODEL(preset), 0, 0, "auto", "auto|imagenet|inception|unit|none", "", "",
      "preprocessing: imagenet (x/255, ImageNet mean and std), inception (-1..1), unit (0..1), none (0..255)" },
    { "mean", PP_TEXT, MODEL(mean), 0, 0, "", "M[,M,M]", "", "", "mean subtracted from each channel, after --scale" },
    { "std", PP_TEXT, MODEL(std), 0, 0, "", "S[,S,S]", "", "", "what each channel is divided by, after --mean" },
    { "scale", PP_TEXT, MODEL(scale), 0, 0, "", "X", "", "", "what pixel values 0..255 are multiplied by, such as 1/255" },
    { "size", PP_TEXT, MODEL(size), 0, 0, "", "N|WxH", "pixels", "", "input size, where the model leaves it open" },
    { "resize", PP_CHOICE, MODEL(resize), 0, 0, "auto", "auto|exact|crop", "", "",
      "exact: stretched to the size; crop: shortest edge to the size, middle cut out" },
    { "window", PP_TEXT, MODEL(window), 0, 0, "", "LOW:HIGH", "", "", "16-bit gray, DICOM: the values that become 0 and 255; or CENTRE,WIDTH" },
    { 0 },
};

const pp_param pp_engine_rows[] = {
    { "engine", PP_CHOICE, ENGINE(engine), 0, 0, "auto", "auto|onnxruntime|incremental", "", "",
      "what answers the search's queries; auto: the incremental engine where it covers the model, agrees and is measured to be faster. "
      "What is saved is always verified by ONNX Runtime" },
    { "provider", PP_TEXT, ENGINE(provider), 0, 0, "cpu", "NAME[:KEY=VALUE,...]", "", "",
      "what ONNX Runtime computes with, its execution provider: cpu, cuda, tensorrt, openvino, dnnl, ..., as far as the library at hand has it" },
    { "dense-from", PP_COUNT, ENGINE(dense_from), 0, 1e9, "0", "N", "pixels", "measured",
      "with the incremental engine, candidates with more changed pixels than this are scored by ONNX Runtime all the same; 0: none, "
      "with --engine auto as many as is measured to be faster" },
    { "change-threshold", PP_REAL, ENGINE(change_threshold), 0, 1e-2, "0", "S", "", "",
      "the incremental engine follows no change of a map's row that is at most S times the map's root mean square; 0: all. Faster at 1e-6 "
      "with deep models; scores then depend, in their last digits, on where the search stands" },
    { "memory", PP_COUNT, ENGINE(memory), 0, 1e7, "0", "MIB", "MiB", "", "memory for the incremental engine's candidates; 0: a quarter of the machine's" },
    { "threads", PP_COUNT, ENGINE(threads), 0, 4096, "0", "N", "threads", "", "threads; 0: all cores. Changes no result" },
    { "batch", PP_COUNT, ENGINE(batch), 0, 4096, "0", "N", "images", "measured",
      "images in one call of the engine; 0: what is fastest on a CPU. Changes no result" },
    { 0 },
};
