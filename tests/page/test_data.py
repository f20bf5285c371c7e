"""test_data.py - the page as a reader of its JSON and its HTML sees it: every number is one of run.db, and no name becomes markup."""
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")]
import report as page  # noqa: E402
import tap  # noqa: E402


def near(a, b):
    return a == b or (a is not None and b is not None and abs(a - b) <= 1e-8 * max(1, abs(a), abs(b)))


def rows(toys, run, query):
    with sqlite3.connect(toys.path(run, "run.db")) as db:
        return db.execute(query).fetchall()


def hexes(row):
    return [row[0], row[1], "#%02x%02x%02x" % row[2:5], "#%02x%02x%02x" % row[5:8]]


def check_image(toys, run, image):
    one = f"image = {image['id']}"
    path, status, name = rows(toys, run, f"SELECT path, status, name FROM images WHERE id = {image['id']}")[0]
    assert (image["path"], image["status"], image["name"]) == (path, status, name), image
    found = rows(toys, run, f"SELECT p_original, p_adversarial, l0, queries, generations, seconds, stop FROM attacks WHERE {one}")
    for row in found:
        told = [image[k] for k in ("p_original", "p_adversarial", "l0", "queries", "generations", "seconds", "stop")]
        expected = list(row[:2]) + [row[2] if status == "success" else None] + list(row[3:])
        assert all(near(a, b) if isinstance(b, float) else a == b for a, b in zip(told, expected)), (told, expected)
    trace = rows(toys, run, f"SELECT generation, queries, pixels, p_original, margin FROM trace WHERE {one} ORDER BY step")
    assert len(trace) == len(image["trace"])
    assert all(near(a, b) for old, new in zip(trace, image["trace"]) for a, b in zip(old, new)), (trace, image["trace"])
    pixels = rows(toys, run, f"SELECT x, y, before_r, before_g, before_b, r, g, b FROM pixels WHERE {one} ORDER BY y, x")
    assert image.get("changed", []) == [hexes(row) for row in pixels[:1024]], image
    return len(pixels)


def test_numbers(toys):
    """Every number of the page's data is found in run.db"""
    page.attack(toys, "run")
    _, _, data = page.read(page.report(toys, "run"))
    run, = data["runs"]
    n_pixels = sum(check_image(toys, "run", image) for image in run["images"])
    assert sum(run["heat"]["counts"]) == n_pixels
    l0 = [row[0] for row in rows(toys, "run", "SELECT l0 FROM attacks WHERE status = 'success'")]
    told = run["summary"]["l0"]
    assert (told["max"], told["min"], told["median"]) == (max(l0), min(l0), statistics.median(l0)), told
    assert near(told["mean"], statistics.mean(l0)) and near(told["std"], statistics.stdev(l0)), told
    assert near(told["percent"], statistics.mean(l0) / 256 * 100) and near(run["median_percent"], statistics.median(l0) / 256 * 100)
    attacked, = rows(toys, "run", "SELECT count(*), sum(queries) FROM attacks")
    assert (run["summary"]["attacked"], run["summary"]["queries"]) == attacked
    assert near(run["success_percent"], 100 * len(l0) / attacked[0])


def test_curves(toys):
    """The robust-accuracy curve is counted from run.db, and the figures' numbers are those of plot"""
    page.attack(toys, "run")
    _, _, data = page.read(page.report(toys, "run"))
    figures = {figure["name"]: figure for figure in data["figures"]}
    falls = [l0 if status == "success" else float("inf")
             for l0, status in rows(toys, "run", "SELECT l0, status FROM attacks")]
    falls += [0 for _ in rows(toys, "run", "SELECT 1 FROM images WHERE status = 'misclassified'")]
    curve, = figures["robust"]["curves"]
    for pixels, share in curve["points"]:
        assert near(share, sum(fall > pixels for fall in falls) / len(falls)), (pixels, share)
    for name, figure in figures.items():
        toys.run("plot", "run", "--figure", name, "-o", "numbers.csv")
        with open(toys.path("numbers.csv"), encoding="utf-8") as file:
            lines = file.read().splitlines()[1:]
        points = [point for curve in figure["curves"] for point in curve["points"]]
        assert [[float(word) for word in line.split(",")[-2:]] for line in lines] == points, name


def test_tables_in_html(toys):
    """What the page says in its tables is what show says"""
    page.attack(toys, "run")
    _, parser, _ = page.read(page.report(toys, "run"))
    _, out, _ = toys.run("show", "run", "--format", "json")
    l0 = json.loads(out)["summary"]["l0"]
    words = parser.text.split()
    for text in (str(l0["max"]), str(l0["min"]), f"{l0['mean']:.2f}", f"{l0['std']:.2f}", f"{l0['percent']:.4f}", f"{l0['median']:.1f}"):
        assert text in words, text


def test_markup(toys):
    """A file named <script> is shown, not run"""
    folder = page.badly_named(toys)
    page.attack(toys, "<b>run", images=folder)
    text, parser, data = page.read(page.report(toys, "<b>run"))
    assert data["runs"][0]["images"][0]["path"].endswith(page.BAD_NAME)
    assert page.BAD_NAME in parser.text
    assert [tag for tag, _ in parser.tags].count("script") == 2 and "b>run" not in [tag for tag, _ in parser.tags]
    assert "<script>alert" not in text and "<b>run" not in text
    assert "</script" not in parser.scripts[1] and "</style" not in text.split("<style>")[1].split("</style>")[0]


def test_nothing_from_elsewhere(toys):
    """The page asks for nothing: pictures are in it, and its policy forbids the rest"""
    page.attack(toys, "run")
    text, parser, _ = page.read(page.report(toys, "run"))
    for tag, attributes in parser.tags:
        for name in ("src", "href", "xlink:href", "action", "data", "srcset", "poster"):
            value = attributes.get(name)
            assert not value or value.startswith(("data:image/", "#")), (tag, name, value[:80])
    assert tag != "link" and "url(" not in text and "@import" not in text
    policy = [a["content"] for t, a in parser.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"][0]
    assert policy.startswith("default-src 'none'"), policy


def test_pairs(toys):
    """Of two runs each shared image counts once, and the sign test is that of the counts"""
    page.attack(toys, "a")
    page.attack(toys, "b", model="other.onnx")
    _, parser, data = page.read(page.report(toys, "a", "b"))
    pair, = data["pairs"]
    l0 = [{path: l0 if status == "success" else float("inf") for path, l0, status in
           rows(toys, run, "SELECT source, l0, attacks.status FROM attacks JOIN images ON id = image")} for run in "ab"]
    shared = l0[0].keys() & l0[1].keys()
    assert pair["images"] == len(shared) > 0
    assert pair["a_more"] == sum(l0[0][path] > l0[1][path] for path in shared)
    assert pair["b_more"] == sum(l0[0][path] < l0[1][path] for path in shared)
    assert pair["same"] == pair["images"] - pair["a_more"] - pair["b_more"]
    n, k = pair["a_more"] + pair["b_more"], min(pair["a_more"], pair["b_more"])
    from math import comb
    assert near(pair["p"], min(1, 2 * sum(comb(n, i) for i in range(k + 1)) / 2 ** n)), pair
    assert "Neither model" in parser.text or "is more robust" in parser.text


def test_command(toys):
    """The command in its head does the run again"""
    page.attack(toys, "run", "--seed", "7", "--gray")
    _, _, data = page.read(page.report(toys, "run"))
    command = data["runs"][0]["command"]
    assert "--seed 7" in command and "--gray" in command, command
    folder = os.path.dirname(toys.pinprick)
    again = command.replace("pinprick attack", f"{folder}/pinprick attack --out again --quiet")
    try:
        subprocess.run(["sqlite3", "--version"], capture_output=True, check=True)
    except OSError as error:
        raise tap.Skip("no sqlite3") from error
    done = subprocess.run(["bash", "-ec", again], cwd=toys.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + again
    query = "SELECT image, l0, p_adversarial, queries FROM attacks"
    assert rows(toys, "again", query) == rows(toys, "run", query)


def test_other_runs(toys):
    """Noise, failures, three classes, one image, unreadable images and a run that is not finished have a page, too"""
    toys.run("noise", "toy.onnx", "set", "--quiet", "--out", "noise")
    page.attack(toys, "failed", "--queries", "2")
    page.attack(toys, "three", model="three.onnx", images="set/sick/1.png")
    toys.run("attack", "toy.onnx", "mixed", "--queries", "50", "--quiet", "--out", "mixed", status=1)
    page.attack(toys, "half")
    with sqlite3.connect(toys.path("half", "run.db")) as db:
        db.executescript("UPDATE images SET status = 'ready' WHERE id > 3; DELETE FROM attacks WHERE image > 3;")
    for run, words in (("noise", "Table 1. noise"), ("failed", "nothing flipped"), ("three", "dark"), ("mixed", "unreadable"),
                       ("half", "not finished")):
        _, parser, data = page.read(page.report(toys, run))
        assert re.search(words, parser.text), run
        assert data["runs"][0]["folder"] == run


def test_missing_pictures(toys):
    """A picture that is gone leaves its image without one, and a missing gnuplot its figures as numbers"""
    page.attack(toys, "run")
    os.remove(toys.path("run", "originals", "1.png"))
    _, parser, data = page.read(page.report(toys, "run", environment={"PATH": "/nowhere"}))
    assert "The picture is not in this page" in parser.text
    assert "No drawing, only its numbers" in parser.text and data["figures"][0]["curves"][0]["points"]


if __name__ == "__main__":
    sys.exit(tap.run_tests(sys.modules[__name__]))
