/* handout.c - how many images a second rank 0 can hand out and write down, with ranks whose work takes no time.
 *
 *   ninja -C build bench/handout
 *   mpirun -n 2 build/bench/handout RUN DIR [IMAGES]      RUN: a finished run, whose rows are used; DIR: is made, and holds run.db afterwards
 *
 * A rank sends back what it is sent: the rows of one image, so that more bytes go to it than in a real run. Alone, without mpirun, it is only
 * told how long the writing takes. */
#include "audit/folder.h"
#include "audit/worker.h"
#include "base/error.h"
#include "oracle/oracle.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct bench {
    pp_audit audit;    /* of the run that is written */
    pp_answer *answers; /* one for each image */
    size_t n, n_bytes;
} bench;

/* Gives every image of the new run the rows of a finished one, as an answer. */
static pp_code make_answers(bench *b, pp_store *run, const pp_image_record *images, size_t n_images, pp_error *err)
{
    pp_store *source = NULL;
    size_t at = 0;
    pp_code code = pp_store_create_in_memory(&source, err);
    for (size_t i = 0; code == PP_OK && i < b->n; i++) {
        for (size_t k = 0; k < n_images && !pp_audit_has_status(&images[at], "success"); k++)
            at = (at + 1) % n_images;
        pp_image_record row = images[at];
        char name[32];
        snprintf(name, sizeof name, "%zu", i + 1);
        row.id = (int64_t)i + 1;
        code = pp_store_add_image(source, name, name, name, NULL, -1, err);
        if (code == PP_OK)
            code = pp_store_set_image(source, &row, err);
        if (code == PP_OK)
            code = pp_store_copy_attack(source, row.id, run, images[at].id, err);
        if (code == PP_OK)
            code = pp_store_pack_image(source, row.id, &b->answers[i].bytes, &b->answers[i].n, err);
        b->n_bytes += b->answers[i].n;
        at = (at + 1) % n_images;
    }
    pp_store_close(source);
    return code;
}

static pp_code open_bench(bench *b, const char *from, const char *dir, pp_error *err)
{
    pp_store *run = NULL;
    pp_run_record record = { 0 };
    pp_image_record *images = NULL;
    size_t n_images = 0;
    b->answers = calloc(b->n, sizeof *b->answers);
    pp_code code = b->answers ? pp_store_open(&run, from, false, err) : pp_no_memory(err, "answers");
    if (code == PP_OK)
        code = pp_store_read_run(run, &record, err);
    if (code == PP_OK)
        code = pp_store_read_params(run, &b->audit.params, err);
    if (code == PP_OK)
        code = pp_store_read_images(run, &images, &n_images, err);
    if (code == PP_OK)
        code = make_answers(b, run, images, n_images, err);
    if (code == PP_OK)
        code = pp_folder_make(&b->audit.dir, dir, "", err);
    if (code == PP_OK)
        code = pp_store_create(&b->audit.store, dir, err);
    if (code == PP_OK)
        code = pp_store_add_run(b->audit.store, &record, b->audit.params, err);
    for (size_t i = 0; code == PP_OK && i < b->n; i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", i + 1);
        code = pp_store_add_image(b->audit.store, name, name, name, NULL, -1, err);
    }
    if (code == PP_OK)
        code = pp_store_commit(b->audit.store, err);
    if (code == PP_OK)
        code = pp_store_read_images(b->audit.store, &b->audit.images, &b->audit.n_images, err);
    pp_image_records_free(images, n_images);
    pp_run_record_clear(&record);
    pp_store_close(run);
    return code;
}

/* Alone: writes one after another. With others: each gets one, and the next when it comes back. */
static pp_code run_bench(bench *b, int n_ranks, pp_error *err)
{
    size_t next = 0;
    pp_code code = PP_OK;
    for (; code == PP_OK && n_ranks == 1 && next < b->n; next++)
        code = pp_write_answer(&b->audit, PP_JOB_ATTACK, &b->answers[next], err);
    for (int rank = 1; code == PP_OK && rank < n_ranks && next < b->n; rank++, next++)
        code = pp_message_send(rank, PP_TAG_JOB, b->answers[next].bytes, b->answers[next].n, err);
    for (size_t n_back = 0; code == PP_OK && n_ranks > 1 && n_back < b->n;) {
        pp_message message;
        bool there;
        code = pp_message_receive(&message, &there, err);
        if (code == PP_OK && !there)
            sched_yield();
        if (code != PP_OK || !there)
            continue;
        n_back++;
        pp_answer answer = { .bytes = message.bytes, .n = message.n };
        code = pp_write_answer(&b->audit, PP_JOB_ATTACK, &answer, err);
        if (code == PP_OK && next < b->n) {
            code = pp_message_send(message.from, PP_TAG_JOB, b->answers[next].bytes, b->answers[next].n, err);
            next++;
        }
        free(message.bytes);
    }
    for (int rank = 1; code == PP_OK && rank < n_ranks; rank++)
        code = pp_message_send(rank, PP_TAG_END, NULL, 0, err);
    return code;
}

static pp_code echo(pp_error *err)
{
    for (;;) {
        pp_message message;
        bool there;
        pp_code code = pp_message_receive(&message, &there, err);
        if (code == PP_OK && there && message.tag != PP_TAG_END)
            code = pp_message_send(0, PP_TAG_ROWS, message.bytes, message.n, err);
        if (code != PP_OK || (there && message.tag == PP_TAG_END))
            return code;
        if (there)
            free(message.bytes);
        else
            sched_yield();
    }
}

int main(int argc, char **argv)
{
    int rank, n_ranks;
    pp_error err;
    bench b = { .n = argc > 3 ? strtoul(argv[3], NULL, 10) : 2000 };
    if (argc < 3 || b.n == 0) {
        fprintf(stderr, "usage: handout RUN DIR [IMAGES]\n");
        return 2;
    }
    pp_code code = pp_messages_begin(&rank, &n_ranks, &err);
    if (code == PP_OK && rank > 0) {
        code = echo(&err);
    } else if (code == PP_OK && (code = open_bench(&b, argv[1], argv[2], &err)) == PP_OK) {
        double begin = pp_now();
        code = run_bench(&b, n_ranks, &err);
        double seconds = pp_now() - begin;
        if (code == PP_OK)
            printf("%d ranks: %zu images of %.1f KiB in %.3f s: %.0f a second\n", n_ranks, b.n, (double)b.n_bytes / (double)b.n / 1024, seconds,
                   (double)b.n / seconds);
    }
    if (code != PP_OK)
        fprintf(stderr, "handout: %s\n", err.message);
    pp_messages_end();
    return code != PP_OK;
}
