/* kernel.c - which kernels this processor can run, and weights in the order that they are read. */
#include "incremental/kernel.h"

#include <string.h>

const pp_kernel *pp_kernel_best(void)
{
#if defined __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &pp_kernel_avx2;
#endif
    return &pp_kernel_portable;
}

size_t pp_packed_size(const pp_kernel *kernel, size_t n_out, size_t k)
{
    return (n_out + kernel->panel - 1) / kernel->panel * kernel->panel * k;
}

void pp_pack_weights(const pp_kernel *kernel, const float *weights, size_t n_out, size_t k, float *packed)
{
    memset(packed, 0, pp_packed_size(kernel, n_out, k) * sizeof *packed);
    for (size_t first = 0; first < n_out; first += kernel->panel, packed += k * kernel->panel)
        for (size_t j = 0; j < kernel->panel && first + j < n_out; j++)
            for (size_t i = 0; i < k; i++)
                packed[i * kernel->panel + j] = weights[(first + j) * k + i];
}
