#!/usr/bin/env python3
"""A run in parts: shards, merged, have the rows and pictures of one run; so has a run that several processes shared."""
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402
import test_run_folder as folder  # noqa: E402

BEGIN = ["attack", "--method", "dgde", "--queries", "400", "--engine", "onnxruntime", "--quiet"]
SET = ["pattern.onnx", "patterned"]  # the plain ones are flipped by donors only: what an image comes to depends on others


def whole_run(toys, name="whole"):
    toys.run(*BEGIN, *SET, "--out", name)
    assert folder.query(toys, name, "SELECT count(*) FROM attacks WHERE rung = 'donor'") > [(0,)], "no donor was needed: the test is void"
    return folder.contents(toys, name)


def shards(toys, n):
    names = [f"part-{i}" for i in range(1, n + 1)]
    for i, name in enumerate(names, 1):
        toys.run(*BEGIN, *SET, "--shard", f"{i}/{n}", "--out", name)
    return names


# ---- Shards ----------------------------------------------------------------------------------------------------------

def test_two_shards_merged(toys):
    """Two shards merged have the rows and pictures of one run"""
    whole = whole_run(toys)
    parts = shards(toys, 2)
    done = [folder.query(toys, part, "SELECT count(*) FROM images WHERE status != 'elsewhere'")[0][0] for part in parts]
    assert all(done) and sum(done) == len(whole["images"]), done
    _, shown, _ = toys.run("merge", *parts, "--out", "merged", "--quiet")
    folder.assert_same(whole, folder.contents(toys, "merged"), "merged")
    assert shown == toys.run("show", "merged")[1]
    _, out, _ = toys.run("verify", "merged")
    assert "still to be done" not in out, out


def test_merged_twice(toys):
    """Merging once more, into the same folder or with runs named twice, changes nothing"""
    parts = shards(toys, 3)
    toys.run("merge", *parts, "--out", "merged")
    once = folder.contents(toys, "merged")
    for runs in (parts, parts[::-1], parts + parts, ["merged"]):
        toys.run("merge", *runs, "--out", "merged")
        folder.assert_same(once, folder.contents(toys, "merged"), str(runs))
    toys.run("merge", *parts, *parts, "--out", "again")
    folder.assert_same(once, folder.contents(toys, "again"), "again")


def test_missing_shard(toys):
    """A merged run without one of the shards is completed by --resume, or by merging that shard later"""
    whole = whole_run(toys)
    parts = shards(toys, 3)
    for name in ("resumed", "later"):
        _, out, _ = toys.run("merge", parts[0], parts[2], "--out", name)
        assert "still to do" in out, out
    toys.run("attack", "--resume", "resumed", "--quiet")
    toys.run("merge", parts[1], "--out", "later")
    folder.assert_same(whole, folder.contents(toys, "resumed"), "resumed")
    folder.assert_same(whole, folder.contents(toys, "later"), "later")


def test_shard_that_was_stopped(toys):
    """A shard that was killed gives what it has, and all of it when it was gone on with"""
    whole = whole_run(toys)
    parts = shards(toys, 2)
    shutil.rmtree(toys.path(parts[0]))
    process = toys.start(*[word for word in BEGIN if word != "--quiet"], *SET, "--shard", "1/2", "--out", parts[0])
    for line in process.stderr:
        if line.split()[:1] and line.split()[0].startswith("1/"):
            break
    process.kill()
    process.communicate()
    toys.run("merge", *parts, "--out", "merged")
    toys.run("attack", "--resume", parts[0], "--quiet")
    toys.run("merge", *parts, "--out", "merged")
    folder.assert_same(whole, folder.contents(toys, "merged"), "merged")


def test_other_parts_are_looked_at(toys):
    """A shard knows of each image what the whole run knows, and keeps pictures of its own only"""
    whole_run(toys)
    seen = "SELECT path, sha256, decision, probabilities FROM images ORDER BY id"
    expected = folder.query(toys, "whole", seen)
    for part in shards(toys, 3):
        assert folder.query(toys, part, seen) == expected
        own = [name + ".png" for name, in folder.query(toys, part, "SELECT name FROM images WHERE status != 'elsewhere'")]
        assert sorted(own) == sorted(os.listdir(toys.path(part, "originals")))


def test_donor_that_changed(toys):
    """An image of another part that is no longer what was looked at is not used"""
    parts = shards(toys, 2)
    path, part = next((path, part) for part in parts for path, in folder.query(
        toys, part, "SELECT source FROM images WHERE status = 'elsewhere' AND path LIKE 'patterned/marked%'"))
    for path, in folder.query(toys, part, "SELECT source FROM images WHERE status = 'elsewhere' AND path LIKE 'patterned/marked%'"):
        shutil.copy(toys.path("patterned", "plain", "p1.png"), path)
    for name, in folder.query(toys, part, "SELECT name FROM images WHERE status = 'success' AND path LIKE 'patterned/plain%'"):
        os.remove(toys.path(part, "adversarial", name + ".png"))
    folder.alter(toys, part, "UPDATE images SET status = 'ready' WHERE path LIKE 'patterned/plain%' AND status = 'success'")
    for table in ("pixels", "trace", "pareto", "attacks"):
        folder.alter(toys, part, f"DELETE FROM {table} WHERE image IN (SELECT id FROM images WHERE status = 'ready')")
    _, _, err = toys.run("attack", "--resume", part, "--quiet", status=1)
    assert "its pixels are not those that were looked at" in err, err


# ---- Refused ---------------------------------------------------------------------------------------------------------

def test_refused(toys):
    """Runs of another model, method, parameter, mask or image are refused by name, and nothing is written"""
    toys.run(*BEGIN, *SET, "--out", "run")
    others = {
        "other.onnx patterned --label-map plain=healthy,marked=sick": "its model (SHA-256) is ",
        "pattern.onnx patterned --method noise": "its method is noise, not dgde",
        "pattern.onnx patterned --queries 300": "its --queries is 300, not 400",
        "pattern.onnx patterned --seed 5": "its --seed is 5, not 1",
        "pattern.onnx patterned --goal targeted:plain": "its --goal is targeted:plain, not untargeted",
        "pattern.onnx patterned --region masks/right.png": "its mask (SHA-256) is ",
        "pattern.onnx patterned --scores-only": "its source of scores is ",
        "pattern.onnx patterned --positive 0": "its --positive is 0, not none",
    }
    for number, (words, complaint) in enumerate(others.items()):
        name = f"other-{number}"
        toys.run(*BEGIN, *words.split(), "--out", name)
        _, out, err = toys.run("merge", "run", name, "--out", "merged", status=1)
        assert out == "" and err.startswith(f"pinprick: {name}: cannot be merged with run: {complaint}"), (words, err)
        assert not os.path.exists(toys.path("merged"))
    shutil.copy(toys.path("patterned", "plain", "p1.png"), toys.path("patterned", "plain", "p2.png"))
    toys.run(*BEGIN, *SET, "--out", "changed")
    _, _, err = toys.run("merge", "run", "changed", "--out", "merged", status=1)
    assert "changed: cannot be merged with run: patterned/plain/p2.png is another image there" in err, err
    with open(toys.path("set", "list.csv"), "w", encoding="utf-8") as file:
        file.write("path,label\nsick/1.png,plain\n")
    with open(toys.path("set", "other.csv"), "w", encoding="utf-8") as file:
        file.write("path,label\nsick/1.png,marked\n")
    toys.run(*BEGIN, "pattern.onnx", "set/list.csv", "--out", "list")
    toys.run(*BEGIN, "pattern.onnx", "set/other.csv", "--out", "relabelled")
    _, _, err = toys.run("merge", "list", "relabelled", "--out", "merged", status=1)
    assert "relabelled: cannot be merged with list: set/sick/1.png has label marked, not plain" in err, err
    assert not os.path.exists(toys.path("merged"))


def test_what_may_differ(toys):
    """Threads, batch, engine and where files lie do not keep runs apart"""
    whole = whole_run(toys)
    os.mkdir(toys.path("moved"))
    shutil.copy(toys.path("masks", "white.png"), toys.path("moved", "white.png"))
    toys.run(*BEGIN, *SET, "--region", "masks/white.png", "--threads", "1", "--shard", "1/2", "--out", "one")
    toys.run(*BEGIN, *SET, "--region", "moved/white.png", "--threads", "2", "--batch", "7", "--engine", "auto", "--shard", "2/2", "--out", "two")
    toys.run("merge", "one", "two", "--out", "merged")
    folder.assert_same(whole, folder.contents(toys, "merged"), "merged", leave_out=["parameters", "runs"])


def test_different_images(toys):
    """Runs of different images become one of them all; an image in both is there once, one named twice is there twice"""
    toys.run(*BEGIN, "toy.onnx", "set/sick", "--out", "one")
    toys.run(*BEGIN, "toy.onnx", "set/sick/1.png", "set/sick/1.png", "set/healthy", "--out", "two")
    toys.run("merge", "one", "two", "--out", "merged")
    images = folder.query(toys, "merged", "SELECT path, name FROM images ORDER BY id")
    assert images == [("set/sick/1.png", "1"), ("set/sick/2.png", "2"), ("set/sick/3.png", "3"), ("set/sick/1.png", "1-2"),
                      ("set/healthy/1.png", "1-3"), ("set/healthy/2.png", "2-2"), ("set/healthy/3.png", "3-2")], images
    assert folder.query(toys, "merged", "SELECT count(*) FROM images WHERE status IN ('pending', 'ready', 'elsewhere')") == [(0,)]
    toys.run("verify", "merged")


def test_into_a_folder(toys):
    """A shard, a run at work and a folder with other things are no target"""
    parts = shards(toys, 2)
    _, _, err = toys.run("merge", *parts, "--out", parts[1], status=1)
    assert f"{parts[1]}: holds part 2/2 of a run; say another --out" in err, err
    os.makedirs(toys.path("mine", "originals"))
    shutil.copy(toys.path("set", "sick", "1.png"), toys.path("mine", "originals", "1.png"))
    _, _, err = toys.run("merge", *parts, "--out", "mine", status=1)
    assert "is there already, and not empty" in err and os.listdir(toys.path("mine")) == ["originals"], err
    _, _, err = toys.run("merge", *parts, "nothere", "--out", "merged", status=1)
    assert "nothere: no run there" in err and not os.path.exists(toys.path("merged")), err
    os.remove(toys.path(parts[0], "originals", os.listdir(toys.path(parts[0], "originals"))[0]))
    _, _, err = toys.run("merge", *parts, "--out", "merged", status=1)
    assert "cannot be opened: No such file or directory" in err, err


# ---- Ranks -----------------------------------------------------------------------------------------------------------

def start_ranks(toys, n, *arguments):
    """Starts n ranks. Skips where there is no MPI."""
    if not shutil.which("mpirun"):
        raise tap.Skip("no mpirun")
    launch = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n"]
    probe = subprocess.run([*launch, "2", toys.pinprick, "attack", "--help", "x"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        raise tap.Skip("mpirun does not run here: " + probe.stderr[:200].replace("\n", " "))
    return subprocess.Popen([*launch, str(n), toys.pinprick, *arguments], cwd=toys.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def run_ranks(toys, n, *arguments, status=0):
    process = start_ranks(toys, n, *arguments)
    out, err = process.communicate(timeout=200)
    if "built without MPI" in err:
        raise tap.Skip("built without MPI")
    assert process.returncode == status, (process.returncode, out, err)
    return out, err


def ranks_of(mpirun):
    """Process numbers of an mpirun's ranks, by rank."""
    found = {}
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
            with open(f"/proc/{number}/environ", encoding="utf-8", errors="replace") as file:
                words = dict(word.split("=", 1) for word in file.read().split("\0") if "=" in word)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if parent == mpirun.pid and "OMPI_COMM_WORLD_RANK" in words:
            found[int(words["OMPI_COMM_WORLD_RANK"])] = int(number)
    return found


def test_ranks(toys):
    """One, two and four ranks come to the rows and pictures of one process, whatever the images"""
    images = ["patterned", "broken"]
    shutil.copytree(toys.path("mixed"), toys.path("broken"))
    toys.run(*BEGIN, "pattern.onnx", *images, "--out", "whole", status=1)
    whole = folder.contents(toys, "whole")
    for n in (1, 2, 4):
        out, err = run_ranks(toys, n, *BEGIN, "pattern.onnx", *images, "--out", f"ranks-{n}", status=1)
        folder.assert_same(whole, folder.contents(toys, f"ranks-{n}"), f"{n} ranks")
        assert out.count("Table 2") == 1 and err.count("some images could not be read") == 1, (out, err)


def test_ranks_choose_one_engine(toys):
    """With --engine auto all ranks use what rank 0 chose"""
    run_ranks(toys, 3, "attack", "toy.onnx", "set", "--queries", "300", "--quiet", "--out", "auto")
    engine, = folder.query(toys, "auto", "SELECT value FROM parameters WHERE option = 'engine'")[0]
    dense, = folder.query(toys, "auto", "SELECT value FROM parameters WHERE option = 'dense-from'")[0]
    toys.run("attack", "toy.onnx", "set", "--queries", "300", "--quiet", "--engine", engine, "--dense-from", dense, "--out", "said")
    folder.assert_same(folder.contents(toys, "said"), folder.contents(toys, "auto"), "auto")


LONG = ["attack", "--method", "dgde", "--queries", "20000", "--engine", "onnxruntime", "--threads", "1"]


def kill_one_rank(toys, run, victim):
    """Kills a rank of four in the middle, and waits for the rest to end as they do."""
    process = start_ranks(toys, 4, *LONG, *SET, "--out", run)
    for line in process.stderr:
        if line.split()[:1] == ["1/8"]:
            break
    numbers = ranks_of(process)
    assert sorted(numbers) == [0, 1, 2, 3], numbers
    os.kill(numbers[victim], signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode != 0
    while any(os.path.exists(f"/proc/{number}") for number in numbers.values()):
        time.sleep(0.1)
    n_done, = folder.query(toys, run, "SELECT count(*) FROM attacks")[0]
    assert 1 <= n_done < 8, n_done


def test_killed_rank(toys):
    """After kill -9 of one of four ranks, rank 0 or another, --resume gives the rows of a run never disturbed"""
    run_ranks(toys, 2, *BEGIN, *SET, "--out", "probe")
    toys.run(*LONG, *SET, "--quiet", "--out", "whole")
    whole = folder.contents(toys, "whole")
    for victim in (2, 0):
        kill_one_rank(toys, f"killed-{victim}", victim)
        shutil.copytree(toys.path(f"killed-{victim}"), toys.path(f"ranks-{victim}"))
        toys.run("attack", "--resume", f"killed-{victim}", "--quiet")
        run_ranks(toys, 4, "attack", "--resume", f"ranks-{victim}", "--quiet")
        folder.assert_same(whole, folder.contents(toys, f"killed-{victim}"), "resumed by one process")
        folder.assert_same(whole, folder.contents(toys, f"ranks-{victim}"), "resumed by four ranks")


def test_interrupted_ranks(toys):
    """SIGTERM to mpirun keeps what is done, and --resume goes on"""
    run_ranks(toys, 2, *BEGIN, *SET, "--out", "probe")
    toys.run(*LONG, *SET, "--quiet", "--out", "whole")
    process = start_ranks(toys, 3, *LONG, *SET, "--out", "run")
    for line in process.stderr:
        if line.split()[:1] == ["1/8"]:
            break
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode != 0
    run_ranks(toys, 3, "attack", "--resume", "run", "--quiet")
    folder.assert_same(folder.contents(toys, "whole"), folder.contents(toys, "run"), "run")


def test_ranks_that_cannot_begin(toys):
    """What is wrong with a run is said once, and all ranks end"""
    for arguments, words, status in (
            (["attack", "nothere.onnx", "set", "--out", "run"], "pinprick: nothere.onnx: cannot be read", 1),
            (["attack", "toy.onnx", "set", "--goal", "up", "--out", "run"], "pinprick: --goal", 2),
            (["attack", "toy.onnx"], "expected a model and images", 2),
            (["attack", "toy.onnx", "mixed", "--strict", "--out", "run"], "pinprick: mixed/", 1)):
        _, err = run_ranks(toys, 3, *arguments, status=status)
        assert err.count(words) == 1, err


if __name__ == "__main__":
    sys.exit(tap.run_tests(sys.modules[__name__]))
