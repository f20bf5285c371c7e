/* Whether an MPI launcher started this process is read off the environment. */
#include "support.h"

#include "mpi/launcher.h"
#include "mpi/messages.h"

static const char *const VARIABLES[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK", "SLURM_STEP_NUM_TASKS" };

static int clear(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof VARIABLES / sizeof *VARIABLES; i++)
        unsetenv(VARIABLES[i]);
    return 0;
}

static void who_was_not_launched_is_alone_and_mpi_is_not_begun(void **state)
{
    (void)state;
    int rank = -1, n_ranks = -1;
    pp_error err;
    assert_int_equal(pp_launched_ranks(), 1);
    assert_ok(pp_messages_begin(&rank, &n_ranks, &err), err);
    assert_true(rank == 0 && n_ranks == 1);
    pp_messages_end();
    pp_messages_end();
}

static void each_launcher_says_how_many_there_are(void **state)
{
    (void)state;
    static const struct { const char *variables[2], *values[2]; int n; } CASES[] = {
        { { "OMPI_COMM_WORLD_SIZE" }, { "64" }, 64 },
        { { "PMI_SIZE" }, { "8" }, 8 },
        { { "PMIX_RANK", "SLURM_STEP_NUM_TASKS" }, { "0", "16" }, 16 },
        { { "SLURM_STEP_NUM_TASKS" }, { "16" }, 1 }, /* srun without PMI: every task is alone */
        { { "PMIX_RANK" }, { "0" }, 1 },
        { { "OMPI_COMM_WORLD_SIZE" }, { "" }, 1 },
        { { "OMPI_COMM_WORLD_SIZE" }, { "-3" }, 1 },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        clear(NULL);
        for (size_t k = 0; k < 2 && CASES[i].variables[k]; k++)
            setenv(CASES[i].variables[k], CASES[i].values[k], 1);
        assert_int_equal(pp_launched_ranks(), CASES[i].n);
    }
    clear(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_not_launched_is_alone_and_mpi_is_not_begun),
        cmocka_unit_test(each_launcher_says_how_many_there_are),
    };
    return cmocka_run_group_tests(tests, clear, NULL);
}
