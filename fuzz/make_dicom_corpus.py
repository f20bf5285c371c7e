#!/usr/bin/env python3
"""Writes fuzz/corpus/dicom anew: small DICOM files that together have every way in which pixels are stored and meant.

Needs pydicom, NumPy and Pillow, and DCMTK's tools (Debian: python3-pydicom, python3-pil, dcmtk).
"""
import io
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "image"))
from PIL import Image  # noqa: E402
from dicom_files import Dataset, Sequence, convert, new_data, np, pydicom, random_values, save, table  # noqa: E402

FOLDER = os.path.join(HERE, "corpus", "dicom")


def write(name, data, uid):
    """With UIDs that are the same each time."""
    for number, tag in enumerate(("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")):
        setattr(data, tag, f"1.2.3.{uid}.{number}")
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    return save(data, os.path.join(FOLDER, name + ".dcm"))


def jpeg2000(name, stored, photometric, uid):
    stream = io.BytesIO()
    Image.fromarray(stored).save(stream, "JPEG2000", no_jp2=True, num_resolutions=2)
    data = new_data(stored, photometric, PixelData=pydicom.encaps.encapsulate([stream.getvalue()]))
    data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.90"
    write(name, data, uid)


def palette(data):
    for colour in ("Red", "Green", "Blue"):
        setattr(data, colour + "PaletteColorLookupTableDescriptor", [16, 2, 16])
        data[colour + "PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(data, colour + "PaletteColorLookupTableData", random_values("<u2", 0, 65535, (16,)).tobytes())
    return data


def groups(data):
    voi, rescale, item = Dataset(), Dataset(), Dataset()
    voi.WindowCenter, voi.WindowWidth, rescale.RescaleSlope, rescale.RescaleIntercept = 300, 500, 2, -5
    item.FrameVOILUTSequence, item.PixelValueTransformationSequence = Sequence([voi]), Sequence([rescale])
    data.SharedFunctionalGroupsSequence, data.PerFrameFunctionalGroupsSequence = Sequence([item]), Sequence([item, Dataset()])
    return data


def report(data):
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    del data.Rows, data.Columns, data.PixelData
    return data


def main():
    os.makedirs(FOLDER, exist_ok=True)
    shape = (7, 9)
    rgb = random_values("u1", 0, 255, (6, 8, 3))
    bits = random_values("u1", 0, 1, (3, 3, 5))
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    entries = random_values("u2", 0, 4095, (32,))
    files = {
        "gray": new_data(random_values("u1", 0, 255, shape)),
        "window": new_data(random_values("u2", 0, 4095, shape), "MONOCHROME1", bits=12, WindowCenter=[2000, 1], WindowWidth=[3000, 2]),
        "signed": new_data(random_values("i2", -900, 900, shape), RescaleIntercept=-24, RescaleSlope=1.5, PixelPaddingValue=-2000),
        "sigmoid": new_data(random_values("i2", -900, 900, shape), WindowCenter=0, WindowWidth=100, VOILUTFunction="SIGMOID"),
        "tables": new_data(random_values("u2", 0, 60, shape), bits=12, VOILUTSequence=table(32, 100, 12, entries),
                           ModalityLUTSequence=table(32, 10, 12, entries)),
        "frames": groups(new_data(random_values("u2", 0, 4000, (2, *shape)), frames=2, bits=12)),
        "bits": new_data(bits, frames=3, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=packed + b"\0" * (len(packed) % 2)),
        "palette": palette(new_data(random_values("u1", 0, 20, shape), "PALETTE COLOR")),
        "rgb": new_data(rgb, "RGB"),
        "plane": new_data(np.moveaxis(rgb, 2, 0).copy(), "RGB"),
        "ybr": new_data(rgb, "YBR_FULL"),
        "half": new_data(rgb, "YBR_FULL_422", PixelData=bytes(rgb.size * 2 // 3)),
        "report": report(new_data(rgb, "RGB")),
    }
    made = {name: write(name, data, number) for number, (name, data) in enumerate(files.items(), 1)}
    for tool, name, options in (("dcmcrle", "rle", []), ("dcmcjpeg", "lossless", ["+e1"]), ("dcmcjpls", "jpegls", ["+el"]),
                                ("dcmconv", "big", ["+tb"]), ("dcmconv", "implicit", ["+ti"]), ("dcmconv", "deflated", ["+td"])):
        for source in ("frames", "rgb", "signed"):
            keep = [] if tool == "dcmconv" else ["--uid-never"]
            convert(tool, *options, *keep, made[source], os.path.join(FOLDER, f"{name}-{source}.dcm"))
    convert("dcmcjpeg", "+eb", "--uid-never", made["rgb"], os.path.join(FOLDER, "baseline-rgb.dcm"))
    convert("dcmcjpeg", "+ee", "--uid-never", made["window"], os.path.join(FOLDER, "extended-window.dcm"))
    jpeg2000("jpeg2000-gray", random_values("u2", 0, 65535, shape), "MONOCHROME2", 50)
    jpeg2000("jpeg2000-rgb", rgb, "YBR_RCT", 51)


if __name__ == "__main__":
    main()
