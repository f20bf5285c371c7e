/* pool.c - a few threads that work through numbered jobs. The calling thread works too, as worker 0. */
#include "oracle/pool.h"

#include "base/array.h"
#include "base/error.h"

#include <pthread.h>

typedef struct worker {
    pp_pool *pool;
    size_t index;
    pthread_t thread;
} worker;

struct pp_pool {
    pthread_mutex_t lock;
    pthread_cond_t begin, end;
    worker *workers; /* n_threads - 1: the caller is worker 0 */
    size_t n_workers;
    uint64_t round; /* goes up by one with each pp_pool_run */
    size_t n_busy;  /* workers that have not finished this round */
    bool quit;
    pp_job job;
    void *user;
    size_t next, n_jobs;
};

static void *work(void *argument);
static void take_jobs(pp_pool *pool, size_t worker_index);

pp_code pp_pool_new(pp_pool **pool, size_t n_threads, pp_error *err)
{
    pp_pool *made = pp_array_new(1, sizeof *made);
    if (made)
        made->workers = pp_array_new(n_threads, sizeof *made->workers);
    if (!made || !made->workers) {
        free(made);
        return pp_no_memory(err, "worker threads");
    }
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->begin, NULL);
    pthread_cond_init(&made->end, NULL);
    for (size_t i = 1; i < n_threads; i++) {
        worker *w = &made->workers[made->n_workers];
        *w = (worker){ .pool = made, .index = i };
        if (pthread_create(&w->thread, NULL, work, w) != 0)
            break; /* fewer threads, same result */
        made->n_workers++;
    }
    *pool = made;
    return PP_OK;
}

void pp_pool_run(pp_pool *pool, pp_job job, void *user, size_t n)
{
    pthread_mutex_lock(&pool->lock);
    pool->job = job;
    pool->user = user;
    pool->next = 0;
    pool->n_jobs = n;
    pool->n_busy = pool->n_workers;
    pool->round++;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);

    take_jobs(pool, 0);

    pthread_mutex_lock(&pool->lock);
    while (pool->n_busy > 0)
        pthread_cond_wait(&pool->end, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void pp_pool_free(pp_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->quit = true;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->n_workers; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->begin);
    pthread_cond_destroy(&pool->end);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool);
}

static void *work(void *argument)
{
    const worker *me = argument;
    pp_pool *pool = me->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->quit && pool->round == seen)
            pthread_cond_wait(&pool->begin, &pool->lock);
        if (pool->quit)
            break;
        seen = pool->round;
        pthread_mutex_unlock(&pool->lock);
        take_jobs(pool, me->index);
        pthread_mutex_lock(&pool->lock);
        if (--pool->n_busy == 0)
            pthread_cond_signal(&pool->end);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void take_jobs(pp_pool *pool, size_t worker_index)
{
    for (;;) {
        size_t index = __atomic_fetch_add(&pool->next, 1, __ATOMIC_RELAXED);
        if (index >= pool->n_jobs)
            return;
        pool->job(pool->user, worker_index, index);
    }
}
