/* dicom_absent.c - in place of dicom.cc where pinprick is built without DCMTK: every DICOM file is refused, and why is said. */
#include "base/error.h"
#include "image/dicom.h"

static const char ABSENT[] = "is (or is to be) DICOM, and this pinprick was built without it; install libdcmtk-dev and build again with -Ddicom=enabled";

pp_code pp_dicom_look(pp_dicom_summary *summary, const char *path, const char *text, pp_error *err)
{
    (void)text;
    *summary = (pp_dicom_summary){ .tells_patient = true }; /* what is not read may hold anything */
    return pp_dicom_hash_file(summary->id, path, err);
}

pp_code pp_dicom_read(pp_dicom_frame *read, const char *path, size_t frame, pp_error *err)
{
    (void)read, (void)frame;
    return pp_fail(err, PP_FORMAT, "%s: %s", path, ABSENT);
}

pp_code pp_dicom_write(const pp_image *image, const char *path, pp_dicom_series *series, const char *about, pp_error *err)
{
    (void)image, (void)series, (void)about;
    return pp_fail(err, PP_FORMAT, "%s: %s", path, ABSENT);
}
