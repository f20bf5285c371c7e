#!/usr/bin/env python3
"""A run folder through what can befall it: kills, interrupts, full disks, other orders, and hands that alter it.

PINPRICK_SEED=N repeats the random moments of a failed test.
"""
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

N_KILLS = 20
OPTIONS = ["--queries", "4000", "--certify", "--region", "masks/white.png", "--engine", "onnxruntime", "--quiet", "--out"]
BEGIN = ["attack", "--method", "dgde", "toy.onnx", "set", *OPTIONS]
# What two runs of the same must have in common: all but dates and seconds.
TABLES = {
    "runs": "version, method, goal, seed, model_path, model_sha256, class_names, positive, width, height, channels, score_source,"
            " preprocessing, preprocessing_source, mask_sha256",
    "parameters": "option, value",
    "images": "id, path, source, name, label, label_class, status, reason, sha256, decision, probabilities",
    "attacks": "image, status, stop, class_original, class_adversarial, p_original, p_adversarial, l0, queries, generations, rung,"
               " rung_queries, strict_flip, verified, adversarial_sha256, locally_minimal",
    "pixels": "image, y, x, before_r, before_g, before_b, r, g, b",
    "trace": "image, step, generation, queries, pixels, p_original, margin, stage",
    "pareto": "image, pixels, p_original",
}


def query(toys, run, sql, *values):
    database = sqlite3.connect(toys.path(run, "run.db"))
    try:
        return database.execute(sql, values).fetchall()
    finally:
        database.close()


def alter(toys, run, sql):
    database = sqlite3.connect(toys.path(run, "run.db"))
    with database:
        assert database.execute(sql).rowcount > 0, sql
    database.close()


def contents(toys, run):
    """All rows of a run and the bytes of its pictures."""
    found = {table: query(toys, run, f"SELECT {columns} FROM {table} ORDER BY 1, 2") for table, columns in TABLES.items()}
    for folder in ("originals", "adversarial"):
        for name in sorted(os.listdir(toys.path(run, folder))):
            with open(toys.path(run, folder, name), "rb") as file:
                found[f"{folder}/{name}"] = file.read()
    return found


def assert_same(expected, found, what, leave_out=()):
    for key in sorted(set(expected) | set(found)):
        if key not in leave_out and expected.get(key) != found.get(key):
            raise AssertionError(f"{what}: {key} differs:\n{str(expected.get(key))[:1500]}\n{str(found.get(key))[:1500]}")


def finished_run(toys, run, *more):
    toys.run(*BEGIN, run, *more)
    return contents(toys, run)


def random_draw():
    seed = int(os.environ.get("PINPRICK_SEED", random.SystemRandom().randrange(2**32)))
    return seed, random.Random(seed)


# ---- Stopped ---------------------------------------------------------------------------------------------------------

def go_on(toys, run):
    """Resumes a run; one that was killed before it began is begun."""
    status, _, err = toys.run("attack", "--resume", run, "--quiet", status=None)
    if status != 0:
        assert any(words in err for words in ("no run there", "holds no run", "cannot be opened as a run folder")), err
        toys.run(*BEGIN, run)


def test_killed_at_any_moment(toys):
    """A run killed at 20 random moments and resumed has the rows and pictures of a run never killed"""
    began = time.monotonic()
    whole = finished_run(toys, "whole")
    length = time.monotonic() - began
    seed, draw = random_draw()
    n_cut = 0
    for i in range(N_KILLS):
        run, moment = f"killed-{i}", draw.uniform(0, length)
        process = toys.start(*BEGIN, run)
        time.sleep(moment)
        process.kill()
        process.communicate()
        n_cut += process.returncode == -signal.SIGKILL
        go_on(toys, run)
        assert_same(whole, contents(toys, run), f"killed after {moment:.4f} s, PINPRICK_SEED={seed}")
    assert n_cut > 0, f"none of {N_KILLS} kills came in time, PINPRICK_SEED={seed}"


def test_killed_again_and_again(toys):
    """A run killed ten times on its way has the rows of a run never killed"""
    whole = finished_run(toys, "whole")
    seed, draw = random_draw()
    process = toys.start(*BEGIN, "cut")
    for _ in range(10):
        time.sleep(draw.uniform(0.05, 0.25))
        process.kill()
        process.communicate()
        process = toys.start("attack", "--resume", "cut", "--quiet")
    process.communicate()
    go_on(toys, "cut")
    assert_same(whole, contents(toys, "cut"), f"PINPRICK_SEED={seed}")


def start_until(toys, run, words):
    """Begins a run and waits for a line on standard error that begins so."""
    process = toys.start(*[word for word in BEGIN if word != "--quiet"], run)
    for line in process.stderr:
        if line.split()[:len(words)] == words:
            break
    return process


def kill_after_one(toys, run):
    process = start_until(toys, run, ["1/5"])
    process.kill()
    process.communicate()


def test_interrupted(toys):
    """Ctrl-C keeps what is done, says how to go on, and going on gives the rows of a run never stopped"""
    whole = finished_run(toys, "whole")
    for name in ("INT", "TERM"):
        run = "stopped-" + name
        process = start_until(toys, run, ["1/5"])
        process.send_signal(getattr(signal, "SIG" + name))
        out, err = process.communicate()
        assert process.returncode == 130 and out == "", (process.returncode, out)
        assert err.endswith(f"stopped; go on with: pinprick attack --resume {run}\n"), err
        n_done = len(query(toys, run, "SELECT * FROM attacks"))
        assert 1 <= n_done < 5, n_done
        _, out, _ = toys.run("verify", run)
        assert f"{n_done} of {n_done} saved" in out and f"still to be done: {5 - n_done}" in out, out
        _, out, _ = toys.run("show", run)
        assert f"{5 - n_done} still to do" in out, out
        toys.run("attack", "--resume", run, "--quiet")
        assert_same(whole, contents(toys, run), name)


def test_comparison_interrupted(toys):
    """Ctrl-C stops a comparison between any two images, and going on gives the table of one never stopped"""
    begin = ["compare", "toy.onnx", "set", "--methods", "dgde,pursuit", "--seeds", "2", "--budgets", "100,2000", "--engine", "onnxruntime",
             "--format", "csv", "--out"]
    _, whole, _ = toys.run(*begin, "whole", "--quiet")
    process = toys.start(*begin, "cut")
    for line in process.stderr:
        if line.startswith("run 2 of 4"):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130 and out == "", (process.returncode, out)
    assert err.endswith("stopped; go on with: pinprick compare --resume cut\n"), err
    _, part, _ = toys.run("compare", "cut", "--format", "csv")
    assert part != whole
    _, out, err = toys.run("compare", "--resume", "cut", "--format", "csv")
    assert out == whole, (out, whole)
    assert "run 1 of 4" not in err and "run 2 of 4" in err and "run 4 of 4" in err, err


def test_comparison_one_at_a_time(toys):
    """Two processes do not work on one comparison"""
    first = toys.start("compare", "toy.onnx", "set", "--methods", "dgde", "--seeds", "1", "--out", "both")
    for line in first.stderr:
        if line.startswith("run 1 of 1"):
            break
    first.send_signal(signal.SIGSTOP)
    _, _, err = toys.run("compare", "--resume", "both", status=1)
    assert "another pinprick is working on this run" in err, err
    toys.run("compare", "both")
    first.kill()
    first.communicate()


def test_resumed_from_elsewhere(toys):
    """A run is gone on with from another folder, also when it was begun with relative paths"""
    shutil.copy(toys.path("toy.preprocessor_config.json"), toys.path("how.json"))
    shutil.move(toys.path("toy.preprocessor_config.json"), toys.path("elsewhere.json"))
    toys.run("attack", "toy.onnx", "set", "mixed", "--queries", "100", "--quiet", "--out", "run", "--strict", "--preprocessor",
             "how.json", status=1)
    for name in ("2-cut", "3-text", "4-empty"):
        shutil.copy(toys.path("mixed", "1.png"), toys.path("mixed", name + ".png"))
    os.mkdir(toys.path("other"))
    process = subprocess.run([toys.pinprick, "attack", "--resume", "../run", "--quiet"], cwd=toys.path("other"), capture_output=True,
                             text=True, check=False)
    assert process.returncode == 0, process.stderr
    assert query(toys, "run", "SELECT count(*) FROM images WHERE status IN ('pending', 'ready')") == [(0,)]


def test_one_at_a_time(toys):
    """Two processes do not work on one run"""
    first = start_until(toys, "run", ["run", "folder"])
    first.send_signal(signal.SIGSTOP)
    _, _, err = toys.run("attack", "--resume", "run", status=1)
    assert "another pinprick is working on this run" in err, err
    toys.run("show", "run")
    first.kill()
    first.communicate()


# ---- The same, whatever the way --------------------------------------------------------------------------------------

def test_threads_and_batch(toys):
    """Threads and batch size change no row"""
    whole = finished_run(toys, "whole", "--threads", "1", "--batch", "1")
    for threads, batch in (("2", "1"), ("1", "32"), ("2", "7")):
        run = f"run-{threads}-{batch}"
        found = finished_run(toys, run, "--threads", threads, "--batch", batch)
        assert_same(whole, found, run, leave_out=["parameters"])


def rows_of(toys, run, path):
    """What a run says of one image, whatever its place in the run."""
    (image, *rest), = query(toys, run, "SELECT id, label_class, status, sha256, decision, probabilities FROM images WHERE path = ?", path)
    found = {"image": rest}
    for table in ("attacks", "pixels", "trace", "pareto"):
        columns = TABLES[table].replace("image, ", "", 1)
        found[table] = query(toys, run, f"SELECT {columns} FROM {table} WHERE image = ? ORDER BY 1, 2", image)
    return found


def test_order_and_company(toys):
    """An image has the same result alone, in a set, and in another order"""
    finished_run(toys, "whole")
    paths = [path for path, in query(toys, "whole", "SELECT path FROM images")]
    with open(toys.path("back.csv"), "w", encoding="utf-8") as file:
        file.write("path,label\n" + "".join(f"{p},{p.split('/')[1]}\n" for p in reversed(paths)))
    toys.run("attack", "--method", "dgde", "toy.onnx", "back.csv", *OPTIONS, "back")
    for i, path in enumerate(paths):
        with open(toys.path("one.csv"), "w", encoding="utf-8") as file:
            file.write(f"path,label\n{path},{path.split('/')[1]}\n")
        toys.run("attack", "--method", "dgde", "toy.onnx", "one.csv", *OPTIONS, f"one-{i}")
        expected = rows_of(toys, "whole", path)
        assert_same(expected, rows_of(toys, "back", path), f"{path} in another order")
        assert_same(expected, rows_of(toys, f"one-{i}", path), f"{path} alone")


def test_same_name_twice(toys):
    """Two images of one name in two folders have two pictures each"""
    finished_run(toys, "run")
    names = query(toys, "run", "SELECT name, path FROM images ORDER BY id")
    assert names == [("1", "set/healthy/1.png"), ("2", "set/healthy/2.png"), ("3", "set/healthy/3.png"), ("1-2", "set/sick/1.png"),
                     ("2-2", "set/sick/2.png"), ("3-2", "set/sick/3.png")], names
    toys.run("verify", "run")


# ---- Disks -----------------------------------------------------------------------------------------------------------

def test_file_may_not_grow(toys):
    """Where run.db may not grow the line says so, the database is intact, and the run can be gone on with"""
    whole = finished_run(toys, "whole")
    n_cut = 0
    for kilobytes in (20, 60, 100, 140, 180):
        run = f"run-{kilobytes}"
        limit = kilobytes * 1024
        status, out, err = toys.run(*BEGIN, run, status=None,
                                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        if status == 0:
            continue
        assert status == 1 and out == "" and "run.db" in err.splitlines()[0], (status, out, err)
        if "go on with" in err:
            n_cut += 1
            assert query(toys, run, "PRAGMA integrity_check") == [("ok",)]
            toys.run("show", run)
        go_on(toys, run)
        assert_same(whole, contents(toys, run), run)
    assert n_cut > 0, "no limit cut the run short after it had begun"


def mount(folder, options):
    os.makedirs(folder, exist_ok=True)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True,
                                           check=False).returncode != 0:
        raise tap.Skip("mounting needs the right to")


def unmount(folder):
    subprocess.run(["umount", folder], check=True)


def test_disk_full(toys):
    """On a full disk the line says so, the database is intact, and the run can be gone on with when there is room"""
    whole = finished_run(toys, "whole")
    disk = toys.path("disk")
    mount(disk, "size=240k")
    try:
        _, out, err = toys.run(*BEGIN, "disk/run", status=1)
        assert out == "" and ("No space left" in err or "no space left" in err) and "go on with" in err, err
        shutil.copytree(toys.path("disk", "run"), toys.path("run"))
    finally:
        unmount(disk)
    assert query(toys, "run", "PRAGMA integrity_check") == [("ok",)]
    toys.run("attack", "--resume", "run", "--quiet")
    assert_same(whole, contents(toys, "run"), "disk full")
    assert not [name for name in os.listdir(toys.path("run", "originals")) if name.endswith(".part")]


def test_read_only_folder(toys):
    """A run that cannot be written is shown and verified, and nothing can be begun there"""
    disk = toys.path("disk %41?#")  # a name that SQLite would take apart if it were not written out
    if os.geteuid() == 0:
        mount(disk, "size=4m")
    else:
        os.mkdir(disk)
    try:
        finished_run(toys, os.path.join(disk, "run"))
        for name in ("cut", "incomplete"):
            kill_after_one(toys, os.path.join(disk, name))
        os.remove(os.path.join(disk, "incomplete", "run.db-shm"))
        if os.geteuid() == 0:
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        else:
            subprocess.run(["chmod", "-R", "a-w", disk], check=True)
        assert "5 of 5 (100.0 %)" in toys.run("show", os.path.join(disk, "run"))[1]
        assert "5 of 5 saved" in toys.run("verify", os.path.join(disk, "run"))[1]
        _, _, err = toys.run(*BEGIN, os.path.join(disk, "new"), status=1)
        assert "cannot make the folder" in err, err
        assert "still to do" in toys.run("show", os.path.join(disk, "cut"))[1]
        _, _, err = toys.run("show", os.path.join(disk, "incomplete"), status=1)
        assert "copy the folder first" in err, err
    finally:
        if os.geteuid() == 0:
            unmount(disk)
        else:
            subprocess.run(["chmod", "-R", "u+w", disk], check=True)


# ---- Verified --------------------------------------------------------------------------------------------------------

# What is done to a finished run, and what verify must name.
ALTERATIONS = [
    ("UPDATE pixels SET r = (r + 1) % 256 WHERE (image, y, x) = (SELECT image, y, x FROM pixels WHERE image = 2 LIMIT 1)",
     "run/adversarial/2.png: pixel ("),
    ("UPDATE pixels SET x = 99 WHERE (image, y, x) = (SELECT image, y, x FROM pixels WHERE image = 2 LIMIT 1)",
     "run/adversarial/2.png: pixel ("),
    ("UPDATE pixels SET before_g = (before_g + 1) % 256 WHERE (image, y, x) = (SELECT image, y, x FROM pixels WHERE image = 2 LIMIT 1)",
     "run/originals/2.png: pixel ("),
    ("DELETE FROM pixels WHERE (image, y, x) = (SELECT image, y, x FROM pixels WHERE image = 2 LIMIT 1)",
     "run/adversarial/2.png: "),
    ("UPDATE attacks SET l0 = l0 - 1 WHERE image = 2", "run/adversarial/2.png: "),
    ("UPDATE attacks SET p_adversarial = p_adversarial - 0.1 WHERE image = 2", "run/adversarial/2.png: the model says sick, P(healthy)"),
    ("UPDATE attacks SET p_original = 0.5 WHERE image = 2", "run/originals/2.png: the model says healthy, P(healthy)"),
    ("UPDATE attacks SET class_adversarial = 0 WHERE image = 2", "run/adversarial/2.png: the model says sick"),
    ("UPDATE attacks SET status = 'failed' WHERE image = 2", "2: its rows in run.db do not fit together"),
    ("UPDATE attacks SET class_original = 99999999 WHERE image = 2", "2: its rows in run.db do not fit together"),
    ("UPDATE attacks SET class_adversarial = -1 WHERE image = 2", "2: its rows in run.db do not fit together"),
    ("UPDATE images SET decision = 99999999 WHERE id = 2", "2: its rows in run.db do not fit together"),
    ("UPDATE images SET sha256 = NULL WHERE id = 2", "2: its rows in run.db do not fit together"),
    ("DELETE FROM attacks WHERE image = 2", "2: its rows in run.db do not fit together"),
    ("UPDATE images SET sha256 = substr(sha256, 2) || '0' WHERE id = 2", "run/originals/2.png: its pixels are not those that were saved"),
]


def assert_named(toys, words, *more):
    _, out, err = toys.run("verify", "run", *more, status=1)
    lines = out.splitlines()
    assert err == "" and len(lines) == 2 and lines[0].startswith(words), (words, out, err)
    assert lines[1] == "4 of 5 saved adversarial images hold", out


def test_rows_altered(toys):
    """Rows altered by hand are named by verify"""
    finished_run(toys, "kept")
    for sql, words in ALTERATIONS:
        shutil.rmtree(toys.path("run"), ignore_errors=True)
        shutil.copytree(toys.path("kept"), toys.path("run"))
        alter(toys, "run", sql)
        assert_named(toys, words)


def test_rows_altered_before_the_rest(toys):
    """A row altered by hand is named by --resume, which attacks nothing then"""
    finished_run(toys, "kept")
    for sql in ("decision = 99999999", "decision = -1", "label_class = 77", "sha256 = NULL"):
        shutil.rmtree(toys.path("run"), ignore_errors=True)
        shutil.copytree(toys.path("kept"), toys.path("run"))
        alter(toys, "run", "DELETE FROM attacks WHERE image = 2")
        alter(toys, "run", f"UPDATE images SET status = 'ready', {sql} WHERE id = 2")
        _, _, err = toys.run("attack", "--resume", "run", "--quiet", status=1)
        assert err.startswith("pinprick: run: the row of set/") and "cannot be of this model" in err, (sql, err)
    alter(toys, "kept", "UPDATE parameters SET value = 'x' WHERE option = 'queries'")
    _, _, err = toys.run("attack", "--resume", "kept", status=1)
    assert err.startswith("pinprick: kept/run.db: --queries: 'x'; expected"), err


def alter_pixel(toys, path, x, y):
    subprocess.run([toys.make_fixtures, "--alter", toys.path("run", path), str(x), str(y)], check=True)


def test_pictures_altered(toys):
    """A pixel altered in a saved picture, and a missing picture, are named by verify"""
    finished_run(toys, "kept")
    (x, y), = query(toys, "kept", "SELECT x, y FROM pixels WHERE image = 2 LIMIT 1")
    same = next((i % 16, i // 16) for i in range(256) if not query(toys, "kept", "SELECT * FROM pixels WHERE image = 2 AND x = ? AND y = ?",
                                                                   i % 16, i // 16))
    hurts = [
        (lambda: alter_pixel(toys, "adversarial/2.png", x, y), f"run/adversarial/2.png: pixel ({x}, {y}) is not as recorded"),
        (lambda: alter_pixel(toys, "adversarial/2.png", *same), f"run/adversarial/2.png: pixel ({same[0]}, {same[1]}) is not as recorded"),
        (lambda: alter_pixel(toys, "originals/2.png", x, y), "run/originals/2.png: its pixels are not those that were saved"),
        (lambda: os.remove(toys.path("run", "adversarial", "2.png")), "run/adversarial/2.png: cannot be opened"),
        (lambda: os.remove(toys.path("run", "originals", "2.png")), "run/originals/2.png: cannot be opened"),
        (lambda: open(toys.path("run", "adversarial", "2.png"), "w", encoding="utf-8").close(), "run/adversarial/2.png: is empty"),
        (lambda: shutil.copy(toys.path("run", "originals", "2.png"), toys.path("run", "adversarial", "2.png")),
         "run/adversarial/2.png: pixel ("),
    ]
    for hurt, words in hurts:
        shutil.rmtree(toys.path("run"), ignore_errors=True)
        shutil.copytree(toys.path("kept"), toys.path("run"))
        assert "5 of 5 saved" in toys.run("verify", "run")[1]
        hurt()
        assert_named(toys, words)


def test_another_model(toys):
    """Another model is named by verify"""
    finished_run(toys, "run")
    _, out, _ = toys.run("verify", "run", "--model", "other.onnx", status=1)
    assert out.startswith("other.onnx: another model than the run's"), out
    _, _, err = toys.run("verify", "run", "--model", "nothere.onnx", status=1)
    assert "nothere.onnx: cannot be read" in err, err


# ---- The trace -------------------------------------------------------------------------------------------------------

def unpack(stage):
    """{(x, y): (r, g, b)} of packed pixels: x and y in two bytes, low byte first, then three of colour."""
    assert len(stage) % 7 == 0
    pixels = [stage[i:i + 7] for i in range(0, len(stage), 7)]
    return {(p[0] + 256 * p[1], p[2] + 256 * p[3]): (p[4], p[5], p[6]) for p in pixels}


def test_trace(toys):
    """The trace has a row at every decrease, and the pixels at generations 0, 100, 200, every halving and the end, each within the last"""
    finished_run(toys, "run", "--queries", "8000", "--stall", "1000")
    n_late = 0
    for image, l0, queries in query(toys, "run", "SELECT image, l0, queries FROM attacks WHERE status = 'success'"):
        rows = query(toys, "run", "SELECT generation, queries, pixels, p_original, margin, stage FROM trace WHERE image = ? ORDER BY step", image)
        assert rows[0][0] == 0 and rows[0][5] and rows[-1][2] == l0 and rows[-1][5], image
        stored_at, last, half, before = set(), None, None, None
        for generation, spent, n_pixels, p, margin, stage in rows:
            assert 0 <= p < 0.5 and margin < 0 and spent <= queries
            if before:
                assert generation >= before[0] and spent >= before[1], (before, generation)
                assert n_pixels < before[2] or generation in (100, 200), "a row that is neither a decrease nor a stage"
            before = (generation, spent, n_pixels)
            assert stage or half is None or n_pixels > half, "a halving without its pixels"
            if not stage:
                continue
            pixels = unpack(stage)
            assert len(pixels) == n_pixels
            assert last is None or pixels.items() <= last.items(), "not within the stage before"
            stored_at.add(generation)
            last, half = pixels, n_pixels // 2
        final = {(x, y): (r, g, b) for x, y, r, g, b in query(toys, "run", "SELECT x, y, r, g, b FROM pixels WHERE image = ?", image)}
        assert last == final
        generations, = query(toys, "run", "SELECT generations FROM attacks WHERE image = ?", image)[0]
        for stage in (100, 200):
            assert generations < stage or stage in stored_at, (image, generations, stored_at)
            n_late += generations >= stage
    assert n_late > 0, "no attack was long enough to tell"


# ---- What is printed -------------------------------------------------------------------------------------------------

def test_json_keys(toys):
    """The JSON object has the keys that are promised, and is all that standard output holds"""
    import json
    _, out, _ = toys.run("attack", "toy.onnx", "set", "mixed", "--queries", "100", "--out", "run", "--format", "json", status=1)
    run = json.loads(out)
    number = (int, float)
    assert {"method": str, "goal": str, "seed": int, "model": str, "images": list, "summary": dict}.items() <= {
        key: type(value) for key, value in run.items()}.items()
    for image in run["images"]:
        assert {"path", "status", "p_original", "p_adversarial", "l0", "queries", "seconds", "stop", "verified"} <= set(image), image
        assert image["status"] in ("success", "failed", "misclassified", "unreadable") and isinstance(image["verified"], bool)
        assert (image["l0"] is None) == (image["status"] != "success") and isinstance(image["seconds"], number)
    summary = run["summary"]
    assert {"attacked", "succeeded", "l0", "queries", "seconds"} <= set(summary)
    assert list(summary["l0"]) == ["max", "min", "mean", "std", "median", "percent"]
    assert summary["queries"] == sum(image["queries"] for image in run["images"])


if __name__ == "__main__":
    sys.exit(tap.run_tests(sys.modules[__name__]))
