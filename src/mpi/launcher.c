/* launcher.c - whether an MPI launcher started this process. Asked before MPI is: beginning it alone takes longer than many an attack. */
#include "mpi/launcher.h"

#include <stdlib.h>

static int number_in(const char *variable)
{
    const char *text = getenv(variable);
    return text ? atoi(text) : 0;
}

int pp_launched_ranks(void)
{
    int n = number_in("OMPI_COMM_WORLD_SIZE");
    if (n < 1)
        n = number_in("PMI_SIZE");
    if (n < 1 && getenv("PMIX_RANK")) /* which has no variable of its own for it */
        n = number_in("SLURM_STEP_NUM_TASKS");
    return n < 1 ? 1 : n;
}
