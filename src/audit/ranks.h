/* ranks.h - one run by several processes (ranks) that mpirun started. */
#ifndef PP_AUDIT_RANKS_H
#define PP_AUDIT_RANKS_H

#include "audit/audit.h"

typedef enum pp_job_kind { PP_JOB_LOOK, PP_JOB_ATTACK } pp_job_kind;

/* Whether there are other ranks, and this is rank 0 of them. */
bool pp_ranks_share(void);

/* Hands out all images that are to be looked at ("pending"), or attacked ("ready"), and writes down what comes back; works, too. The audit's
 * watch is told. @return PP_OK; PP_INTERRUPTED; or the first failure of any rank, when all have stopped */
pp_code pp_ranks_do_all(pp_audit *audit, pp_job_kind kind, pp_error *err);

#endif
