/* version.c - which library this is. */
#include "pinprick/pinprick.h"

const char *pp_version(void)
{
    return PP_VERSION;
}
