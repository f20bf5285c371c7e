/* labels.c - what the labels of a data set mean to a classifier. */
#include "oracle/model.h"

#include "base/error.h"

pp_code pp_model_class_of_input(const pp_model *model, const pp_inputs *inputs, size_t index, int *class_index, pp_error *err)
{
    const char *label = pp_inputs_label(inputs, index);
    pp_error inner;
    *class_index = -1;
    if (!label || pp_model_find_class(model, label, class_index, &inner) == PP_OK)
        return PP_OK;
    if (pp_inputs_name(inputs, index) != pp_inputs_path(inputs, index)) /* DICOM: the label may be a folder with a patient's name */
        return pp_fail(err, PP_FORMAT, "%s: its label (its folder's name, unless a CSV file says it) is no class of this model; say "
                       "--label-map LABEL=CLASS", pp_inputs_name(inputs, index));
    return pp_fail(err, PP_FORMAT, "%s: its label %s; say --label-map %s=CLASS", pp_inputs_path(inputs, index), inner.message, label);
}
