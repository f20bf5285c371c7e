/* launcher.h - whether an MPI launcher started this process, and how many with it. */
#ifndef PP_MPI_LAUNCHER_H
#define PP_MPI_LAUNCHER_H

/* Read from the environment: Open MPI's mpirun, MPICH's mpiexec, Slurm's srun with PMI. @return 1 where nobody did */
int pp_launched_ranks(void);

#endif
