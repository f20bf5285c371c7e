/* dicom.cc - all of DCMTK, and all of C++, is in this file: DICOM files in, as stored values and what they mean, and DICOM files out.
 *
 * A frame is decompressed alone, so that a long sequence takes no more memory than a picture. What is said of a frame by itself (functional
 * groups) goes before what is said of all frames, and that before what is said of the file. Not here: from stored values to gray
 * (dicom_values.c), JPEG 2000 (jpeg2000.c). */
extern "C" {
#include "base/error.h"
#include "base/file.h"
#include "image/dicom.h"
}

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace {

const size_t ONLY_ONE = SIZE_MAX; /* a frame that was not said */
const double MAX_PIXELS = 1e8; /* as of other images: larger ones are refused before they are decoded */

/* One call's view of a file: what is asked, and where a failure is told. */
struct source {
    DcmFileFormat file;
    const char *path; /* "" where messages do not name the file */
    size_t frame;     /* from 0 */
    pp_error *err;

    DcmDataset *data() { return file.getDataset(); }
};

/* DCMTK tells its complaints to standard error unless told not to: they may hold what a file says of a patient. */
void start_dcmtk()
{
    static std::once_flag once;
    std::call_once(once, [] {
        OFLog::getLogger("dcmtk").setLogLevel(OFLogger::OFF_LOG_LEVEL);
        DcmRLEDecoderRegistration::registerCodecs();
        DJDecoderRegistration::registerCodecs();
        DJLSDecoderRegistration::registerCodecs();
    });
}

/* "path: what", or the bare sentence where the file is not to be named. */
template <typename... Values> pp_code refuse(const source &from, const char *format, Values... values)
{
    char what[700];
    std::snprintf(what, sizeof what, format, values...);
    return pp_fail(from.err, PP_FORMAT, "%s%s%s", from.path, *from.path ? ": " : "", what);
}
pp_code refuse(const source &from, const char *what)
{
    return refuse(from, "%s", what);
}

/* ---- Reading elements -------------------------------------------------------------------------------------------- */

/* Its first value, "" where there is none. It may be told in a message, which is one line: what no text has becomes a question mark. */
OFString text_of(DcmItem &item, const DcmTagKey &tag)
{
    OFString text;
    item.findAndGetOFString(tag, text);
    text.erase(text.find_last_not_of('\0') + 1); /* some pad by it */
    for (size_t i = 0; i < text.size(); i++)
        if (std::iscntrl(static_cast<unsigned char>(text[i])))
            text[i] = '?';
    return text;
}

/* All its values, a backslash between them. */
OFString texts_of(DcmItem &item, const DcmTagKey &tag)
{
    OFString texts;
    item.findAndGetOFStringArray(tag, texts);
    return texts;
}

int number_of(DcmItem &item, const DcmTagKey &tag, int fallback)
{
    Uint16 value;
    return item.findAndGetUint16(tag, value).good() ? value : fallback;
}

/* DCMTK makes a value 0 that is not there. */
bool find_real(DcmItem &item, const DcmTagKey &tag, double *value)
{
    Float64 found;
    if (item.findAndGetFloat64(tag, found).bad())
        return false;
    *value = found;
    return true;
}

/* One of several values, signed as the file has it, or as `is_signed` says where the file does not. */
bool value_at(DcmItem &item, const DcmTagKey &tag, unsigned long index, bool is_signed, int32_t *value)
{
    Uint16 plain;
    Sint16 negative;
    if (item.findAndGetSint16(tag, negative, index).good())
        *value = negative;
    else if (item.findAndGetUint16(tag, plain, index).good())
        *value = is_signed ? static_cast<int16_t>(plain) : plain;
    else
        return false;
    return true;
}

DcmItem *item_at(DcmItem &item, const DcmTagKey &sequence, size_t index = 0)
{
    DcmItem *found = nullptr;
    return item.findAndGetSequenceItem(sequence, found, static_cast<long>(index)).good() ? found : nullptr;
}

/* Where something is said of a frame: its functional group, else all frames' group, else the data set itself. */
DcmItem &said_of_frame(source &from, const DcmTagKey &group)
{
    DcmItem *own = item_at(*from.data(), DCM_PerFrameFunctionalGroupsSequence, from.frame);
    DcmItem *found = own ? item_at(*own, group) : nullptr;
    if (!found) {
        DcmItem *shared = item_at(*from.data(), DCM_SharedFunctionalGroupsSequence);
        found = shared ? item_at(*shared, group) : nullptr;
    }
    return found ? *found : *from.data();
}

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

/* until_pixels: without them, which is quick. */
pp_code load(source &from, const char *path, bool until_pixels)
{
    start_dcmtk();
    OFCondition done = until_pixels ? from.file.loadFileUntilTag(path, EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_autoDetect, DCM_PixelData)
                                    : from.file.loadFile(path);
    if (done.bad())
        return refuse(from, "cannot be read as DICOM: %.200s", done.text());
    return PP_OK;
}

size_t count_frames(DcmDataset &data)
{
    Sint32 n = 1;
    data.findAndGetSint32(DCM_NumberOfFrames, n);
    return n < 1 ? 1 : static_cast<size_t>(n);
}

/* Why there is no picture of ours in it, or "". Needs no pixels to be read. */
std::string why_no_image(DcmFileFormat &file)
{
    DcmDataset &data = *file.getDataset();
    if (number_of(data, DCM_Rows, 0) && number_of(data, DCM_Columns, 0))
        return "";
    OFString kind = text_of(data, DCM_SOPClassUID);
    if (kind.empty())
        kind = text_of(*file.getMetaInfo(), DCM_MediaStorageSOPClassUID);
    const char *name = dcmFindNameOfUID(kind.c_str());
    return std::string("no image in this DICOM file") + (name ? std::string(" (") + name + ")" : "");
}

/* ---- What the values mean ---------------------------------------------------------------------------------------- */

pp_code read_colour(source &from, pp_dicom_frame *frame)
{
    static const struct { const char *name; pp_dicom_colour colour; int samples; } KINDS[] = {
        { "MONOCHROME1", PP_DICOM_MONOCHROME1, 1 }, { "MONOCHROME2", PP_DICOM_MONOCHROME2, 1 }, { "PALETTE COLOR", PP_DICOM_PALETTE, 1 },
        { "RGB", PP_DICOM_RGB, 3 }, { "YBR_FULL", PP_DICOM_YBR_FULL, 3 }, { "YBR_FULL_422", PP_DICOM_YBR_FULL_422, 3 },
        { "YBR_RCT", PP_DICOM_YBR_FULL, 3 }, { "YBR_ICT", PP_DICOM_YBR_FULL, 3 }, /* these two by JPEG 2000 only, which undoes them */
    };
    OFString name = text_of(*from.data(), DCM_PhotometricInterpretation);
    for (const auto &kind : KINDS)
        if (name == kind.name && frame->samples == kind.samples) {
            frame->colour = kind.colour;
            return PP_OK;
        }
    return refuse(from, "photometric interpretation '%.20s' with %d sample(s) a pixel is not read", name.c_str(), frame->samples);
}

pp_code read_shape(source &from, pp_dicom_frame *frame)
{
    DcmDataset &data = *from.data();
    std::string reason = why_no_image(from.file);
    if (!reason.empty())
        return refuse(from, "%s", reason.c_str());
    frame->width = number_of(data, DCM_Columns, 0);
    frame->height = number_of(data, DCM_Rows, 0);
    frame->samples = number_of(data, DCM_SamplesPerPixel, 1);
    frame->bits_allocated = number_of(data, DCM_BitsAllocated, 0);
    frame->bits_stored = number_of(data, DCM_BitsStored, frame->bits_allocated);
    frame->high_bit = number_of(data, DCM_HighBit, frame->bits_stored - 1);
    frame->is_signed = number_of(data, DCM_PixelRepresentation, 0) == 1;
    frame->by_plane = frame->samples > 1 && number_of(data, DCM_PlanarConfiguration, 0) == 1;
    if (static_cast<double>(frame->width) * frame->height > MAX_PIXELS)
        return refuse(from, "%dx%d pixels; more than 100 million are not read", frame->width, frame->height);
    if (from.frame == ONLY_ONE && count_frames(data) > 1)
        return refuse(from, "it has %zu frames; say which by #1 to #%zu behind its name", count_frames(data), count_frames(data));
    if (from.frame == ONLY_ONE)
        from.frame = 0;
    if (from.frame >= count_frames(data))
        return refuse(from, "no frame %zu: it has %zu", from.frame + 1, count_frames(data));
    int allocated = frame->bits_allocated;
    if ((allocated != 1 && allocated != 8 && allocated != 16) || frame->bits_stored < 1 || frame->bits_stored > allocated ||
        frame->high_bit < frame->bits_stored - 1 || frame->high_bit >= allocated)
        return refuse(from, "%d of %d bits, the highest is bit %d; expected 1 of 1, up to 8 of 8 or up to 16 of 16 bits", frame->bits_stored,
                      allocated, frame->high_bit);
    pp_code code = read_colour(from, frame);
    bool shares = frame->colour == PP_DICOM_YBR_FULL_422, ybr = shares || frame->colour == PP_DICOM_YBR_FULL;
    if (code == PP_OK && ((frame->samples == 3 && (frame->is_signed || allocated == 1)) || (ybr && frame->bits_stored != 8) ||
                          (shares && allocated != 8)))
        return refuse(from, "colour of %d%s of %d bits is not read", frame->bits_stored, frame->is_signed ? " signed" : "", allocated);
    return code;
}

/* descriptor: number of entries (0: 65536), first value mapped, bits of an entry. Entries of 8 bits may lie two in a word. */
pp_code read_table(source &from, DcmItem &item, const DcmTagKey &descriptor, const DcmTagKey &data, bool is_signed, pp_dicom_table *table)
{
    int32_t n, first, bits;
    const Uint16 *words = nullptr;
    unsigned long n_words = 0;
    if (!value_at(item, descriptor, 0, false, &n) || !value_at(item, descriptor, 1, is_signed, &first) ||
        !value_at(item, descriptor, 2, false, &bits) || item.findAndGetUint16Array(data, words, &n_words).bad() || !words)
        return refuse(from, "a lookup table is missing or damaged");
    n = static_cast<uint16_t>(n) ? static_cast<uint16_t>(n) : 65536;
    bool packed = bits == 8 && n_words < static_cast<unsigned long>(n);
    if (bits < 8 || bits > 16 || n_words * (packed ? 2 : 1) < static_cast<unsigned long>(n))
        return refuse(from, "a lookup table of %d entries of %d bits has %lu words", static_cast<int>(n), static_cast<int>(bits), n_words);
    table->entries = static_cast<uint16_t *>(std::calloc(static_cast<size_t>(n), sizeof(uint16_t)));
    if (!table->entries)
        return pp_no_memory(from.err, "a lookup table");
    for (int32_t i = 0; i < n; i++)
        table->entries[i] = packed ? (words[i / 2] >> (i % 2 * 8)) & 0xff : words[i] & ((1u << bits) - 1);
    table->n = static_cast<size_t>(n);
    table->first = first;
    table->bits = bits;
    return PP_OK;
}

pp_code read_palette(source &from, pp_dicom_frame *frame)
{
    static const struct { DcmTagKey descriptor, data, segmented; } PARTS[] = {
        { DCM_RedPaletteColorLookupTableDescriptor, DCM_RedPaletteColorLookupTableData, DCM_SegmentedRedPaletteColorLookupTableData },
        { DCM_GreenPaletteColorLookupTableDescriptor, DCM_GreenPaletteColorLookupTableData, DCM_SegmentedGreenPaletteColorLookupTableData },
        { DCM_BluePaletteColorLookupTableDescriptor, DCM_BluePaletteColorLookupTableData, DCM_SegmentedBluePaletteColorLookupTableData },
    };
    pp_code code = PP_OK;
    for (size_t c = 0; code == PP_OK && c < 3; c++) {
        if (from.data()->tagExists(PARTS[c].segmented))
            return refuse(from, "its palette is segmented, which is not read");
        code = read_table(from, *from.data(), PARTS[c].descriptor, PARTS[c].data, frame->is_signed, &frame->palette[c]);
    }
    return code;
}

pp_code read_modality(source &from, pp_dicom_frame *frame)
{
    frame->slope = 1;
    DcmItem *table = item_at(*from.data(), DCM_ModalityLUTSequence);
    if (table)
        return read_table(from, *table, DCM_LUTDescriptor, DCM_LUTData, frame->is_signed, &frame->modality);
    DcmItem &said = said_of_frame(from, DCM_PixelValueTransformationSequence);
    find_real(said, DCM_RescaleSlope, &frame->slope);
    find_real(said, DCM_RescaleIntercept, &frame->intercept);
    if (!std::isfinite(frame->slope) || !std::isfinite(frame->intercept))
        return refuse(from, "rescale slope or intercept is not a number");
    return PP_OK;
}

/* The first window that can be one, else the first table. */
pp_code read_voi(source &from, pp_dicom_frame *frame)
{
    DcmItem &said = said_of_frame(from, DCM_FrameVOILUTSequence);
    OFString function = text_of(said, DCM_VOILUTFunction);
    frame->function = function == "SIGMOID" ? PP_DICOM_SIGMOID : function == "LINEAR_EXACT" ? PP_DICOM_LINEAR_EXACT : PP_DICOM_LINEAR;
    frame->has_window = find_real(said, DCM_WindowCenter, &frame->window_center) &&
                        find_real(said, DCM_WindowWidth, &frame->window_width) && std::isfinite(frame->window_center) &&
                        std::isfinite(frame->window_width) &&
                        (frame->function == PP_DICOM_LINEAR ? frame->window_width >= 1 : frame->window_width > 0);
    DcmItem *table = item_at(*from.data(), DCM_VOILUTSequence);
    if (frame->has_window || !table)
        return PP_OK;
    bool negative = frame->is_signed || frame->intercept < 0;
    return read_table(from, *table, DCM_LUTDescriptor, DCM_LUTData, negative, &frame->voi);
}

void read_padding(source &from, pp_dicom_frame *frame)
{
    int32_t one, other;
    if (!value_at(*from.data(), DCM_PixelPaddingValue, 0, frame->is_signed, &one))
        return;
    if (!value_at(*from.data(), DCM_PixelPaddingRangeLimit, 0, frame->is_signed, &other))
        other = one;
    frame->has_padding = true;
    frame->padding_low = std::min(one, other);
    frame->padding_high = std::max(one, other);
}

pp_code read_meaning(source &from, pp_dicom_frame *frame)
{
    pp_code code = read_shape(from, frame);
    if (code == PP_OK && frame->colour == PP_DICOM_PALETTE)
        return read_palette(from, frame);
    if (code == PP_OK && frame->samples == 1)
        code = read_modality(from, frame);
    if (code == PP_OK && frame->samples == 1)
        code = read_voi(from, frame);
    if (code == PP_OK)
        read_padding(from, frame);
    return code;
}

/* ---- Pixels ------------------------------------------------------------------------------------------------------ */

pp_code take_room(source &from, pp_dicom_frame *frame, size_t n)
{
    frame->bytes = static_cast<uint8_t *>(std::calloc(n + 2, 1)); /* DCMTK wants an even number */
    frame->n_bytes = n;
    return frame->bytes ? PP_OK : pp_no_memory(from.err, "an image");
}

/* Uncompressed in the file: just this frame's bytes. Frames of 1 bit may begin inside a byte. */
pp_code read_plain(source &from, DcmPixelData &pixels, pp_dicom_frame *frame)
{
    uint64_t bits = static_cast<uint64_t>(frame->width) * static_cast<uint64_t>(frame->height) *
                    static_cast<uint64_t>(frame->bits_allocated) * static_cast<uint64_t>(frame->samples);
    if (frame->colour == PP_DICOM_YBR_FULL_422)
        bits = bits / 3 * 2;
    uint64_t begin = bits * from.frame / 8, end = (bits * (from.frame + 1) + 7) / 8;
    frame->first_bit = static_cast<int>(bits * from.frame % 8);
    if (end > pixels.getLength())
        return refuse(from, "its pixels end too early: %lu bytes; expected %llu", static_cast<unsigned long>(pixels.getLength()),
                      static_cast<unsigned long long>(end));
    pp_code code = take_room(from, frame, static_cast<size_t>(end - begin));
    if (code != PP_OK)
        return code;
    OFCondition done = pixels.getPartialValue(frame->bytes, static_cast<Uint32>(begin), static_cast<Uint32>(end - begin));
    return done.good() ? PP_OK : refuse(from, "its pixels cannot be read: %.200s", done.text());
}

/* The bytes of a compressed frame, from all its fragments: from where it begins to where the next one does. */
pp_code gather(source &from, DcmPixelSequence &fragments, std::vector<uint8_t> *stream)
{
    size_t n_frames = count_frames(*from.data()), n_fragments = fragments.card();
    Uint32 begin = 1, end = static_cast<Uint32>(n_fragments);
    if (n_fragments < 2)
        return refuse(from, "has no pixels");
    if (n_frames > 1) {
        OFCondition found = DcmCodec::determineStartFragment(static_cast<Uint32>(from.frame), static_cast<Sint32>(n_frames), &fragments, begin);
        if (found.good() && from.frame + 1 < n_frames)
            found = DcmCodec::determineStartFragment(static_cast<Uint32>(from.frame + 1), static_cast<Sint32>(n_frames), &fragments, end);
        if (found.bad())
            return refuse(from, "where frame %zu begins is not known: %.200s", from.frame + 1, found.text());
    }
    for (Uint32 i = begin; i < end; i++) {
        DcmPixelItem *fragment = nullptr;
        Uint8 *bytes = nullptr;
        if (fragments.getItem(fragment, i).bad() || fragment->getUint8Array(bytes).bad() || !bytes)
            return refuse(from, "a part of its pixels is missing");
        stream->insert(stream->end(), bytes, bytes + fragment->getLength());
    }
    return PP_OK;
}

/* Bits of a sample in a JPEG stream, from its frame header; 0 if the stream does not come to one segment by segment. It must: at a TEM marker
 * DCMTK 3.6.7 would look for the header for ever. */
int jpeg_precision(const std::vector<uint8_t> &stream)
{
    if (stream.size() < 2 || stream[0] != 0xff || stream[1] != 0xd8)
        return 0;
    for (size_t i = 2; i + 4 < stream.size() && stream[i] == 0xff;) {
        uint8_t marker = stream[i + 1];
        bool is_frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (is_frame)
            return stream[i + 4];
        if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd9)) /* no segment: none belongs here */
            return 0;
        i += marker == 0xff ? 1 : 2u + (static_cast<unsigned>(stream[i + 2]) << 8 | stream[i + 3]);
    }
    return 0;
}

/* Whether a frame's RLE stream is what its header says (PS3.5 annex G): a segment for each byte of a sample, one after the other inside the
 * stream. DCMTK 3.6.7 would read wherever the header points. */
bool is_rle(const std::vector<uint8_t> &stream, const pp_dicom_frame *frame)
{
    const size_t header = 64;
    auto number_at = [&stream](size_t i) {
        return stream[i] | static_cast<uint32_t>(stream[i + 1]) << 8 | static_cast<uint32_t>(stream[i + 2]) << 16 |
               static_cast<uint32_t>(stream[i + 3]) << 24;
    };
    size_t n = static_cast<size_t>(frame->samples) * (frame->bits_allocated > 8 ? 2 : 1), before = header;
    if (stream.size() < header || number_at(0) != n)
        return false;
    for (size_t i = 1; i <= n; before = number_at(4 * i), i++)
        if (number_at(4 * i) < before || number_at(4 * i) > stream.size())
            return false;
    return true;
}

bool is_jpeg(E_TransferSyntax syntax)
{
    return syntax == EXS_JPEGProcess1 || syntax == EXS_JPEGProcess2_4 || syntax == EXS_JPEGProcess6_8 || syntax == EXS_JPEGProcess10_12 ||
           syntax == EXS_JPEGProcess14 || syntax == EXS_JPEGProcess14SV1;
}

/* DCMTK gives 8 bits where a JPEG stream has up to 8, whatever the file says. */
pp_code fit_to_jpeg(source &from, const std::vector<uint8_t> &stream, pp_dicom_frame *frame)
{
    int precision = jpeg_precision(stream);
    if (precision < 1)
        return refuse(from, "its JPEG data is damaged");
    if (precision <= 8 && frame->bits_allocated == 16) {
        frame->bits_allocated = 8;
        frame->bits_stored = std::min(frame->bits_stored, 8);
        frame->high_bit = frame->bits_stored - 1;
    }
    return PP_OK;
}

/* By one of DCMTK's codecs. Colours may come out as others than those that were compressed; of gray, only the file knows which way round. */
pp_code read_by_codec(source &from, DcmPixelData &pixels, pp_dicom_frame *frame)
{
    Uint32 size = 0, fragment = 0;
    OFString colour;
    OFCondition done = pixels.getUncompressedFrameSize(from.data(), size);
    size_t expected = static_cast<size_t>(frame->width) * static_cast<size_t>(frame->height) * static_cast<size_t>(frame->samples) *
                      (frame->bits_allocated > 8 ? 2 : 1);
    if (done.bad() || size < expected)
        return refuse(from, "its pixels cannot be decompressed");
    pp_code code = take_room(from, frame, size);
    if (code != PP_OK)
        return code;
    done = pixels.getUncompressedFrame(from.data(), static_cast<Uint32>(from.frame), fragment, frame->bytes, (size + 1) / 2 * 2, colour);
    if (done.bad())
        return refuse(from, "its pixels cannot be decompressed: %.200s", done.text());
    if (frame->samples == 3 && colour == "RGB")
        frame->colour = PP_DICOM_RGB;
    else if (frame->samples == 3)
        frame->colour = PP_DICOM_YBR_FULL; /* also of 422: decompressed to a colour for each pixel */
    return PP_OK;
}

pp_code read_compressed(source &from, DcmPixelData &pixels, E_TransferSyntax syntax, pp_dicom_frame *frame)
{
    DcmPixelSequence *fragments = nullptr;
    bool jpeg2000 = syntax == EXS_JPEG2000LosslessOnly || syntax == EXS_JPEG2000;
    if (!jpeg2000 && !is_jpeg(syntax) && syntax != EXS_RLELossless && syntax != EXS_JPEGLSLossless && syntax != EXS_JPEGLSLossy)
        return refuse(from, "transfer syntax %s is not read", DcmXfer(syntax).getXferName());
    if (frame->bits_allocated == 1 || pixels.getEncapsulatedRepresentation(syntax, nullptr, fragments).bad() || !fragments)
        return refuse(from, "its compressed pixels are not there");
    std::vector<uint8_t> stream;
    bool rle = syntax == EXS_RLELossless;
    pp_code code = jpeg2000 || rle || is_jpeg(syntax) ? gather(from, *fragments, &stream) : PP_OK;
    if (code == PP_OK && rle && (fragments->card() != count_frames(*from.data()) + 1 || !is_rle(stream, frame)))
        return refuse(from, "its RLE data is damaged");
    if (code == PP_OK && jpeg2000) {
        if (frame->samples == 3)
            frame->colour = PP_DICOM_RGB;
        return pp_jpeg2000_decode(frame, stream.data(), stream.size(), from.path, from.err);
    }
    if (code == PP_OK && is_jpeg(syntax))
        code = fit_to_jpeg(from, stream, frame);
    return code == PP_OK ? read_by_codec(from, pixels, frame) : code;
}

pp_code read_pixels(source &from, pp_dicom_frame *frame)
{
    DcmElement *element = nullptr;
    if (from.data()->tagExists(DCM_FloatPixelData) || from.data()->tagExists(DCM_DoubleFloatPixelData))
        return refuse(from, "its pixels are floating-point numbers, which are not read");
    if (from.data()->findAndGetElement(DCM_PixelData, element).bad() || element->ident() != EVR_PixelData)
        return refuse(from, "has no pixels");
    DcmPixelData &pixels = *static_cast<DcmPixelData *>(element);
    E_TransferSyntax syntax = from.data()->getOriginalXfer();
    if (DcmXfer(syntax).isEncapsulated())
        return read_compressed(from, pixels, syntax, frame);
    if (text_of(*from.data(), DCM_PhotometricInterpretation).substr(0, 5) == "YBR_R" ||
        text_of(*from.data(), DCM_PhotometricInterpretation).substr(0, 5) == "YBR_I")
        return refuse(from, "YBR_RCT and YBR_ICT are read in JPEG 2000 only");
    return read_plain(from, pixels, frame);
}

/* ---- Who it is --------------------------------------------------------------------------------------------------- */

/* Letters and digits in lower case: so "DOE^John" is found in "doe_john-2". */
std::string folded(const char *text)
{
    std::string plain;
    for (; *text; text++)
        if (std::isalnum(static_cast<unsigned char>(*text)) || (*text & 0x80))
            plain += static_cast<char>(std::tolower(static_cast<unsigned char>(*text)));
    return plain;
}

/* Whether one of the values, or of their words, is in the text. Words of one or two letters tell nothing. */
bool holds_word(const std::string &text, const OFString &values, bool in_words)
{
    std::string all = values.c_str();
    for (size_t begin = 0; begin <= all.size();) {
        size_t end = all.find_first_of(in_words ? "\\^= ," : "\\", begin);
        std::string word = folded(all.substr(begin, end == std::string::npos ? end : end - begin).c_str());
        if (word.size() > 2 && text.find(word) != std::string::npos)
            return true;
        if (end == std::string::npos)
            break;
        begin = end + 1;
    }
    return false;
}

bool tells_patient(DcmDataset &data, const char *text)
{
    static const struct { DcmTagKey tag; bool in_words; } TAGS[] = {
        { DCM_PatientName, true }, { DCM_PatientID, false }, { DCM_RETIRED_OtherPatientIDs, false }, { DCM_OtherPatientNames, true },
        { DCM_PatientBirthName, true }, { DCM_PatientMotherBirthName, true }, { DCM_PatientBirthDate, false }, { DCM_AccessionNumber, false },
        { DCM_PatientAddress, true }, { DCM_PatientTelephoneNumbers, false }, { DCM_ReferringPhysicianName, true },
        { DCM_PerformingPhysicianName, true }, { DCM_OperatorsName, true }, { DCM_InstitutionName, false }, { DCM_StudyDate, false },
        { DCM_StudyID, false }, { DCM_StudyInstanceUID, false }, { DCM_SeriesInstanceUID, false }, { DCM_SOPInstanceUID, false },
    };
    std::string plain = folded(text);
    return std::any_of(std::begin(TAGS), std::end(TAGS),
                       [&](const auto &row) { return holds_word(plain, texts_of(data, row.tag), row.in_words); });
}

pp_code find_id(source &from, const char *path, char hex[65])
{
    OFString uid = text_of(*from.data(), DCM_SOPInstanceUID);
    if (uid.empty())
        uid = text_of(*from.file.getMetaInfo(), DCM_MediaStorageSOPInstanceUID);
    if (uid.empty())
        return pp_dicom_hash_file(hex, path, from.err);
    std::memcpy(hex, pp_digest_of(nullptr, 0, uid.c_str(), uid.length()).hex, 65);
    return PP_OK;
}

/* No file has more frames than bytes. */
bool is_damaged(DcmDataset &data, const char *path)
{
    struct stat info;
    return stat(path, &info) != 0 || count_frames(data) > static_cast<size_t>(info.st_size);
}

pp_code look(pp_dicom_summary *summary, const char *path, const char *text, pp_error *err)
{
    source from = { {}, "", 0, nullptr };
    pp_dicom_summary made = {};
    bool readable = load(from, path, true) == PP_OK;
    from.err = err;
    pp_code code = readable ? find_id(from, path, made.id) : pp_dicom_hash_file(made.id, path, err);
    if (code != PP_OK)
        return code;
    made.tells_patient = !readable || tells_patient(*from.data(), text);
    if (readable && !is_damaged(*from.data(), path)) {
        std::snprintf(made.reason, sizeof made.reason, "%s", why_no_image(from.file).c_str());
        made.n_frames = *made.reason ? 0 : count_frames(*from.data());
    }
    *summary = made;
    return PP_OK;
}

pp_code read(pp_dicom_frame *made, const char *path, size_t frame, pp_error *err)
{
    source from = { {}, path, frame ? frame - 1 : ONLY_ONE, err };
    pp_code code = load(from, path, false);
    if (code == PP_OK)
        code = read_meaning(from, made);
    return code == PP_OK ? read_pixels(from, made) : code;
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

/* Elements as text; an empty one says that it is not known, where the standard wants it to be there. */
OFCondition put_texts(DcmDataset &data, const pp_dicom_series &series, const char *uid, const char *about)
{
    const std::string number = std::to_string(series.n + 1);
    const struct { DcmTagKey tag; const char *text; } ROWS[] = {
        { DCM_SOPClassUID, UID_SecondaryCaptureImageStorage }, { DCM_SOPInstanceUID, uid }, { DCM_StudyInstanceUID, series.study },
        { DCM_SeriesInstanceUID, series.series }, { DCM_ImageType, "DERIVED\\SECONDARY" }, { DCM_ConversionType, "WSD" },
        { DCM_Modality, "OT" }, { DCM_SeriesNumber, "1" }, { DCM_InstanceNumber, number.c_str() },
        { DCM_SeriesDescription, "pinprick: adversarial images, not for diagnosis" }, { DCM_DerivationDescription, about },
        { DCM_PatientName, "" }, { DCM_PatientID, "" }, { DCM_PatientBirthDate, "" }, { DCM_PatientSex, "" }, { DCM_StudyDate, "" },
        { DCM_StudyTime, "" }, { DCM_StudyID, "" }, { DCM_AccessionNumber, "" }, { DCM_ReferringPhysicianName, "" }, { DCM_Laterality, "" },
        { DCM_PatientOrientation, "" },
    };
    OFCondition done = EC_Normal;
    for (const auto &row : ROWS)
        if (done.good())
            done = data.putAndInsertString(row.tag, row.text);
    return done;
}

OFCondition put_pixels(DcmDataset &data, const pp_image &image)
{
    const auto samples = static_cast<Uint16>(image.channels);
    const struct { DcmTagKey tag; Uint16 value; } ROWS[] = {
        { DCM_SamplesPerPixel, samples }, { DCM_Rows, static_cast<Uint16>(image.height) }, { DCM_Columns, static_cast<Uint16>(image.width) },
        { DCM_BitsAllocated, 8 }, { DCM_BitsStored, 8 }, { DCM_HighBit, 7 }, { DCM_PixelRepresentation, 0 },
    };
    OFCondition done = data.putAndInsertString(DCM_PhotometricInterpretation, samples == 1 ? "MONOCHROME2" : "RGB");
    for (const auto &row : ROWS)
        if (done.good())
            done = data.putAndInsertUint16(row.tag, row.value);
    if (done.good() && samples > 1)
        done = data.putAndInsertUint16(DCM_PlanarConfiguration, 0);
    const size_t n = static_cast<size_t>(image.width) * static_cast<size_t>(image.height) * samples;
    return done.good() ? data.putAndInsertUint8Array(DCM_PixelData, image.data, n) : done;
}

pp_code write(const pp_image *image, const char *path, pp_dicom_series *series, const char *about, pp_error *err)
{
    start_dcmtk();
    DcmFileFormat file;
    char uid[65];
    if (!*series->study) {
        dcmGenerateUniqueIdentifier(series->study, SITE_STUDY_UID_ROOT);
        dcmGenerateUniqueIdentifier(series->series, SITE_SERIES_UID_ROOT);
    }
    dcmGenerateUniqueIdentifier(uid, SITE_INSTANCE_UID_ROOT);
    const std::string part = std::string(path) + ".part";
    OFCondition done = put_texts(*file.getDataset(), *series, uid, about);
    if (done.good())
        done = put_pixels(*file.getDataset(), *image);
    if (done.good())
        done = file.saveFile(part.c_str(), EXS_LittleEndianExplicit);
    pp_code code = done.good() ? PP_OK : pp_fail(err, PP_IO, "%s: cannot be written: %.200s", path, done.text());
    code = pp_file_settle(part.c_str(), path, code, err);
    series->n += code == PP_OK;
    return code;
}

} /* namespace */

/* ---- For C: no exception gets out -------------------------------------------------------------------------------- */

pp_code pp_dicom_look(pp_dicom_summary *summary, const char *path, const char *text, pp_error *err)
{
    try {
        return look(summary, path, text, err);
    } catch (const std::bad_alloc &) {
        return pp_no_memory(err, "a DICOM file");
    }
}

pp_code pp_dicom_read(pp_dicom_frame *frame, const char *path, size_t number, pp_error *err)
{
    pp_dicom_frame made = {};
    pp_code code;
    try {
        code = read(&made, path, number, err);
    } catch (const std::bad_alloc &) {
        code = pp_no_memory(err, "a DICOM file");
    }
    if (code == PP_OK)
        *frame = made;
    else
        pp_dicom_frame_clear(&made);
    return code;
}

pp_code pp_dicom_write(const pp_image *image, const char *path, pp_dicom_series *series, const char *about, pp_error *err)
{
    try {
        return write(image, path, series, about, err);
    } catch (const std::bad_alloc &) {
        return pp_no_memory(err, "a DICOM file");
    }
}
