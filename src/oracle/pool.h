/* pool.h - a few threads that work through numbered jobs. Which thread takes which job is left open; nothing else is. */
#ifndef PP_ORACLE_POOL_H
#define PP_ORACLE_POOL_H

#include "pinprick/pinprick.h"

typedef struct pp_pool pp_pool;

/* One job; worker in [0, n_threads) says whose scratch memory may be used. Must not fail: it leaves errors in user. */
typedef void (*pp_job)(void *user, size_t worker, size_t index);

/* n_threads >= 1: one is the caller's. *pool: the caller's, pp_pool_free. */
pp_code pp_pool_new(pp_pool **pool, size_t n_threads, pp_error *err);
void pp_pool_free(pp_pool *pool);

/* Runs job for every index in [0, n) and returns when all are done. */
void pp_pool_run(pp_pool *pool, pp_job job, void *user, size_t n);

#endif
