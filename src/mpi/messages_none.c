/* messages_none.c - messages.h where there is no MPI. */
#include "base/error.h"
#include "mpi/launcher.h"
#include "mpi/messages.h"

pp_code pp_messages_begin(int *rank, int *n_ranks, pp_error *err)
{
    int n = pp_launched_ranks();
    if (n > 1)
        return pp_fail(err, PP_ARG, "started as one of %d by an MPI launcher, but built without MPI: install libopenmpi-dev and build with "
                                    "MESON_OPTIONS=-Dmpi=enabled, or use --shard", n);
    *rank = 0;
    *n_ranks = 1;
    return PP_OK;
}

void pp_messages_end(void)
{
}

pp_code pp_message_send(int to, int tag, const void *bytes, size_t n, pp_error *err)
{
    (void)tag, (void)bytes, (void)n;
    return pp_fail(err, PP_IO, "no rank %d to send to", to);
}

pp_code pp_message_receive(pp_message *message, bool *there, pp_error *err)
{
    (void)message, (void)err;
    *there = false;
    return PP_OK;
}
