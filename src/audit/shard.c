/* shard.c - which images of a run are this machine's. An image goes where its hash says: the same on every machine, without a word
 * between them. */
#include "audit/shard.h"

#include "base/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t MOST = 1000000;

/* A number without sign or blanks, from 1 to MOST. @return what follows it, or NULL */
static const char *take_number(const char *text, uint64_t *number)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return NULL;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *number >= 1 && *number <= MOST ? end : NULL;
}

pp_code pp_shard_parse(pp_shard *shard, const char *text, pp_error *err)
{
    pp_shard made = { 1, 1 };
    const char *rest = *text ? take_number(text, &made.index) : NULL;
    if (rest && *rest == '/')
        rest = take_number(rest + 1, &made.n);
    if (*text && (!rest || *rest || !strchr(text, '/') || made.index > made.n))
        return pp_fail(err, PP_ARG, "--shard: '%s'; expected I/N, the part and how many there are, from 1/N to N/N", text);
    *shard = made;
    return PP_OK;
}

bool pp_shard_has(const pp_shard *shard, const char *sha256)
{
    char digits[16] = ""; /* 60 bits of it */
    strncpy(digits, sha256, sizeof digits - 1);
    return strtoull(digits, NULL, 16) % shard->n == shard->index - 1;
}
