/* kernel_avx2.c - the kernels for x86-64 with AVX2 and FMA (2013 and later). */
#if defined __x86_64__
#define KERNEL pp_kernel_avx2
#define TEXT "AVX2"
#define LANES 8
#define ROWS 6
#define MULTIPLY_ADD(a, b, c) fmaf(a, b, c)
#include "incremental/kernel_template.h"
#endif
