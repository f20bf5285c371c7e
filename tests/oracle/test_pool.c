/* test_pool.c - every job is done once, whoever does it. */
#include "support.h"

#include "oracle/pool.h"

#include <sched.h>

enum { N_JOBS = 1000, N_THREADS = 5 };

/* What a worker writes is its own: the jobs' marks by index, and sums by worker. busy: workers in a job just now. */
typedef struct ledger {
    int marks[N_JOBS];
    size_t sums[N_THREADS], n_foreign;
    size_t n_threads;
    bool busy[N_THREADS];
} ledger;

static void mark(void *user, size_t worker, size_t index)
{
    ledger *l = user;
    if (worker >= l->n_threads || index >= N_JOBS) {
        __atomic_fetch_add(&l->n_foreign, 1, __ATOMIC_RELAXED);
        return;
    }
    if (__atomic_exchange_n(&l->busy[worker], true, __ATOMIC_ACQUIRE)) /* two threads with one number */
        __atomic_fetch_add(&l->n_foreign, 1, __ATOMIC_RELAXED);
    l->marks[index]++;
    l->sums[worker] += index;
    sched_yield();
    __atomic_store_n(&l->busy[worker], false, __ATOMIC_RELEASE);
}

static void every_job_is_done_once_before_run_returns(void **state)
{
    (void)state;
    static const size_t SIZES[] = { 0, 1, 2, 3, 4, 5, 6, 64, N_JOBS };
    for (size_t n_threads = 1; n_threads <= N_THREADS; n_threads++) {
        pp_pool *pool = NULL;
        pp_error err;
        assert_ok(pp_pool_new(&pool, n_threads, &err), err);
        for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
            ledger l = { .n_threads = n_threads };
            size_t sum = 0, n = SIZES[i];
            pp_pool_run(pool, mark, &l, n);
            for (size_t k = 0; k < N_JOBS; k++)
                assert_int_equal(l.marks[k], k < n);
            for (size_t w = 0; w < N_THREADS; w++)
                sum += l.sums[w];
            assert_int_equal(l.n_foreign, 0);
            assert_int_equal(sum, n ? n * (n - 1) / 2 : 0);
        }
        pp_pool_free(pool);
    }
}

/* Workers wait between rounds and are woken again; none takes a job of a round that is over. */
static void many_short_rounds_lose_nothing(void **state)
{
    (void)state;
    pp_pool *pool = NULL;
    pp_error err;
    ledger l = { .n_threads = 3 };
    assert_ok(pp_pool_new(&pool, 3, &err), err);
    for (int round = 0; round < 5000; round++)
        pp_pool_run(pool, mark, &l, 3);
    for (size_t k = 0; k < 3; k++)
        assert_int_equal(l.marks[k], 5000);
    assert_int_equal(l.n_foreign, 0);
    pp_pool_free(pool);
}

static void a_pool_that_never_worked_is_freed(void **state)
{
    (void)state;
    pp_pool *pool = NULL;
    pp_error err;
    assert_ok(pp_pool_new(&pool, 4, &err), err);
    pp_pool_free(pool);
    pp_pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_is_done_once_before_run_returns),
        cmocka_unit_test(many_short_rounds_lose_nothing),
        cmocka_unit_test(a_pool_that_never_worked_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
