"""dicom_files.py - DICOM files for tests, written by pydicom (Debian: python3-pydicom) and compressed by DCMTK's tools (Debian: dcmtk)."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

try:
    import numpy as np
    import pydicom
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.sequence import Sequence
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid
except ImportError:
    if os.path.realpath(sys.executable) != os.path.realpath("/usr/bin/python3") and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])  # a distribution's packages are there
    pydicom = np = Dataset = FileMetaDataset = Sequence = ExplicitVRLittleEndian = generate_uid = None

DATA = os.path.join(os.environ.get("PINPRICK_DATA", ""), "dicom")
RNG_SEED = 7


def need_pydicom():
    if pydicom is None:
        raise tap.Skip("no pydicom (python3-pydicom)")


def new_data(stored, photometric="MONOCHROME2", bits=None, frames=None, **more):
    """A secondary capture of these stored values."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(), generate_uid()
    data.Modality, data.PatientName, data.PatientID = "OT", "Nobody^Test", "none"
    shape = stored.shape[1:] if frames else stored.shape
    planar = shape[0] == 3 and len(shape) == 3
    data.Rows, data.Columns = shape[1:] if planar else shape[:2]
    data.SamplesPerPixel = 3 if len(shape) == 3 else 1
    if data.SamplesPerPixel == 3:
        data.PlanarConfiguration = int(planar)
    if frames:
        data.NumberOfFrames = frames
    data.PhotometricInterpretation = photometric
    data.BitsAllocated = 8 * stored.dtype.itemsize
    data.BitsStored = bits or data.BitsAllocated
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(stored.dtype.kind == "i")
    raw = stored.tobytes()
    data.PixelData = raw + b"\0" * (len(raw) % 2)
    data["PixelData"].VR = "OW"
    for name, value in more.items():
        setattr(data, name, value)
    data.is_little_endian, data.is_implicit_VR = True, False
    return data


def table(n, first, bits, entries):
    item = Dataset()
    item.LUTDescriptor = [n % 65536, first % 65536, bits]
    item["LUTDescriptor"].VR = "US"
    item.LUTData = [int(e) for e in entries]
    item["LUTData"].VR = "US"
    return Sequence([item])


def save(data, path):
    pydicom.dcmwrite(path, data, write_like_original=False)
    return path


def random_values(dtype, low, high, shape=(19, 23)):
    return np.random.default_rng(RNG_SEED).integers(low, high, shape, endpoint=True).astype(dtype)


def convert(tool, *arguments):
    """One of DCMTK's tools."""
    if not shutil.which(tool):
        raise tap.Skip(f"no {tool} (Debian: dcmtk)")
    subprocess.run([tool, *arguments], check=True, capture_output=True)
    return arguments[-1]
