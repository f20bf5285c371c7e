/* worker.c - what a rank does with an image that it was handed, and what is made of its answer. */
#include "audit/worker.h"

#include "base/array.h"
#include "base/error.h"
#include "oracle/model.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void pp_rest(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/* ---- The run ----------------------------------------------------------------------------------------------------- */

pp_code pp_run_message(uint8_t **bytes, size_t *n, size_t *n_dir, const pp_audit *audit, pp_error *err)
{
    uint8_t *rows = NULL;
    size_t n_rows = 0;
    char *full = realpath(audit->dir, NULL);
    const char *dir = full ? full : audit->dir;
    pp_code code = pp_store_pack_run(audit->store, &rows, &n_rows, err);
    if (code == PP_OK) {
        size_t n_path = strlen(dir) + 1;
        uint8_t *made = pp_array_new(n_path + n_rows, 1);
        if (made) {
            memcpy(made, dir, n_path);
            memcpy(made + n_path, rows, n_rows);
            *bytes = made;
            *n = n_path + n_rows;
            *n_dir = n_path;
        } else {
            code = pp_no_memory(err, "a message");
        }
    }
    free(rows);
    free(full);
    return code;
}

/* The rows have changed: all images were looked at, and an engine was chosen. The model stays open. */
static pp_code renew(pp_audit *audit, pp_store *store, pp_error *err)
{
    pp_params *params = NULL;
    pp_store_close(audit->store);
    pp_image_records_free(audit->images, audit->n_images);
    audit->store = store;
    audit->images = NULL;
    audit->n_images = 0;
    pp_code code = pp_audit_load_images(audit, err);
    if (code == PP_OK)
        code = pp_store_read_params(store, &params, err);
    if (code == PP_OK && !audit->model->engine_chosen) {
        audit->model->engine_wanted = params->engine.engine;
        audit->model->dense_from = params->engine.dense_from ? (size_t)params->engine.dense_from : SIZE_MAX;
    }
    pp_params_free(params);
    return code;
}

static pp_code take_run(pp_worker *worker, const pp_message *message, pp_error *err)
{
    const char *dir = (const char *)message->bytes;
    size_t n_dir = strnlen(dir, message->n) + 1;
    pp_store *store = NULL;
    if (n_dir > message->n)
        return pp_fail(err, PP_IO, "rank 0 sent something that is no run");
    pp_code code = pp_store_unpack(&store, message->bytes + n_dir, message->n - n_dir, err);
    if (code != PP_OK)
        return code;
    if (worker->audit && strcmp(worker->audit->dir, dir) == 0)
        return renew(worker->audit, store, err);
    pp_audit_free(worker->audit);
    worker->audit = NULL;
    code = pp_audit_open_copy(&worker->audit, dir, store, err);
    if (code == PP_OK)
        worker->audit->watch = &worker->watch;
    return code;
}

/* ---- A job ------------------------------------------------------------------------------------------------------- */

static pp_code attack(pp_audit *audit, pp_image_record *record, pp_error *err)
{
    pp_code code = pp_audit_settle_engine(audit, record, err);
    return code == PP_OK ? pp_audit_attack(audit, record, err) : code;
}

void pp_do_job(pp_answer *answer, pp_audit *audit, const pp_job *job)
{
    pp_image_record *record = &audit->images[job->index];
    bool cancelled = audit->watch && audit->watch->cancel && *audit->watch->cancel;
    *answer = (pp_answer){ .code = PP_INTERRUPTED };
    if (!cancelled)
        answer->code = job->kind == PP_JOB_LOOK ? pp_audit_look(audit, record, &answer->err) : attack(audit, record, &answer->err);
    if (answer->code == PP_OK)
        answer->code = pp_store_pack_image(audit->store, record->id, &answer->bytes, &answer->n, &answer->err);
    answer->err.code = answer->code;
}

pp_code pp_worker_follow(pp_worker *worker, const pp_message *message, pp_error *err)
{
    pp_job job;
    pp_answer answer;
    if (message->tag == PP_TAG_RUN) { /* a failure is the answer to the job that follows */
        worker->code = take_run(worker, message, &worker->err);
        return PP_OK;
    }
    if (message->tag != PP_TAG_JOB || message->n != sizeof job)
        return pp_fail(err, PP_IO, "rank 0 sent something that is no job");
    memcpy(&job, message->bytes, sizeof job);
    if (worker->code == PP_OK)
        pp_do_job(&answer, worker->audit, &job);
    else
        answer = (pp_answer){ .code = worker->code, .err = worker->err };
    answer.err.code = answer.code;
    pp_code code = answer.code == PP_OK ? pp_message_send(0, PP_TAG_ROWS, answer.bytes, answer.n, err)
                                        : pp_message_send(0, PP_TAG_FAILED, &answer.err, sizeof answer.err, err);
    free(answer.bytes);
    return code;
}

/* ---- An answer --------------------------------------------------------------------------------------------------- */

static pp_status status_of(const char *name)
{
    for (int status = PP_SUCCESS; status <= PP_ELSEWHERE; status++)
        if (strcmp(pp_status_name((pp_status)status), name) == 0)
            return (pp_status)status;
    return PP_SUCCESS; /* ready: it will be attacked */
}

static void tell(pp_audit *audit, pp_job_kind kind, const pp_image_record *record, const pp_attack_record *attack)
{
    pp_status status = status_of(record->status);
    if (kind == PP_JOB_LOOK) {
        pp_audit_tell(audit, PP_PREPARED, record, status, record->reason);
        return;
    }
    audit->n_finished++;
    audit->n_done_now++;
    audit->progress = (pp_progress){ .index = (size_t)record->id - 1, .path = record->path, .n_pixels = (size_t)attack->l0,
                                     .p_original = attack->p_adversarial, .queries = attack->queries,
                                     .query_budget = audit->params->budget.queries, .seconds = attack->seconds };
    pp_audit_tell(audit, PP_FINISHED, record, status, NULL);
}

pp_code pp_write_answer(pp_audit *audit, pp_job_kind kind, const pp_answer *answer, pp_error *err)
{
    pp_store *part = NULL;
    pp_image_record *records = NULL;
    pp_attack_record *attacks = NULL;
    size_t n_records = 0, n_attacks = 0;
    pp_code code = pp_store_unpack(&part, answer->bytes, answer->n, err);
    if (code == PP_OK)
        code = pp_store_read_images(part, &records, &n_records, err);
    if (code == PP_OK)
        code = pp_store_read_attacks(part, &attacks, &n_attacks, err);
    if (code == PP_OK && (n_records != 1 || records[0].id < 1 || (size_t)records[0].id > audit->n_images || n_attacks != (kind == PP_JOB_ATTACK)))
        code = pp_fail(err, PP_STORE, "a rank answered with something that is no image of the run");
    if (code == PP_OK)
        code = pp_store_take_image(audit->store, &records[0], part, records[0].id, err);
    if (code == PP_OK) {
        pp_image_record *record = &audit->images[records[0].id - 1], before = *record;
        *record = records[0];
        records[0] = before;
        tell(audit, kind, record, attacks);
    }
    pp_image_records_free(records, n_records);
    pp_attack_records_free(attacks, n_attacks);
    pp_store_close(part);
    return code;
}
