/* kernel_portable.c - the kernels for any processor: four floats at a time. */
#define KERNEL pp_kernel_portable
#define TEXT "portable"
#define LANES 4
#define ROWS 4
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#include "incremental/kernel_template.h"
