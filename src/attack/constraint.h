/* constraint.h - where an attack may change pixels, and how far: --region, --exclude, --max-change, --gray, --spacing.
 *
 * A method asks here for what it draws: pp_random_place and pp_random_corner for new pixels, pp_clamp_colour for a colour that it made
 * itself, pp_may_join before a pixel comes into a set. Which constraints it keeps it says in pp_method.keeps; what it does not is refused
 * before the run. Without constraints every place and every colour is allowed. */
#ifndef PP_ATTACK_CONSTRAINT_H
#define PP_ATTACK_CONSTRAINT_H

#include "attack/params.h"
#include "base/rng.h"
#include "oracle/model.h"

/* What a method keeps to; --gray every method does. */
enum {
    PP_KEEPS_REGION = 1,  /* --region and --exclude */
    PP_KEEPS_CHANGE = 2,  /* --max-change */
    PP_KEEPS_SPACING = 4, /* --spacing */
};

/* The constraints on one image. All zero but original: none. */
typedef struct pp_constraint {
    const pp_image *original;
    const pp_image *mask; /* 255 where pixels may be changed, else 0; NULL: everywhere */
    bool gray;            /* new colours have r = g = b */
    int max_change;       /* of a channel; 0: any */
    int spacing;          /* least Chebyshev distance of two changed pixels; 0 or 1: any */
    size_t n_places;
    uint32_t *places;     /* n_places, y * width + x: where pixels may be changed */
} pp_constraint;

/* Whether the method can keep to what is asked; then the masks, read once for a run: fitted as its images are, by the nearest pixel.
 * *mask: both in one, the caller's, pp_image_free; NULL if no option asks for one. @return PP_OK; PP_ARG: the method cannot;
 * PP_FORMAT: a mask that leaves no pixel; otherwise as pp_image_decode */
pp_code pp_constraint_open(pp_image **mask, const pp_model *model, const pp_params *params, pp_error *err);

/* The masks alone, for what is no method and keeps to all constraints. *mask, @return: as above. */
pp_code pp_constraint_read(pp_image **mask, const pp_model *model, const pp_params *params, pp_error *err);

/* original, mask (or NULL): borrowed until pp_constraint_clear. */
pp_code pp_constraint_init(pp_constraint *c, const pp_image *original, const pp_image *mask, const pp_params *params, pp_error *err);
void pp_constraint_clear(pp_constraint *c);

/* Whether a pixel may be changed. With --gray and --max-change there are colours near which no gray lies: those may not. */
bool pp_may_change(const pp_constraint *c, int x, int y);
/* A place where that is so, uniformly; its colour is black. n_places is not 0. */
pp_pixel pp_random_place(const pp_constraint *c, pp_rng *rng);
/* The nearest colour that is allowed at the pixel's place: a corner colour becomes the original's plus or minus max_change. */
void pp_clamp_colour(const pp_constraint *c, pp_pixel *pixel);
/* A random corner of the colour cube for the pixel, clamped. */
void pp_random_corner(const pp_constraint *c, pp_rng *rng, pp_pixel *pixel);
/* Whether a pixel may come into a set: at a place that may be changed, not nearer to a member than the spacing, nor on one. except: the
 * member that it replaces, or NULL. */
bool pp_may_join(const pp_constraint *c, const pp_pixel *pixel, const pp_pixel *pixels, size_t n, const pp_pixel *except);

/* Takes back in an image of the original's size what is not allowed. The spacing is not looked at. */
void pp_constrain_image(const pp_constraint *c, pp_image *image);
/* Whether pixels that differ from the original keep all of it. */
bool pp_constraint_holds(const pp_constraint *c, const pp_pixel *pixels, size_t n);

#endif
