"""test_dicom_run.py - runs on DICOM files: a folder of mixed files is read, nothing that tells who the patient is comes out, and a run goes on."""
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("..", "../image", "../page")]
import report as page  # noqa: E402
import tap  # noqa: E402
from dicom_files import need_pydicom, new_data, pydicom, random_values, save  # noqa: E402

ATTACK = ["--queries", "60", "--threads", "1"]
# What is planted in a file, in its name and in its folder's; folded, for it may be written in many ways.
PLANTED = {
    "PatientName": "Plantagenet^Jonquil", "PatientID": "PL-4711-X", "PatientBirthDate": "19600229", "AccessionNumber": "ACC998877",
    "InstitutionName": "Saint Mildreds", "ReferringPhysicianName": "Quackenbush^Z", "StudyID": "ST-31415", "PatientComments": "lives at Elm Row",
    "StudyInstanceUID": "1.2.826.0.1.424242.1", "SeriesInstanceUID": "1.2.826.0.1.424242.2", "SOPInstanceUID": "1.2.826.0.1.424242.3",
}
WORDS = ["plantagenet", "jonquil", "pl4711x", "19600229", "acc998877", "mildred", "quackenbush", "st31415", "elmrow", "1282601424242"]
ANOTHER = {"PatientName": "Zzyzx^Qwop", "PatientID": "0x0"}  # of which no word is in the path of the test's folder


def folded(data):
    """Letters and digits only, in lower case; of UTF-16, too."""
    return bytes(c for c in data.lower() if chr(c).isalnum() and c < 128)


def assert_untold(what, data):
    plain = folded(data if isinstance(data, bytes) else data.encode())
    for word in WORDS:
        assert word.encode() not in plain, f"{word} is in {what}"


def assert_folder_untold(folder):
    n = 0
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            assert_untold("a name in the run folder", name)
        for name in files:
            with open(os.path.join(root, name), "rb") as file:
                assert_untold(name, file.read())
            n += 1
    assert n >= 3


def gray(shape=(16, 16)):
    return random_values("u2", 0, 4095, shape)


def need_dicom(toys):
    need_pydicom()
    save(new_data(gray()), toys.path("probe.dcm"))
    _, out, _ = toys.run("score", "toy.onnx", "probe.dcm", status=None)
    if "built without it" in out:
        raise tap.Skip("pinprick was built without DICOM")


def plant(toys, *parts, **more):
    """A file that tells of its patient everywhere, at a path that does so too."""
    os.makedirs(toys.path(*parts[:-1]), exist_ok=True)
    return save(new_data(gray(), bits=12, **PLANTED, **more), toys.path(*parts))


def make_worklist(toys):
    """A folder as it comes from an archive: with and without endings, a report, a directory, a sequence, a damaged file, a PNG, and notes."""
    path = plant(toys, "worklist", "Plantagenet_Jonquil-PL-4711-X.dcm")
    with open(path, "rb") as whole, open(toys.path("worklist", "acc998877-cut.dcm"), "wb") as cut:
        cut.write(whole.read()[:700])
    save(new_data(gray(), bits=12), toys.path("worklist", "IM0001"))
    save(new_data(gray((3, 16, 16)), bits=12, frames=3, PatientName="Plantagenet^Jonquil"), toys.path("worklist", "IM0002-19600229"))
    report = new_data(gray(), **PLANTED)
    report.SOPInstanceUID = report.file_meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.424242.9"
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    del report.Rows, report.Columns, report.PixelData
    save(report, toys.path("worklist", "SR-Plantagenet"))
    directory = new_data(gray())
    directory.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    del directory.Rows, directory.Columns, directory.PixelData, directory.SOPClassUID
    save(directory, toys.path("worklist", "DICOMDIR"))
    shutil.copy(toys.path("set", "sick", "1.png"), toys.path("worklist", "plain.png"))
    with open(toys.path("worklist", "notes.txt"), "w") as notes:
        notes.write("no image")


def rows(toys, run, sql="SELECT path, status, reason, sha256 FROM images ORDER BY id"):
    database = sqlite3.connect(toys.path(run, "run.db"))
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


def forget(toys, run):
    """The run as it was when none of its images had been looked at."""
    database = sqlite3.connect(toys.path(run, "run.db"))
    with database:
        for table in ("pareto", "pixels", "trace", "attacks"):
            database.execute(f"DELETE FROM {table}")
        database.execute("UPDATE images SET status = 'pending', sha256 = NULL, decision = NULL, probabilities = NULL")
    database.close()


def test_worklist(toys):
    """A folder of mixed files is read, files without an image are left out in a line, and nothing of a patient comes out"""
    need_dicom(toys)
    make_worklist(toys)
    status, out, err = toys.run("attack", "toy.onnx", "worklist", *ATTACK, "--out", "run", status=1)
    found = rows(toys, "run")
    assert len(found) == 1 + 1 + 3 + 1 + 1, found  # planted, IM0001, frames, PNG, damaged
    assert sum(row[1] == "unreadable" for row in found) == 1, found
    assert [row[0] for row in found if row[0].endswith("frame2")] and [row[0] for row in found if row[0] == "worklist/plain.png"], found
    left_out = [line for line in err.splitlines() if ": left out: " in line]
    assert len(left_out) == 2 and "(BasicTextSRStorage)" in err and "no image in this DICOM file" in left_out[0], err
    assert_untold("what attack prints", out)
    assert_untold("what attack says", err)
    assert_folder_untold(toys.path("run"))
    for command in (("show", "run"), ("show", "run", "--format", "json"), ("show", "run", "--format", "csv"), ("show", "run", "--pareto"), ("verify", "run"),
                    ("score", "toy.onnx", "worklist"), ("score", "toy.onnx", "worklist", "--format", "json"), ("score", "toy.onnx", "worklist", "--format", "csv")):
        _, out, err = toys.run(*command, status=None)
        assert out
        assert_untold(" ".join(command), out)
        assert_untold(" ".join(command), err)


def test_folders_of_patients(toys):
    """A folder that is named after a patient is neither kept nor told, and is no label"""
    need_dicom(toys)
    plant(toys, "all", "Plantagenet", "st31415", "IM1")
    _, out, err = toys.run("score", "toy.onnx", "all", status=1)
    assert "is no class of this model" in err and err.count("\n") == 1, err
    assert_untold("a refusal", out + err)
    for name, images in (("by-folder", toys.path("all", "Plantagenet", "st31415")), ("by-file", toys.path("all", "Plantagenet", "st31415", "IM1"))):
        _, out, err = toys.run("attack", "toy.onnx", images, *ATTACK, "--out", name)
        assert_untold("what attack prints", out + err)
        assert_folder_untold(toys.path(name))


def listed(toys, name, *paths):
    """A run of the paths on standard input, of which no path may be left. Its rows: name, source, status, reason."""
    with open(toys.path("paths"), "w") as paths_file:
        paths_file.writelines(path + "\n" for path in paths)
    with open(toys.path("paths")) as paths_file:
        _, out, err = toys.run("attack", "toy.onnx", "-", *ATTACK, "--out", name, status=None, stdin=paths_file)
    assert_untold("what attack prints", out + err)
    assert_folder_untold(toys.path(name))
    return rows(toys, name, "SELECT path, source, status, reason FROM images ORDER BY id")


def test_missing_files(toys):
    """A file that is listed and not there is called by a hash, and its path is not kept"""
    need_dicom(toys)
    plant(toys, "wl", "IM1")
    missing = ["wl/Plantagenet_Jonquil.dcm", "wl/Plantagenet/x.DICOM", "wl/Plantagenet/x.dcm#x", "wl/Plantagenet/x.Dcm#2", '"wl/Plantagenet.dcm"']
    found = listed(toys, "by-list", "wl/IM1", *missing)
    assert found[0][2] != "unreadable", found
    for path, row in zip(missing, found[1:], strict=True):
        name = "dicom-" + hashlib.sha256(path.encode()).hexdigest()[:16]
        assert row == (name, "dicom:", "unreadable", name + ": cannot be opened: No such file or directory"), row
    with open(toys.path("list.csv"), "w") as table:
        table.write("path\nwl/IM1\nwl/Plantagenet.dcm\n")
    _, out, err = toys.run("attack", "toy.onnx", "list.csv", *ATTACK, "--out", "by-csv", status=1)
    assert_untold("what attack prints", out + err)
    assert_folder_untold(toys.path("by-csv"))
    for path in missing[:3]:
        _, _, err = toys.run("attack", "toy.onnx", path, *ATTACK, "--out", "none", status=1)
        assert f"{path}: cannot be opened" in err and not os.path.exists(toys.path("none")), err


def test_long_path(toys):
    """A path that is longer than a message is not kept either"""
    need_dicom(toys)
    plant(toys, "wl", "IM1")
    (_, _, _, reason), _ = listed(toys, "run", "Plantagenet/" * 100 + "x.dcm", "wl/IM1")
    assert reason.startswith("dicom-"), reason


def test_no_folder_of_single_files(toys):
    """Of files that are named by themselves no folder is kept, though it is called by another name than the file's patient has"""
    need_dicom(toys)
    os.makedirs(toys.path("archive", "Plantagenet"))
    file = save(new_data(gray(), bits=12, **ANOTHER), toys.path("archive", "Plantagenet", "IM1"))
    (_, source, status, _), = listed(toys, "by-list", file)
    assert source == "dicom:" and status != "unreadable", (source, status)
    toys.run("attack", "toy.onnx", file, *ATTACK, "--out", "by-file")
    assert_folder_untold(toys.path("by-file"))
    forget(toys, "by-file")
    _, _, err = toys.run("attack", "--resume", "by-file", status=1)
    (_, status, reason, _), = rows(toys, "by-file")
    assert status == "unreadable" and "where it lies was not kept; begin a new run" in reason, reason
    assert_untold("a reason", err + reason)


def test_further_values(toys):
    """A folder that tells the second of several values is not kept"""
    need_dicom(toys)
    os.makedirs(toys.path("Plantagenet"))
    save(new_data(gray(), bits=12, **ANOTHER, OtherPatientNames=["Zzyzx^Qwop", "Plantagenet^Jonquil"]), toys.path("Plantagenet", "IM1"))
    toys.run("attack", "toy.onnx", "Plantagenet", *ATTACK, "--out", "run")
    assert_folder_untold(toys.path("run"))


def test_names(toys):
    """An image is called by the hash of its SOP Instance UID"""
    need_dicom(toys)
    path = plant(toys, "one.dcm")
    _, out, _ = toys.run("score", "toy.onnx", path, "--format", "json")
    digest = hashlib.sha256(PLANTED["SOPInstanceUID"].encode()).hexdigest()
    assert json.loads(out)["images"][0]["path"] == f"dicom-{digest[:16]}"


def test_labels(toys):
    """Labels come from folders and from CSV files, as with other images"""
    need_dicom(toys)
    for name in ("sick", "healthy"):
        plant(toys, "labelled", name, "IM1")
    _, out, _ = toys.run("score", "toy.onnx", "labelled", "--format", "json")
    assert [image["label"] for image in json.loads(out)["images"]] == ["healthy", "sick"]
    with open(toys.path("list.csv"), "w") as listed:
        listed.write("path,label\nlabelled/sick/IM1,healthy\n")
    _, out, _ = toys.run("score", "toy.onnx", "list.csv", "--format", "json")
    assert [image["label"] for image in json.loads(out)["images"]] == ["healthy"]


def test_same_as_png(toys):
    """A DICOM file is attacked as the PNG of the same pixels is"""
    need_dicom(toys)
    plant(toys, "worklist", "IM1")
    toys.run("attack", "toy.onnx", "worklist", *ATTACK, "--out", "dicom")
    toys.run("attack", "toy.onnx", "dicom/originals", *ATTACK, "--out", "png")
    sql = "SELECT status, l0, queries, p_adversarial, adversarial_sha256 FROM attacks"
    assert rows(toys, "dicom", sql) == rows(toys, "png", sql)
    assert rows(toys, "dicom")[0][3] == rows(toys, "png")[0][3]


def test_resume(toys):
    """A run whose images were not yet looked at finds them again, by their names"""
    need_dicom(toys)
    make_worklist(toys)
    os.remove(toys.path("worklist", "acc998877-cut.dcm"))
    toys.run("attack", "toy.onnx", "worklist", *ATTACK, "--out", "run")
    before = rows(toys, "run")
    os.rename(toys.path("worklist", "IM0001"), toys.path("worklist", "ZZ"))  # found by what it is, not by its name
    forget(toys, "run")
    shutil.rmtree(toys.path("run", "adversarial"))
    os.mkdir(toys.path("run", "adversarial"))
    _, out, err = toys.run("attack", "--resume", "run")
    assert rows(toys, "run") == before
    assert_untold("what attack prints", out + err)
    assert_folder_untold(toys.path("run"))


def test_not_found_again(toys):
    """An image that is gone when a run goes on is unreadable, and the reason does not tell of the patient"""
    need_dicom(toys)
    plant(toys, "worklist", "IM1")
    toys.run("attack", "toy.onnx", "worklist", *ATTACK, "--out", "run")
    os.remove(toys.path("worklist", "IM1"))
    forget(toys, "run")
    toys.run("attack", "--resume", "run", status=1)
    (path, status, reason, _), = rows(toys, "run")
    assert status == "unreadable" and reason.startswith(path + ": is not found again in /"), reason
    assert_untold("a reason", reason)


def test_again(toys):
    """The command in a report does the run again: the folders that DICOM was found in, a list of the other files, and none of them twice"""
    need_dicom(toys)
    make_worklist(toys)
    files = [toys.path("set", "sick", "1.png"), "worklist"]
    toys.run("attack", "toy.onnx", *files, *ATTACK, "--out", "run", status=1)
    _, _, data = page.read(page.report(toys, "run"))
    command = data["runs"][0]["command"]
    assert "images.csv" in command and command.count("worklist") == 1, command
    again = command.replace("pinprick attack", f"{toys.pinprick} attack --out again --quiet")
    if not shutil.which("sqlite3"):
        raise tap.Skip("no sqlite3")
    done = subprocess.run(["bash", "-c", again], cwd=toys.folder, capture_output=True, text=True)
    assert done.returncode == 1 and os.path.exists(toys.path("again", "run.db")), again + done.stderr
    sql = "SELECT images.name, images.sha256, l0, queries FROM images LEFT JOIN attacks ON image = id ORDER BY 1"
    assert rows(toys, "again", sql) == rows(toys, "run", sql) != []


def test_window(toys):
    """--window says the same as a range and as centre and width, and goes before the file's own"""
    need_dicom(toys)
    path = save(new_data(gray(), bits=12, WindowCenter=100, WindowWidth=50), toys.path("own.dcm"))
    scores = {}
    for window in (None, "0:4095", "2048,4096", "100,50"):
        _, out, _ = toys.run("score", "toy.onnx", path, "--format", "json", *(["--window", window] if window else []))
        scores[window] = json.loads(out)["images"][0]["probabilities"]
    assert scores["0:4095"] == scores["2048,4096"] != scores[None] == scores["100,50"], scores


def test_export(toys):
    """Adversarial images are written as derived secondary captures that hold nothing of the patient, and read back as the same pixels"""
    need_dicom(toys)
    make_worklist(toys)
    toys.run("attack", "toy.onnx", "worklist", "--queries", "600", "--threads", "1", "--out", "run", status=1)
    _, out, _ = toys.run("export", "run", "--dicom", "outbox")
    wanted = dict(rows(toys, "run", "SELECT name, adversarial_sha256 FROM images JOIN attacks ON image = id WHERE attacks.status = 'success'"))
    assert wanted and out == "", out
    assert sorted(os.listdir(toys.path("outbox"))) == sorted(name + ".dcm" for name in wanted)
    uids, studies = set(), set()
    for name, digest in wanted.items():
        path = toys.path("outbox", name + ".dcm")
        with open(path, "rb") as file:
            assert_untold(path, file.read())
        data = pydicom.dcmread(path)
        assert list(data.ImageType) == ["DERIVED", "SECONDARY"] and data.SOPClassUID == "1.2.840.10008.5.1.4.1.1.7"
        assert data.PatientName == "" and data.PatientID in ("", None)
        values = data.pixel_array
        values = values if values.ndim == 3 else values[..., None]
        head = b"".join(int(n).to_bytes(4, "little") for n in (values.shape[1], values.shape[0], values.shape[2]))
        assert hashlib.sha256(head + values.tobytes()).hexdigest() == digest, name
        uids.add(data.SOPInstanceUID)
        studies.add((data.StudyInstanceUID, data.SeriesInstanceUID))
    assert len(uids) == len(wanted) and len(studies) == 1
    toys.run("attack", "toy.onnx", "outbox", *ATTACK, "--out", "again")  # pinprick reads them, too: the originals of this run
    assert {row[3] for row in rows(toys, "again")} == set(wanted.values())


def test_export_refuses(toys):
    """A picture that was altered is not exported"""
    need_dicom(toys)
    plant(toys, "worklist", "IM1")
    toys.run("attack", "toy.onnx", "worklist", "--queries", "600", "--threads", "1", "--out", "run")
    name, = os.listdir(toys.path("run", "adversarial"))
    shutil.copy(toys.path("run", "originals", name), toys.path("run", "adversarial", name))
    _, _, err = toys.run("export", "run", "--dicom", "outbox", status=1)
    assert "its pixels are not those that were saved" in err, err
    assert os.listdir(toys.path("outbox")) == []


if __name__ == "__main__":
    sys.exit(tap.run_tests(sys.modules[__name__]))
