/* ranks.c - one run by several processes that mpirun started: rank 0 hands out images one by one and alone writes the run's database.
 *
 * A rank works on a copy of the run's rows in memory, with the very code that a run of one process goes through, and sends the rows of its
 * image back as a database of one image (store/copy.c). Pictures it saves itself: all ranks see the run folder. A rank that dies leaves its
 * image undone; rows that came back are in run.db.
 *
 * Rank 0 works as well, in a thread: its other thread must be there for the ranks at any time, and has so little to do that it sleeps. */
#include "audit/ranks.h"

#include "audit/worker.h"
#include "base/array.h"
#include "base/error.h"
#include "mpi/messages.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* This process among the others. asks: for each rank, whether it waits for something to do. */
static struct {
    int rank, n_ranks;
    bool *asks;
} ranks = { 0, 1, NULL };

/* The thread of rank 0 that works. */
typedef struct own_worker {
    pp_audit audit; /* shares all with the run's but store and images */
    pp_watch watch;
    pp_job job;
    pthread_t thread;
    bool busy;
    atomic_bool done;
    pp_answer answer;
} own_worker;

/* Images of one kind being handed out. */
typedef struct crew {
    pp_audit *audit;
    pp_job_kind kind;
    size_t next, n_out;      /* first image not looked at for a job yet; jobs that are out */
    uint8_t *run;            /* what a rank has to know, n_run bytes */
    size_t n_run;
    bool *knows;             /* of each rank, whether it was told */
    own_worker own;
    pp_code code;            /* the first failure */
    pp_error err;
} crew;

static pp_code open_crew(crew *c, pp_audit *audit, pp_job_kind kind, pp_error *err);
static void close_crew(crew *c);
static bool hand_out(crew *c);
static bool take_own(crew *c);
static bool take_message(crew *c);

pp_code pp_ranks_join(int *rank, int *n_ranks, pp_error *err)
{
    pp_code code = pp_messages_begin(&ranks.rank, &ranks.n_ranks, err);
    if (code == PP_OK && !ranks.asks && !(ranks.asks = pp_array_new((size_t)ranks.n_ranks, sizeof *ranks.asks)))
        code = pp_no_memory(err, "a list of ranks");
    if (code != PP_OK)
        return code;
    *rank = ranks.rank;
    *n_ranks = ranks.n_ranks;
    return PP_OK;
}

bool pp_ranks_share(void)
{
    return ranks.rank == 0 && ranks.n_ranks > 1 && ranks.asks;
}

static bool wants_to_stop(const crew *c)
{
    const pp_watch *watch = c->audit->watch;
    return c->code != PP_OK || (watch && watch->cancel && *watch->cancel);
}

pp_code pp_ranks_do_all(pp_audit *audit, pp_job_kind kind, pp_error *err)
{
    crew c;
    pp_code code = open_crew(&c, audit, kind, err);
    if (code != PP_OK)
        return code;
    for (bool more = true; more || c.n_out;) {
        more = hand_out(&c);
        bool taken = take_own(&c);
        if (!take_message(&c) && !taken)
            pp_rest();
    }
    if (c.code == PP_OK && wants_to_stop(&c))
        c.code = PP_INTERRUPTED;
    code = c.code;
    if (code < 0 && err)
        *err = c.err;
    close_crew(&c);
    return code;
}

/* ---- Handing out ------------------------------------------------------------------------------------------------- */

static pp_code open_own(own_worker *own, pp_audit *audit, const uint8_t *run, size_t n, pp_error *err)
{
    own->audit = *audit;
    own->watch = (pp_watch){ .cancel = audit->watch ? audit->watch->cancel : NULL };
    own->audit.watch = &own->watch;
    own->audit.store = NULL;
    own->audit.images = NULL;
    own->audit.n_images = 0;
    pp_code code = pp_store_unpack(&own->audit.store, run, n, err);
    return code == PP_OK ? pp_audit_load_images(&own->audit, err) : code;
}

static pp_code open_crew(crew *c, pp_audit *audit, pp_job_kind kind, pp_error *err)
{
    *c = (crew){ .audit = audit, .kind = kind, .knows = pp_array_new((size_t)ranks.n_ranks, sizeof *c->knows) };
    size_t n_dir = 0;
    pp_code code = c->knows ? pp_run_message(&c->run, &c->n_run, &n_dir, audit, err) : pp_no_memory(err, "a list of ranks");
    if (code == PP_OK)
        code = open_own(&c->own, audit, c->run + n_dir, c->n_run - n_dir, err);
    if (code != PP_OK)
        close_crew(c);
    return code;
}

static void close_crew(crew *c)
{
    pp_image_records_free(c->own.audit.images, c->own.audit.n_images);
    pp_store_close(c->own.audit.store);
    free(c->knows);
    free(c->run);
}

static void keep_failure(crew *c, pp_code code, const pp_error *err)
{
    if (code == PP_OK || c->code != PP_OK)
        return;
    c->code = code;
    c->err = *err;
}

/* The next image of the kind, as a job. */
static bool next_job(crew *c, pp_job *job)
{
    const char *status = c->kind == PP_JOB_LOOK ? "pending" : "ready";
    while (c->next < c->audit->n_images && !pp_audit_has_status(&c->audit->images[c->next], status))
        c->next++;
    if (c->next == c->audit->n_images || wants_to_stop(c))
        return false;
    *job = (pp_job){ c->kind, c->next++ };
    return true;
}

static void send_job(crew *c, int rank, const pp_job *job)
{
    pp_error err;
    pp_code code = c->knows[rank] ? PP_OK : pp_message_send(rank, PP_TAG_RUN, c->run, c->n_run, &err);
    if (code == PP_OK)
        code = pp_message_send(rank, PP_TAG_JOB, job, sizeof *job, &err);
    keep_failure(c, code, &err);
    c->knows[rank] = true;
    ranks.asks[rank] = false;
    c->n_out += code == PP_OK;
}

static void *work(void *user)
{
    own_worker *own = user;
    pp_do_job(&own->answer, &own->audit, &own->job);
    atomic_store(&own->done, true);
    return NULL;
}

static void start_own(crew *c, const pp_job *job)
{
    pp_error err;
    c->own.job = *job;
    atomic_store(&c->own.done, false);
    c->own.busy = pthread_create(&c->own.thread, NULL, work, &c->own) == 0;
    c->n_out += c->own.busy;
    if (!c->own.busy)
        keep_failure(c, pp_no_memory(&err, "a thread"), &err);
}

/* @return whether there may be more to hand out */
static bool hand_out(crew *c)
{
    pp_job job;
    for (int rank = 1; rank < ranks.n_ranks; rank++)
        if (ranks.asks[rank]) {
            if (!next_job(c, &job))
                return false;
            send_job(c, rank, &job);
        }
    if (!c->own.busy) {
        if (!next_job(c, &job))
            return false;
        start_own(c, &job);
    }
    return !wants_to_stop(c);
}

/* ---- Taking back ------------------------------------------------------------------------------------------------- */

static void take_answer(crew *c, const pp_answer *answer)
{
    pp_error err = answer->err;
    pp_code code = answer->code;
    c->n_out--;
    if (code == PP_OK)
        code = pp_write_answer(c->audit, c->kind, answer, &err);
    keep_failure(c, code, &err);
}

static bool take_own(crew *c)
{
    if (!c->own.busy || !atomic_load(&c->own.done))
        return false;
    pthread_join(c->own.thread, NULL);
    c->own.busy = false;
    take_answer(c, &c->own.answer);
    free(c->own.answer.bytes);
    return true;
}

/* @return whether there was a message */
static bool take_message(crew *c)
{
    pp_message message;
    bool there;
    pp_error err;
    pp_code code = pp_message_receive(&message, &there, &err);
    if (code != PP_OK) { /* nobody can be heard any more: what is out is lost */
        keep_failure(c, code, &err);
        c->n_out = c->own.busy;
        return false;
    }
    if (!there)
        return false;
    ranks.asks[message.from] = true;
    pp_answer answer = { .bytes = message.bytes, .n = message.n };
    if (message.tag == PP_TAG_FAILED && message.n == sizeof answer.err) {
        memcpy(&answer.err, message.bytes, sizeof answer.err);
        answer.code = answer.err.code;
    }
    if (message.tag != PP_TAG_READY)
        take_answer(c, &answer);
    free(message.bytes);
    return true;
}

/* ---- The others -------------------------------------------------------------------------------------------------- */

pp_code pp_ranks_work(const pp_watch *watch, pp_error *err)
{
    pp_worker worker = { .watch = { .cancel = watch ? watch->cancel : NULL } };
    bool ended = false;
    pp_code code = pp_message_send(0, PP_TAG_READY, NULL, 0, err);
    while (code == PP_OK && !ended) {
        pp_message message;
        bool there;
        code = pp_message_receive(&message, &there, err);
        if (code == PP_OK && !there)
            pp_rest();
        if (code != PP_OK || !there)
            continue;
        ended = message.tag == PP_TAG_END;
        if (!ended)
            code = pp_worker_follow(&worker, &message, err);
        free(message.bytes);
    }
    pp_audit_free(worker.audit);
    return code;
}

/* Each rank is told when it asks. */
static void send_home(void)
{
    pp_error err;
    pp_code code = PP_OK;
    for (int rank = 1; code == PP_OK && rank < ranks.n_ranks; rank++) {
        while (code == PP_OK && !ranks.asks[rank]) {
            pp_message message;
            bool there;
            code = pp_message_receive(&message, &there, &err);
            if (code == PP_OK && there) {
                ranks.asks[message.from] = true;
                free(message.bytes);
            } else {
                pp_rest();
            }
        }
        if (code == PP_OK)
            code = pp_message_send(rank, PP_TAG_END, NULL, 0, &err);
    }
}

void pp_ranks_leave(void)
{
    if (pp_ranks_share())
        send_home();
    free(ranks.asks);
    ranks.asks = NULL;
    ranks.n_ranks = 1;
    pp_messages_end();
}
