"""test_dicom.py - DICOM files as pydicom reads them, brought to 8 bits by the formulas of docs/dicom.md, which are written here a second time.

Needs pydicom with NumPy (Debian: python3-pydicom, and python3-gdcm for compressed pixels) and the tools of DCMTK (Debian: dcmtk). What is not
there skips. The real files are those of the test data."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402
from dicom_files import (DATA, Dataset, Sequence, convert, need_pydicom, new_data, np, pydicom, random_values, save, table)  # noqa: E402


# ---- The reference: docs/dicom.md, in NumPy ---------------------------------------------------------------------------

def table_at(sequence, values, signed):
    """Values looked up in the first item of a sequence of tables."""
    item = sequence[0]
    first = item.LUTDescriptor[1]
    if signed and first > 32767:
        first -= 65536
    entries = item.LUTData
    if isinstance(entries, bytes):
        entries = np.frombuffer(entries, "<u2")
    entries = np.asarray(entries, dtype=np.int64)
    return entries[np.clip(np.rint(values) - first, 0, len(entries) - 1).astype(int)], item.LUTDescriptor[2]


def in_range(values, low, high):
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = 255 * (values - low) / (high - low)
    return np.where(values <= low, 0, np.where(values > high, 255, inside))


def in_window(values, centre, width, function):
    if function == "SIGMOID":
        with np.errstate(over="ignore"):
            return 255 / (1 + np.exp(-4 * (values - centre) / width))
    if function == "LINEAR_EXACT":
        return in_range(values, centre - width / 2, centre + width / 2)
    return in_range(values, centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2)


def group(data, frame, name):
    """What is said of a frame: by its functional group, of all frames, or in the data set."""
    for sequence, index in (("PerFrameFunctionalGroupsSequence", frame), ("SharedFunctionalGroupsSequence", 0)):
        if sequence in data and name in data[sequence].value[index]:
            return data[sequence].value[index][name].value[0]
    return data


def gray_of(data, stored, frame, window):
    signed = data.PixelRepresentation == 1
    said = group(data, frame, "PixelValueTransformationSequence")
    slope, intercept = float(said.get("RescaleSlope", 1)), float(said.get("RescaleIntercept", 0))
    if "ModalityLUTSequence" in data:
        def modality(values):
            return table_at(data.ModalityLUTSequence, values, signed)[0].astype(float)
    else:
        def modality(values):
            return values.astype(float) * slope + intercept
    values = modality(stored)
    said = group(data, frame, "FrameVOILUTSequence")
    first = [said.get(name) for name in ("WindowCenter", "WindowWidth")]
    first = [v[0] if isinstance(v, pydicom.multival.MultiValue) else v for v in first]
    if window:
        gray = in_range(values, *window)
    elif first[0] is not None and first[1] is not None:
        gray = in_window(values, float(first[0]), float(first[1]), said.get("VOILUTFunction", "LINEAR"))
    elif "VOILUTSequence" in data:
        entries, bits = table_at(data.VOILUTSequence, values, signed or intercept < 0)
        gray = 255 * entries / (2 ** bits - 1)
    elif data.BitsStored <= 8 and not signed:
        whole = modality(np.arange(2 ** data.BitsStored))
        gray = in_range(values, whole.min(), whole.max())
    else:
        kept = values
        if "PixelPaddingValue" in data:
            ends = sorted([data.PixelPaddingValue, data.get("PixelPaddingRangeLimit", data.PixelPaddingValue)])
            kept = values[(stored < ends[0]) | (stored > ends[1])]
        gray = in_range(values, kept.min(), kept.max())
    gray = np.clip(np.rint(gray), 0, 255).astype(np.uint8)
    return (255 - gray if data.PhotometricInterpretation == "MONOCHROME1" else gray)[..., None]


def palette_of(data, stored):
    out = []
    for colour in ("Red", "Green", "Blue"):
        n, first, bits = data[colour + "PaletteColorLookupTableDescriptor"].value
        entries = np.frombuffer(data[colour + "PaletteColorLookupTableData"].value, "<u2" if bits == 16 else "u1")
        out.append(entries[np.clip(stored.astype(int) - first, 0, (n or 65536) - 1)] >> (bits - 8))
    return np.stack(out, axis=-1).astype(np.uint8)


def rgb_of(data, stored):
    if data.PhotometricInterpretation.startswith("YBR_FULL"):
        y, b, r = (stored[..., c].astype(float) - (128 if c else 0) for c in range(3))
        rgb = np.stack([y + 1.402 * r, y - 0.114 * 1.772 / 0.587 * b - 0.299 * 1.402 / 0.587 * r, y + 1.772 * b], axis=-1)
        return np.clip(np.floor(rgb + 0.5), 0, 255).astype(np.uint8)
    return np.rint(255 * stored.astype(float) / (2 ** data.BitsStored - 1)).astype(np.uint8)


def reference(path, frame=0, window=None):
    data = pydicom.dcmread(path, force=True)
    stored = data.pixel_array
    if data.get("NumberOfFrames", 1) > 1:
        stored = stored[frame]
    if data.SamplesPerPixel == 3:
        return rgb_of(data, stored)
    if data.PhotometricInterpretation == "PALETTE COLOR":
        return palette_of(data, stored)
    return gray_of(data, stored, frame, window)


# ---- Files ------------------------------------------------------------------------------------------------------------

def need_dicom(toys):
    """Skips where pinprick itself was built without DICOM."""
    need_pydicom()
    _, _, err = pixels(save(new_data(np.zeros((2, 2), np.uint8)), toys.path("probe.dcm")), status=None)
    if "built without it" in err:
        raise tap.Skip("pinprick was built without DICOM")


def pixels(path, window=None, status=0):
    """What pinprick makes of the file: an array, or None; its status and its complaint."""
    done = subprocess.run([os.environ["DICOM_PIXELS"], path, *map(str, window or ())], capture_output=True)
    if status is not None and done.returncode != status:
        raise AssertionError(f"{path}: {done.stderr.decode()}")
    if done.returncode:
        return None, done.returncode, done.stderr.decode()
    line, _, values = done.stdout.partition(b"\n")
    width, height, channels = map(int, line.split())
    return np.frombuffer(values, np.uint8).reshape(height, width, channels), 0, done.stderr.decode()


def assert_same(path, frame=None, window=None, tolerance=0):
    ours, _, err = pixels(path + (f"#{frame + 1}" if frame is not None else ""), window)
    wanted = reference(path, frame or 0, window)
    assert ours.shape == wanted.shape, f"{path}: {ours.shape}, expected {wanted.shape}"
    worst = np.abs(ours.astype(int) - wanted).max()
    assert worst <= tolerance, f"{path}: values differ by up to {worst}"
    assert err == "", f"{path}: said {err}"
    return ours


def assert_refused(path, words):
    _, _, err = pixels(path, status=1)
    assert words in err and err.count("\n") == 1, f"{path}: said {err}"


# ---- Tests ------------------------------------------------------------------------------------------------------------

def test_real_files(toys):
    """Every file of the test data is read as pydicom reads it"""
    need_dicom(toys)
    if not os.path.isdir(DATA):
        raise tap.Skip(f"no test data at {DATA}")
    names = sorted(name for name in os.listdir(DATA) if name.endswith(".dcm"))
    assert len(names) >= 13
    for name in names:
        lossy = name in ("JPEG-lossy.dcm", "JPGExtended.dcm")  # two decoders of lossy JPEG may round differently
        ours = assert_same(os.path.join(DATA, name), tolerance=1 if lossy else 0)
        assert ours.max() > ours.min(), name
        if ours.shape[2] == 1:
            assert_same(os.path.join(DATA, name), window=(100, 700), tolerance=1 if lossy else 0)


def test_bits(toys):
    """8 to 16 bits, signed and unsigned, are brought to 8"""
    need_dicom(toys)
    for dtype, bits, low, high in (("u1", 8, 0, 255), ("u1", 6, 0, 63), ("i1", 8, -128, 127), ("u2", 9, 0, 511), ("u2", 12, 0, 4095), ("u2", 16, 0, 65535),
                                   ("i2", 12, -2048, 2047), ("i2", 16, -32768, 32767), ("u2", 16, 1000, 1003)):
        path = save(new_data(random_values(dtype, low, high), bits=bits), toys.path(f"{dtype}-{bits}-{low}.dcm"))
        assert_same(path)
        assert_same(path, window=(-3.5, 200))
    plain = random_values("u1", 0, 255)
    assert (pixels(save(new_data(plain), toys.path("plain.dcm")))[0][..., 0] == plain).all(), "8 bits stay as they are"


def test_high_bit(toys):
    """Bits beside the stored ones are left out"""
    need_dicom(toys)
    stored = random_values("u2", 0, 4095)
    shifted = new_data((stored << 4 | random_values("u2", 0, 15)).astype("u2"), bits=12, HighBit=15)
    overlay = new_data((stored | random_values("u2", 0, 15) << 12).astype("u2"), bits=12)
    plain = pixels(save(new_data(stored, bits=12), toys.path("plain.dcm")))[0]
    assert (pixels(save(shifted, toys.path("shifted.dcm")))[0] == plain).all()
    assert (pixels(save(overlay, toys.path("overlay.dcm")))[0] == plain).all()


def test_windows(toys):
    """The first window is applied, after slope and intercept, by each of the three functions"""
    need_dicom(toys)
    for function in (None, "LINEAR", "LINEAR_EXACT", "SIGMOID"):
        for centre, width in ((40, 400), ([60, 1000], [401, 20]), (-100.5, 1), (0, 1.5)):
            data = new_data(random_values("i2", -1200, 1200), WindowCenter=centre, WindowWidth=width, RescaleSlope=1.5, RescaleIntercept=-10)
            if function:
                data.VOILUTFunction = function
            assert_same(save(data, toys.path("window.dcm")))


def test_tables(toys):
    """Modality and VOI lookup tables are applied, and a window goes before a table"""
    need_dicom(toys)
    entries = random_values("u2", 0, 4095, (256,))
    data = new_data(random_values("u2", 0, 400), bits=12, VOILUTSequence=table(256, 100, 12, entries))
    assert_same(save(data, toys.path("voi.dcm")))
    data = new_data(random_values("i2", -400, 400), VOILUTSequence=table(256, -100, 12, entries), RescaleIntercept=-20, RescaleSlope=1)
    assert_same(save(data, toys.path("signed.dcm")))
    data.WindowCenter, data.WindowWidth = 0, 100
    assert_same(save(data, toys.path("both.dcm")))
    data = new_data(random_values("u2", 0, 300), bits=12, ModalityLUTSequence=table(256, 20, 12, entries))
    assert_same(save(data, toys.path("modality.dcm")))


def test_monochrome1(toys):
    """MONOCHROME1 is inverted, with and without a window"""
    need_dicom(toys)
    stored = random_values("u2", 0, 4095)
    for more in ({}, {"WindowCenter": 2000, "WindowWidth": 1000}):
        one = assert_same(save(new_data(stored, "MONOCHROME1", bits=12, **more), toys.path("one.dcm")))
        two = assert_same(save(new_data(stored, "MONOCHROME2", bits=12, **more), toys.path("two.dcm")))
        assert (one == 255 - two).all() and one.max() > one.min()


def test_padding(toys):
    """Padding values do not widen the range where there is no window"""
    need_dicom(toys)
    stored = random_values("i2", 0, 1000)
    stored[:3] = -2000
    padded = assert_same(save(new_data(stored, PixelPaddingValue=-2000), toys.path("padded.dcm")))
    assert (padded[:3] == 0).all() and padded[3:].min() == 0 and padded[3:].max() == 255


def test_colour(toys):
    """RGB by pixel and by plane, YBR, palettes, and 16-bit colour become RGB"""
    need_dicom(toys)
    rgb = random_values("u1", 0, 255, (18, 22, 3))
    by_pixel = assert_same(save(new_data(rgb, "RGB"), toys.path("pixel.dcm")))
    by_plane = assert_same(save(new_data(np.moveaxis(rgb, 2, 0).copy(), "RGB"), toys.path("plane.dcm")))
    assert (by_pixel == rgb).all() and (by_plane == rgb).all()
    assert_same(save(new_data(rgb, "YBR_FULL"), toys.path("ybr.dcm")))
    assert_same(save(new_data(random_values("u2", 0, 65535, (18, 22, 3)), "RGB"), toys.path("deep.dcm")))
    for bits in (8, 16):
        entries = [random_values("u1" if bits == 8 else "<u2", 0, 2 ** bits - 1, (200,)) + c for c in range(3)]
        data = new_data(random_values("u1", 0, 255), "PALETTE COLOR")
        for colour, values in zip(("Red", "Green", "Blue"), entries):
            setattr(data, colour + "PaletteColorLookupTableDescriptor", [200, 20, bits])
            data[colour + "PaletteColorLookupTableDescriptor"].VR = "US"
            setattr(data, colour + "PaletteColorLookupTableData", values.tobytes())
        assert_same(save(data, toys.path(f"palette-{bits}.dcm")))


def test_subsampled(toys):
    """In YBR_FULL_422 two neighbours share a colour"""
    need_dicom(toys)
    full = random_values("u1", 0, 255, (6, 8, 3))
    full[:, 1::2, 1:] = full[:, ::2, 1:]
    packed = np.stack([full[:, ::2, 0], full[:, 1::2, 0], full[:, ::2, 1], full[:, ::2, 2]], axis=-1)
    data = new_data(full, "YBR_FULL_422", PixelData=packed.tobytes())
    whole = pixels(save(new_data(full, "YBR_FULL"), toys.path("full.dcm")))[0]
    assert (pixels(save(data, toys.path("half.dcm")))[0] == whole).all()


def test_frames(toys):
    """Each frame of a file is read by its number, and no number is refused where there are several"""
    need_dicom(toys)
    path = save(new_data(random_values("u2", 0, 4000, (5, 7, 9)), frames=5, bits=12), toys.path("frames.dcm"))
    for frame in range(5):
        assert_same(path, frame)
    assert_refused(path, "it has 5 frames; say which")
    assert_refused(path + "#6", "no frame 6: it has 5")
    odd = save(new_data(random_values("u1", 0, 255, (4, 3, 5)), frames=4), toys.path("odd.dcm"))  # frames of an odd number of bytes
    for frame in range(4):
        assert_same(odd, frame)
    bits = random_values("u1", 0, 1, (3, 3, 5))
    data = new_data(bits, frames=3, BitsAllocated=1, BitsStored=1, HighBit=0)
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    data.PixelData = packed + b"\0" * (len(packed) % 2)
    path = save(data, toys.path("bits.dcm"))
    for frame in range(3):
        assert (pixels(f"{path}#{frame + 1}")[0][..., 0] == 255 * bits[frame]).all()


def test_functional_groups(toys):
    """What is said of a frame goes before what is said of all"""
    need_dicom(toys)
    def item(**values):
        made = Dataset()
        for name, value in values.items():
            setattr(made, name, value)
        return made
    def voi(centre):
        return Sequence([item(WindowCenter=centre, WindowWidth=500)])
    def rescale(slope):
        return Sequence([item(RescaleSlope=slope, RescaleIntercept=-5, RescaleType="US")])
    data = new_data(random_values("u2", 0, 1000, (3, 7, 9)), frames=3, WindowCenter=1, WindowWidth=2)
    data.SharedFunctionalGroupsSequence = Sequence([item(FrameVOILUTSequence=voi(400), PixelValueTransformationSequence=rescale(1))])
    data.PerFrameFunctionalGroupsSequence = Sequence([item(FrameVOILUTSequence=voi(300)), item(PixelValueTransformationSequence=rescale(2)), item()])
    path = save(data, toys.path("groups.dcm"))
    seen = [assert_same(path, frame).tobytes() for frame in range(3)]
    assert len(set(seen)) == 3


def test_transfer_syntaxes(toys):
    """The same file reads the same in every transfer syntax that keeps its values, JPEG lossless included"""
    need_dicom(toys)
    ways = [("dcmconv", "+te"), ("dcmconv", "+ti"), ("dcmconv", "+tb"), ("dcmconv", "+td"), ("dcmconv", "+ti", "-F"), ("dcmcrle",), ("dcmcjpeg", "+e1"),
            ("dcmcjpeg", "+el"), ("dcmcjpls", "+el")]
    kinds = {
        "gray": new_data(random_values("u1", 0, 255)),
        "monochrome1": new_data(random_values("u2", 0, 4095), "MONOCHROME1", bits=12, WindowCenter=2000, WindowWidth=3000),
        "signed": new_data(random_values("i2", -1000, 1000), RescaleIntercept=-24, RescaleSlope=1),
        "frames": new_data(random_values("u2", 0, 4000, (3, 7, 9)), frames=3, bits=12),
        "rgb": new_data(random_values("u1", 0, 255, (18, 22, 3)), "RGB"),
        "plane": new_data(random_values("u1", 0, 255, (3, 18, 22)), "RGB"),
    }
    for kind, data in kinds.items():
        path = save(data, toys.path(kind + ".dcm"))
        number = "#2" if kind == "frames" else ""
        plain = assert_same(path, 1 if number else None)
        for way in ways:
            if way == ("dcmcjpeg", "+el") and kind == "signed":
                continue  # the tool refuses some predictors for it
            other = convert(way[0], *way[1:], path, toys.path(f"{kind}-{way[0]}{''.join(way[1:])}.dcm"))
            ours, _, said = pixels(other + number)
            assert (ours == plain).all() and said == "", other


def test_refusals(toys):
    """What is not read is refused in one line that says why"""
    need_dicom(toys)
    gray = random_values("u1", 0, 255)
    assert_refused(save(new_data(gray, "HSV"), toys.path("a.dcm")), "photometric interpretation 'HSV'")
    assert_refused(save(new_data(random_values("u4", 0, 255)), toys.path("b.dcm")), "expected 1 of 1, up to 8 of 8 or up to 16 of 16 bits")
    assert_refused(save(new_data(gray, PixelData=b"12"), toys.path("c.dcm")), "its pixels end too early")
    report = new_data(gray)
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    del report.Rows, report.Columns, report.PixelData
    assert_refused(save(report, toys.path("d.dcm")), "no image in this DICOM file (BasicTextSR")
    with open(toys.path("e.dcm"), "wb") as out:
        out.write(b"no DICOM at all")
    assert_refused(toys.path("e.dcm"), "e.dcm: ")
    video = new_data(gray)
    video.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.100"
    video.PixelData = pydicom.encaps.encapsulate([gray.tobytes() + b"\0"])
    video["PixelData"].is_undefined_length = True
    assert_refused(save(video, toys.path("f.dcm")), "transfer syntax MPEG2")


def test_damage(toys):
    """A file cut anywhere is read or refused, in one line"""
    need_dicom(toys)
    path = save(new_data(random_values("u2", 0, 4000), bits=12), toys.path("whole.dcm"))
    compressed = convert("dcmcjpeg", path, toys.path("jpeg.dcm"))
    for name in (path, compressed):
        with open(name, "rb") as whole:
            data = whole.read()
        for n in range(1, len(data), 311):
            cut = toys.path("cut.dcm")
            with open(cut, "wb") as out:
                out.write(data[:n])
            _, status, err = pixels(cut, status=None)
            assert status in (0, 1) and err.count("\n") == status, f"{n} bytes: status {status}, said {err}"


if __name__ == "__main__":
    sys.exit(tap.run_tests(sys.modules[__name__]))
