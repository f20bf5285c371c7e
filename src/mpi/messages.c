/* messages.c - messages.h by MPI: whatever has MPI_Init, Send, Iprobe and Recv will do. */
#include "mpi/messages.h"

#include "base/array.h"
#include "base/error.h"
#include "mpi/launcher.h"

#include <limits.h>
#include <mpi.h>

static int own_rank, n_begun; /* n_begun: ranks there are; 0 before the beginning */

static pp_code check(int result, const char *doing, pp_error *err)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int n;
    if (result == MPI_SUCCESS)
        return PP_OK;
    MPI_Error_string(result, text, &n);
    return pp_fail(err, PP_IO, "MPI cannot %s: %s", doing, text);
}

pp_code pp_messages_begin(int *rank, int *n_ranks, pp_error *err)
{
    int provided;
    pp_code code = PP_OK;
    if (n_begun == 0 && pp_launched_ranks() == 1)
        n_begun = 1;
    if (n_begun == 0) {
        code = check(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided), "begin", err);
        if (code == PP_OK && provided < MPI_THREAD_FUNNELED)
            code = pp_fail(err, PP_IO, "this MPI cannot be used beside threads");
        if (code == PP_OK)
            code = check(MPI_Comm_rank(MPI_COMM_WORLD, &own_rank), "say who this is", err);
        if (code == PP_OK)
            code = check(MPI_Comm_size(MPI_COMM_WORLD, &n_begun), "say how many there are", err);
        if (code == PP_OK)
            MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    }
    if (code != PP_OK)
        return code;
    *rank = own_rank;
    *n_ranks = n_begun;
    return PP_OK;
}

void pp_messages_end(void)
{
    int begun = 0, ended = 0;
    MPI_Initialized(&begun);
    MPI_Finalized(&ended);
    if (begun && !ended)
        MPI_Finalize();
}

pp_code pp_message_send(int to, int tag, const void *bytes, size_t n, pp_error *err)
{
    if (n > INT_MAX)
        return pp_fail(err, PP_IO, "a message of %zu bytes; MPI takes 2 GiB", n);
    return check(MPI_Send(bytes, (int)n, MPI_BYTE, to, tag, MPI_COMM_WORLD), "send", err);
}

pp_code pp_message_receive(pp_message *message, bool *there, pp_error *err)
{
    MPI_Status status;
    int waits = 0, n = 0;
    *there = false;
    pp_code code = check(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &waits, &status), "look for messages", err);
    if (code != PP_OK || !waits)
        return code;
    MPI_Get_count(&status, MPI_BYTE, &n);
    pp_message made = { .from = status.MPI_SOURCE, .tag = status.MPI_TAG, .n = (size_t)n, .bytes = pp_array_new((size_t)n, 1) };
    if (!made.bytes)
        return pp_no_memory(err, "a message");
    code = check(MPI_Recv(made.bytes, n, MPI_BYTE, made.from, made.tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE), "receive", err);
    if (code != PP_OK) {
        free(made.bytes);
        return code;
    }
    *message = made;
    *there = true;
    return PP_OK;
}
