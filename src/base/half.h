/* half.h - 16-bit floating-point numbers (IEEE 754 binary16) as their bits: not every C compiler has a type for them. */
#ifndef PP_BASE_HALF_H
#define PP_BASE_HALF_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline float pp_half_to_float(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    float value;
    if (exponent == 31)
        value = fraction ? NAN : INFINITY;
    else
        value = exponent ? ldexpf((float)(1024 + fraction), exponent - 25) : ldexpf((float)fraction, -24);
    return bits & 0x8000 ? -value : value;
}

/* The nearest; of two that are as near, the one whose last bit is 0. */
static inline uint16_t pp_half_from_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    bits &= 0x7fffffff;
    if (bits > 0x7f800000)
        return sign | 0x7e00; /* not a number */
    if (bits >= 0x477ff000)
        return sign | 0x7c00; /* from 65520 on: infinity */
    if (bits < 0x38800000)    /* below 2^-14: multiples of 2^-24 */
        return (uint16_t)(sign | (uint16_t)lrintf(fabsf(value) * 0x1p24f));
    bits += 0xfff + (bits >> 13 & 1);
    return (uint16_t)(sign | (uint16_t)((bits >> 13) - (112 << 10)));
}

#endif
