/* agree.h - whether two runs are parts of one: of one model and one set of parameters. */
#ifndef PP_AUDIT_AGREE_H
#define PP_AUDIT_AGREE_H

#include "store/store.h"

/* What says how a run was made. */
typedef struct pp_run_kind {
    const char *dir; /* borrowed */
    pp_run_record run;
    pp_params *params;
} pp_run_kind;

pp_code pp_run_kind_read(pp_run_kind *kind, pp_store *store, const char *dir, pp_error *err);
void pp_run_kind_clear(pp_run_kind *kind);

/* Parameters that change no result may differ, and those that name files: what is in the files is compared.
 * @return PP_OK; PP_MISMATCH, with the difference in err; PP_MEMORY */
pp_code pp_run_kinds_agree(const pp_run_kind *one, const pp_run_kind *other, pp_error *err);

#endif
