/* export.c - a run's adversarial images as DICOM files, for programs that take nothing else. */
#include "audit/folder.h"
#include "base/error.h"
#include "image/dicom.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The picture as it was saved; one that is not what run.db says is refused. */
static pp_code read_adversarial(pp_image **image, const char *dir, const pp_image_record *record, const pp_attack_record *attack, pp_error *err)
{
    char *path = NULL;
    pp_image *read = NULL;
    pp_code code = pp_folder_adversarial(&path, dir, record->name, err);
    if (code == PP_OK)
        code = pp_image_read_png(&read, path, err);
    if (code == PP_OK && (!attack->adversarial_sha256 || strcmp(pp_image_digest(read).hex, attack->adversarial_sha256) != 0))
        code = pp_fail(err, PP_MISMATCH, "%s: its pixels are not those that were saved; pinprick verify says more", path);
    free(path);
    if (code != PP_OK) {
        pp_image_free(read);
        return code;
    }
    *image = read;
    return PP_OK;
}

static pp_code export_one(const char *dir, const char *out, const pp_image_record *record, const pp_attack_record *attack,
                          pp_dicom_series *series, pp_error *err)
{
    char about[200];
    pp_image *image = NULL;
    size_t size = strlen(out) + strlen(record->name) + sizeof "/.dcm";
    char *path = malloc(size);
    if (!path)
        return pp_no_memory(err, "a path");
    snprintf(path, size, "%s/%s.dcm", out, record->name);
    snprintf(about, sizeof about, "adversarial example by pinprick %s, pixels changed: %llu", pp_version(), (unsigned long long)attack->l0);
    pp_code code = read_adversarial(&image, dir, record, attack, err);
    if (code == PP_OK)
        code = pp_dicom_write(image, path, series, about, err);
    pp_image_free(image);
    free(path);
    return code;
}

pp_code pp_export_dicom(const char *dir, const char *out, pp_error *err)
{
    pp_store *store = NULL;
    pp_image_record *images = NULL;
    pp_attack_record *attacks = NULL;
    size_t n_images = 0, n_attacks = 0;
    pp_dicom_series series = { 0 };
    char *folder = NULL;
    pp_code code = pp_store_open(&store, dir, false, err);
    if (code == PP_OK)
        code = pp_store_read_images(store, &images, &n_images, err);
    if (code == PP_OK)
        code = pp_store_read_attacks(store, &attacks, &n_attacks, err);
    if (code == PP_OK)
        code = pp_folder_make(&folder, out, "", err);
    for (size_t i = 0, k = 0; code == PP_OK && i < n_images; i++) {
        while (k < n_attacks && attacks[k].image < images[i].id) /* both are in the order of the images */
            k++;
        if (k < n_attacks && attacks[k].image == images[i].id && strcmp(attacks[k].status, "success") == 0)
            code = export_one(dir, out, &images[i], &attacks[k], &series, err);
    }
    free(folder);
    pp_image_records_free(images, n_images);
    pp_attack_records_free(attacks, n_attacks);
    pp_store_close(store);
    return code;
}
