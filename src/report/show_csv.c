/* show_csv.c - a run as CSV: one line for each image. What was not measured is empty. */
#include "report/show.h"

#include <inttypes.h>
#include <math.h>

/* An attack's columns, from class_adversarial on. */
static void write_attack(const pp_run_rows *r, const pp_attack_record *a, bool flipped, FILE *out)
{
    pp_csv_text(out, pp_run_class_name(r, a->class_adversarial), false);
    fprintf(out, "%.9g,%.9g,", a->p_original, a->p_adversarial);
    if (flipped)
        fprintf(out, "%" PRIu64, a->l0);
    fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%.6f,%.6f,%s,", a->queries, a->generations, a->seconds, a->engine_seconds, a->stop);
    if (a->rung)
        fprintf(out, "%s,%" PRIu64 ",", a->rung, a->rung_queries);
    else
        fprintf(out, ",,");
    if (pp_run_is_noise(r))
        fprintf(out, "%d", a->strict_flip);
    fprintf(out, ",%d,", a->verified);
    if (a->locally_minimal >= 0)
        fprintf(out, "%d", a->locally_minimal);
}

void pp_show_csv_header(FILE *out)
{
    fprintf(out, "path,label,status,class_original,class_adversarial,p_original,p_adversarial,l0,queries,generations,seconds,"
                 "engine_seconds,stop,noise,noise_draws,strict_flip,verified,locally_minimal");
}

void pp_show_csv_image(const pp_run_rows *r, size_t i, FILE *out)
{
    const pp_image_record *image = &r->images[i];
    double p = pp_run_p_original(r, i);
    pp_csv_text(out, image->path, false);
    pp_csv_text(out, image->label ? image->label : "", false);
    pp_csv_text(out, image->status, false);
    pp_csv_text(out, image->decision < 0 ? "" : pp_run_class_name(r, image->decision), false);
    if (r->attack_of[i]) {
        write_attack(r, r->attack_of[i], pp_run_flipped(r, i), out);
        return;
    }
    fprintf(out, ",");
    if (isfinite(p))
        fprintf(out, "%.9g", p);
    fprintf(out, ",,,,,,,,,,,,");
}

pp_code pp_show_csv(const void *what, FILE *out, pp_error *err)
{
    (void)err;
    const pp_run_rows *r = what;
    pp_show_csv_header(out);
    fputc('\n', out);
    for (size_t i = 0; i < r->n_images; i++) {
        pp_show_csv_image(r, i, out);
        fputc('\n', out);
    }
    return PP_OK;
}
