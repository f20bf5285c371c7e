/* folder.h - a new folder for each test, or each group of tests, of a file. */
#ifndef PP_TESTS_FOLDER_H
#define PP_TESTS_FOLDER_H

#include "support.h"

static char folder[256];

static int make_folder(void **state)
{
    (void)state;
    new_folder(folder);
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

#endif
