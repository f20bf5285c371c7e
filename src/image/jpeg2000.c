/* jpeg2000.c - a JPEG 2000 code stream of a DICOM file, by OpenJPEG: DCMTK has no decoder for it. What comes out are stored values, as
 * DCMTK gives them for the other transfer syntaxes. */
#include "base/array.h"
#include "base/error.h"
#include "image/dicom.h"

#include <openjpeg.h>
#include <string.h>

/* The stream in memory, as OpenJPEG reads it. */
typedef struct memory_stream {
    const uint8_t *bytes;
    size_t n, at;
} memory_stream;

static OPJ_SIZE_T read_memory(void *buffer, OPJ_SIZE_T n, void *user)
{
    memory_stream *memory = user;
    size_t left = memory->n - memory->at;
    if (left == 0)
        return (OPJ_SIZE_T)-1;
    n = n < left ? n : left;
    memcpy(buffer, memory->bytes + memory->at, n);
    memory->at += n;
    return n;
}

static OPJ_OFF_T skip_memory(OPJ_OFF_T n, void *user)
{
    memory_stream *memory = user;
    size_t left = memory->n - memory->at;
    if (n < 0)
        return -1;
    n = (size_t)n < left ? n : (OPJ_OFF_T)left;
    memory->at += (size_t)n;
    return n;
}

static OPJ_BOOL seek_memory(OPJ_OFF_T to, void *user)
{
    memory_stream *memory = user;
    if (to < 0 || (size_t)to > memory->n)
        return OPJ_FALSE;
    memory->at = (size_t)to;
    return OPJ_TRUE;
}

static opj_stream_t *open_memory(memory_stream *memory)
{
    opj_stream_t *stream = opj_stream_default_create(OPJ_TRUE);
    if (!stream)
        return NULL;
    opj_stream_set_user_data(stream, memory, NULL);
    opj_stream_set_user_data_length(stream, memory->n);
    opj_stream_set_read_function(stream, read_memory);
    opj_stream_set_skip_function(stream, skip_memory);
    opj_stream_set_seek_function(stream, seek_memory);
    return stream;
}

/* Whether the stream is of the size and kind that the DICOM file says: looked at before anything is decoded. */
static bool fits(const opj_image_t *image, const pp_dicom_frame *frame)
{
    if (image->numcomps < (OPJ_UINT32)frame->samples)
        return false;
    for (int c = 0; c < frame->samples; c++) {
        const opj_image_comp_t *part = &image->comps[c];
        if (part->w != (OPJ_UINT32)frame->width || part->h != (OPJ_UINT32)frame->height || part->dx != 1 || part->dy != 1 ||
            part->prec > (OPJ_UINT32)frame->bits_allocated)
            return false;
    }
    return true;
}

/* By pixel, in 8 or 16 bits. */
static pp_code take_samples(pp_dicom_frame *frame, const opj_image_t *image, pp_error *err)
{
    size_t n = (size_t)frame->width * (size_t)frame->height, samples = (size_t)frame->samples;
    size_t size = frame->bits_allocated == 8 ? 1 : 2;
    uint8_t *bytes = pp_array_new(n * samples, size);
    if (!bytes)
        return pp_no_memory(err, "an image");
    for (size_t c = 0; c < samples; c++)
        for (size_t i = 0; i < n; i++) {
            uint16_t value = (uint16_t)image->comps[c].data[i];
            if (size == 1)
                bytes[i * samples + c] = (uint8_t)value;
            else
                memcpy(bytes + 2 * (i * samples + c), &value, sizeof value);
        }
    free(frame->bytes);
    frame->bytes = bytes;
    frame->n_bytes = n * samples * size;
    frame->by_plane = false;
    return PP_OK;
}

/* Whether all of the picture was there. */
static bool has_samples(const opj_image_t *image, const pp_dicom_frame *frame)
{
    for (int c = 0; c < frame->samples; c++)
        if (!image->comps[c].data)
            return false;
    return true;
}

pp_code pp_jpeg2000_decode(pp_dicom_frame *frame, const uint8_t *bytes, size_t n, const char *path, pp_error *err)
{
    static const uint8_t START[] = { 0xff, 0x4f, 0xff, 0x51 };
    memory_stream memory = { .bytes = bytes, .n = n };
    opj_dparameters_t how;
    opj_image_t *image = NULL;
    pp_code code = PP_OK;
    opj_set_default_decoder_parameters(&how);
    bool bare = n >= sizeof START && memcmp(bytes, START, sizeof START) == 0;
    opj_stream_t *stream = open_memory(&memory);
    opj_codec_t *codec = opj_create_decompress(bare ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
    if (!stream || !codec)
        code = pp_no_memory(err, "a JPEG 2000 decoder");
    else if (!opj_setup_decoder(codec, &how) || !opj_decoder_set_strict_mode(codec, OPJ_TRUE) || !opj_read_header(stream, codec, &image))
        code = pp_fail(err, PP_FORMAT, "%s: its JPEG 2000 data cannot be read", path);
    else if (!fits(image, frame))
        code = pp_fail(err, PP_FORMAT, "%s: its JPEG 2000 data is of another size or kind than the file says", path);
    else if (!opj_decode(codec, stream, image) || !opj_end_decompress(codec, stream) || !fits(image, frame) || !has_samples(image, frame))
        code = pp_fail(err, PP_FORMAT, "%s: its JPEG 2000 data is damaged", path);
    else
        code = take_samples(frame, image, err);
    if (image)
        opj_image_destroy(image);
    if (codec)
        opj_destroy_codec(codec);
    if (stream)
        opj_stream_destroy(stream);
    return code;
}
