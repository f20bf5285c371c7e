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
    return pp_fail(err, PP_FORMAT, "%s: its label %s; say --label-map %s=CLASS", pp_inputs_path(inputs, index), inner.message, label);
}
