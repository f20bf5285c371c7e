/* check.h - whether a saved adversarial image is what its row in run.db says: read back, compared, scored again. */
#ifndef PP_AUDIT_CHECK_H
#define PP_AUDIT_CHECK_H

#include "attack/constraint.h"
#include "oracle/model.h"
#include "oracle/oracle.h"

/* What the row says of one image. */
typedef struct pp_claim {
    const char *original_path, *adversarial_path;
    const char *original_sha256, *adversarial_sha256;
    size_t l0;
    const pp_pixel *pixels; /* l0, sorted by y, then x; NULL if only their number is known */
    const pp_pixel *before; /* l0: the original's colours at these places; NULL if unknown */
    int class_original, class_adversarial;
    double p_original, p_adversarial; /* of class_original */
    pp_goal goal;
    const pp_params *params; /* its constraints must be kept; NULL: none */
    const pp_image *mask;
} pp_claim;

/* Reads both PNGs, compares their hashes and differences with the claim, scores both with the model's reference engine.
 * @return PP_OK; PP_MISMATCH with the reason in err; or a failure to score */
pp_code pp_check_claim(pp_model *model, const pp_claim *claim, pp_error *err);

/* Leaves each of the claim's pixels out in turn and asks the reference engine. @return PP_OK: it takes all of them;
 * PP_MISMATCH: without the one in err; or a failure */
pp_code pp_check_minimal(pp_model *model, const pp_claim *claim, pp_error *err);

#endif
