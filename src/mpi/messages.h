/* messages.h - between the processes that one mpirun started (ranks): who there is, and bytes from one to another. All of MPI stays in this
 * folder; built without it, there is never more than one rank.
 *
 * What is received is looked for and never waited for: MPI waits by turning in circles on a core that somebody else could use. Only the
 * thread that called pp_messages_begin may call any of this. */
#ifndef PP_MPI_MESSAGES_H
#define PP_MPI_MESSAGES_H

#include "pinprick/pinprick.h"

typedef struct pp_message {
    int from, tag;
    uint8_t *bytes; /* n, the receiver's, free() */
    size_t n;
} pp_message;

/* Joins the others, once in a process; later calls tell the same. A process that no MPI launcher started is rank 0 of 1.
 * @return PP_OK; PP_ARG: started by a launcher, but built without MPI; PP_IO: MPI did not begin */
pp_code pp_messages_begin(int *rank, int *n_ranks, pp_error *err);
/* All ranks must come to this, or the launcher takes the whole for failed. */
void pp_messages_end(void);

/* Returns when the bytes may be used again, which may be when the receiver has taken them. @return PP_OK, PP_IO */
pp_code pp_message_send(int to, int tag, const void *bytes, size_t n, pp_error *err);
/* The next message from anybody, if there is one. @return PP_OK, and whether there was one in *there; PP_IO, PP_MEMORY */
pp_code pp_message_receive(pp_message *message, bool *there, pp_error *err);

#endif
