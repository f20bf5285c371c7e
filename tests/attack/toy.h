/* toy.h - classifiers with a planted weakness, made by hand so that the answer is known. All are pp_callback functions over
 * small images; user points to the toy. */
#ifndef PP_TESTS_TOY_H
#define PP_TESTS_TOY_H

#include "pinprick/pinprick.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOY_SIDE = 20, TOY_PLANTED = 6 };

typedef struct toy {
    const char *name;
    int channels, n_outputs;
    int n_planted;       /* pixels that matter; 0: all of them, a little each */
    double bias, weight; /* margin of the original, and what a planted pixel at full change takes away */
    bool probabilities;  /* softmax over the two logits, saturated: the search is blind until it flips */
    bool lies;           /* the decision is right, the scores mean nothing */
    size_t n_calls, n_images;
    size_t largest_batch;
} toy;

/* Places of the planted pixels: corners, borders and the middle. */
static const int TOY_PLACES[TOY_PLANTED][2] = { { 0, 0 }, { TOY_SIDE - 1, 0 }, { 0, TOY_SIDE - 1 }, { TOY_SIDE - 1, TOY_SIDE - 1 },
                                                { TOY_SIDE / 2, TOY_SIDE / 2 }, { 3, TOY_SIDE / 2 } };

/* Originals are mid-gray; a planted pixel counts by how far its mean is from that. */
static double toy_margin(const toy *t, const uint8_t *image)
{
    double margin = t->bias;
    int n = t->n_planted ? t->n_planted : TOY_SIDE * TOY_SIDE;
    for (int i = 0; i < n; i++) {
        int x = t->n_planted ? TOY_PLACES[i][0] : i % TOY_SIDE, y = t->n_planted ? TOY_PLACES[i][1] : i / TOY_SIDE;
        double change = 0;
        for (int c = 0; c < t->channels; c++)
            change += fabs(image[(y * TOY_SIDE + x) * t->channels + c] - 128.0) / 128 / t->channels;
        margin -= t->weight * change;
    }
    return margin;
}

/* The same decision, with a score that hangs on the image in some other way. */
static double toy_lie(double margin, const uint8_t *image, size_t size)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ image[i]) * 16777619u;
    return (margin < 0 ? -1 : 1) * (0.01 + hash % 1000);
}

static pp_code toy_predict(void *user, const uint8_t *images, size_t n, float *scores)
{
    toy *t = user;
    size_t size = (size_t)(TOY_SIDE * TOY_SIDE * t->channels);
    t->n_calls++;
    t->n_images += n;
    t->largest_batch = n > t->largest_batch ? n : t->largest_batch;
    for (size_t i = 0; i < n; i++) {
        double margin = toy_margin(t, images + i * size);
        if (t->lies)
            margin = toy_lie(margin, images + i * size, size);
        if (t->n_outputs == 1) {
            scores[i] = (float)margin;
            continue;
        }
        double p = t->probabilities ? 1 / (1 + exp(-40 * margin)) : margin;
        float *row = scores + i * (size_t)t->n_outputs;
        memset(row, 0, (size_t)t->n_outputs * sizeof *row);
        row[0] = t->probabilities ? (float)(1 - p) : 0;
        row[1] = (float)p;
        for (int k = 2; k < t->n_outputs; k++)
            row[k] = -1.0f - (float)k;
    }
    return PP_OK;
}

static inline pp_callback toy_spec(toy *t)
{
    return (pp_callback){ .name = t->name, .width = TOY_SIDE, .height = TOY_SIDE, .channels = t->channels, .n_outputs = t->n_outputs,
                          .predict = toy_predict, .user = t };
}

/* The grid that every method is run on. All are flipped by uniform noise. */
static const toy TOYS[] = {
    { .name = "planted", .channels = 3, .n_outputs = 2, .n_planted = 6, .bias = 1, .weight = 0.8 },
    { .name = "one pixel", .channels = 3, .n_outputs = 2, .n_planted = 1, .bias = 0.2, .weight = 1 },
    { .name = "spread", .channels = 3, .n_outputs = 2, .n_planted = 0, .bias = 1, .weight = 0.05 },
    { .name = "gray", .channels = 1, .n_outputs = 2, .n_planted = 6, .bias = 1, .weight = 0.8 },
    { .name = "one output", .channels = 3, .n_outputs = 1, .n_planted = 6, .bias = 1, .weight = 0.8 },
    { .name = "five classes", .channels = 3, .n_outputs = 5, .n_planted = 6, .bias = 1, .weight = 0.8 },
    { .name = "saturated", .channels = 3, .n_outputs = 2, .n_planted = 6, .bias = 1, .weight = 0.8, .probabilities = true },
    { .name = "stubborn", .channels = 3, .n_outputs = 2, .n_planted = 1, .bias = 9, .weight = 1 },
};
enum { N_TOYS = sizeof TOYS / sizeof *TOYS };

/* A mid-gray original. */
static inline pp_image *toy_image(const toy *t)
{
    pp_image *image = NULL;
    if (pp_image_new(&image, TOY_SIDE, TOY_SIDE, t->channels, NULL) == PP_OK)
        memset(image->data, 128, (size_t)(TOY_SIDE * TOY_SIDE * t->channels));
    return image;
}

static inline bool same_pixels(const pp_pixel *a, const pp_pixel *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i].x != b[i].x || a[i].y != b[i].y || memcmp(a[i].value, b[i].value, 3) != 0)
            return false;
    return true;
}

#endif
