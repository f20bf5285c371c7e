/* dicom.h - DICOM files: what a frame's stored values are and mean, and a new file of an image.
 *
 * dicom.cc, the one file in C++, asks DCMTK; dicom_values.c makes an 8-bit image of what it found, by docs/dicom.md. No name, number
 * or date of a patient leaves dicom.cc: what a file is called is a hash. */
#ifndef PP_IMAGE_DICOM_H
#define PP_IMAGE_DICOM_H

#include "image/image.h"

/* A lookup table: values below first take the first entry, values past the last take the last. n 0: there is none. */
typedef struct pp_dicom_table {
    uint16_t *entries;
    size_t n;
    int32_t first;
    int bits; /* of an entry */
} pp_dicom_table;

typedef enum pp_dicom_colour {
    PP_DICOM_MONOCHROME1, /* the lowest value is white */
    PP_DICOM_MONOCHROME2,
    PP_DICOM_PALETTE,
    PP_DICOM_RGB,
    PP_DICOM_YBR_FULL,
    PP_DICOM_YBR_FULL_422 /* two pixels share a colour: Y Y B R */
} pp_dicom_colour;

typedef enum pp_dicom_voi { PP_DICOM_LINEAR, PP_DICOM_LINEAR_EXACT, PP_DICOM_SIGMOID } pp_dicom_voi;

/* One frame, uncompressed, and what its values mean. */
typedef struct pp_dicom_frame {
    int width, height, samples;                /* samples of a pixel: 1 or 3 */
    int bits_allocated, bits_stored, high_bit; /* 1, 8 or 16; at most that; of the stored bits the highest, from 0 */
    bool is_signed, by_plane;                  /* by_plane: all of red, then all of green, then all of blue */
    pp_dicom_colour colour;
    uint8_t *bytes; /* 16 bit: as this machine has them */
    size_t n_bytes;
    int first_bit;  /* 1 bit: of the frame's first pixel in bytes[0] */
    double slope, intercept;
    pp_dicom_table modality; /* in place of slope and intercept */
    bool has_window;
    double window_center, window_width;
    pp_dicom_voi function;
    pp_dicom_table voi;
    pp_dicom_table palette[3];
    bool has_padding; /* stored values in [padding_low, padding_high] are no part of the picture */
    int32_t padding_low, padding_high;
} pp_dicom_frame;

/* Whether the file begins as a DICOM file does, or is named like one (files of before 1993 have no mark). (dicom_file.c) */
bool pp_dicom_is(const char *path);

/* "FILE#12" is frame 12 of a DICOM file, unless there is a file of just that name; a path without a number has frame 0. *file: the caller's,
 * free(). @return PP_OK, also where it is no DICOM file: *file is NULL then; PP_MEMORY. (dicom_file.c) */
pp_code pp_dicom_split(char **file, size_t *frame, const char *path, pp_error *err);

/* Whether something that is no file has a name like a DICOM file's, whatever stands behind it: a wrong number, a quote, a blank. Its path may
 * tell who the patient is, too. (dicom_file.c) */
bool pp_dicom_is_missing(const char *path);

/* SHA-256 of a file's bytes. hex: 65. @return PP_OK, PP_IO; the message does not name the file. (dicom_file.c) */
pp_code pp_dicom_hash_file(char *hex, const char *path, pp_error *err);

/* What a DICOM file is, without its pixels. */
typedef struct pp_dicom_summary {
    char id[65];        /* SHA-256 of the SOP Instance UID; where there is none, of the file */
    char reason[200];   /* why there is no image in it though it is whole (a directory, a report, ...); else "" */
    size_t n_frames;    /* 0 if there is no image, or the file is damaged: decoding it says how */
    bool tells_patient; /* whether the text asked about holds something of this file that tells who the patient is */
} pp_dicom_summary;

/* text: something that may be stored, such as a folder's path. Messages do not name the file. @return PP_OK, also for one that is damaged or
 * without an image; PP_IO, PP_MEMORY */
pp_code pp_dicom_look(pp_dicom_summary *summary, const char *path, const char *text, pp_error *err);

/* frame: from 1; 0: the only one there is. *read: the caller's, pp_dicom_frame_clear. Messages begin with path. @return PP_OK, PP_IO, PP_FORMAT, PP_MEMORY */
pp_code pp_dicom_read(pp_dicom_frame *read, const char *path, size_t frame, pp_error *err);
void pp_dicom_frame_clear(pp_dicom_frame *frame);

/* The frame as 8-bit gray or RGB, by docs/dicom.md. window: of geometry, if it has one (dicom_values.c). *image: the caller's,
 * pp_image_free. @return PP_OK, PP_FORMAT, PP_MEMORY */
pp_code pp_dicom_to_image(pp_image **image, const pp_dicom_frame *frame, const pp_geometry *geometry, const char *path, pp_error *err);

/* The files of one export: a study and a series of their own, named by the first that is written. */
typedef struct pp_dicom_series {
    char study[65], series[65];
    int n; /* files written */
} pp_dicom_series;

/* Writes the image as a derived secondary capture with a UID of its own; nothing of any patient is in it. about: what it is, in words. The
 * file is whole, or what it was before. @return PP_OK, PP_IO, PP_FORMAT (built without DICOM), PP_MEMORY */
pp_code pp_dicom_write(const pp_image *image, const char *path, pp_dicom_series *series, const char *about, pp_error *err);

/* A JPEG 2000 code stream as a frame's stored values (jpeg2000.c). frame: its size and bits are said; bytes and n_bytes become set.
 * path: for messages. @return PP_OK, PP_FORMAT, PP_MEMORY */
pp_code pp_jpeg2000_decode(pp_dicom_frame *frame, const uint8_t *stream, size_t n, const char *path, pp_error *err);

#endif
