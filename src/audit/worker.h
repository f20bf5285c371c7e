/* worker.h - what a rank does with an image that it was handed, and what is made of its answer. */
#ifndef PP_AUDIT_WORKER_H
#define PP_AUDIT_WORKER_H

#include "audit/ranks.h"
#include "mpi/messages.h"

/* From rank 0: the run, an image, an end. To rank 0: first of all, rows, a pp_error. */
enum { PP_TAG_RUN, PP_TAG_JOB, PP_TAG_END, PP_TAG_READY, PP_TAG_ROWS, PP_TAG_FAILED };

typedef struct pp_job {
    pp_job_kind kind;
    size_t index; /* of the image in the run */
} pp_job;

/* What became of a job: rows as bytes, or why not. */
typedef struct pp_answer {
    pp_code code;
    pp_error err;
    uint8_t *bytes; /* n, freed by whoever has the answer */
    size_t n;
} pp_answer;

/* A rank that is not rank 0. */
typedef struct pp_worker {
    pp_watch watch;
    pp_audit *audit; /* NULL until it was told of a run */
    pp_code code;    /* how that went */
    pp_error err;
} pp_worker;

/* What PP_TAG_RUN brings: the folder's absolute path with its 0, n_dir bytes, then the rows. *bytes: n, the caller's, free(). */
pp_code pp_run_message(uint8_t **bytes, size_t *n, size_t *n_dir, const pp_audit *audit, pp_error *err);

void pp_do_job(pp_answer *answer, pp_audit *audit, const pp_job *job);

/* Writes what an answer holds to the run, in one transaction, and tells its watch. */
pp_code pp_write_answer(pp_audit *audit, pp_job_kind kind, const pp_answer *answer, pp_error *err);

/* Does what a message of rank 0 says and answers it. @return a failure to answer */
pp_code pp_worker_follow(pp_worker *worker, const pp_message *message, pp_error *err);

/* A millisecond in which somebody else has the core. */
void pp_rest(void);

#endif
