/* gnuplot.h - gnuplot as a program: text that it shows as it is, and a script that it runs. */
#ifndef PP_REPORT_GNUPLOT_H
#define PP_REPORT_GNUPLOT_H

#include "pinprick/pinprick.h"

#include <stdio.h>

/* A string constant of gnuplot's, whatever text holds: control characters become blanks, bytes that are no UTF-8 U+FFFD; of more than most
 * characters the middle is left out. */
void pp_gnuplot_text(FILE *out, const char *text, size_t most);

/* Runs the script dir/figure.gp in dir. No shell is asked, and no file of the user's read. @return PP_OK; PP_IO: gnuplot is not installed, or
 * complained, with its words */
pp_code pp_gnuplot_run(const char *dir, pp_error *err);

#endif
