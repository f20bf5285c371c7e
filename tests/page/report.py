"""What the tests of the page share: making one, and reading its data as a script would."""
import html.parser
import json
import os
import shutil

BAD_NAME = "<script>alert(1)<&'\".png"


class Parser(html.parser.HTMLParser):
    """The text of each script element, and all elements that were seen."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.scripts, self.tags, self.text, self.in_script = [], [], "", False

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.in_script = tag == "script"
        self.text += " " * (tag in ("td", "th", "dd"))
        if self.in_script:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.in_script = self.in_script and tag != "script"

    def handle_data(self, data):
        if self.in_script:
            self.scripts[-1] += data
        else:
            self.text += data


def read(path):
    """The page, parsed, and its data."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    parser = Parser()
    parser.feed(text)
    return text, parser, json.loads(parser.scripts[0])


def attack(toys, out, *more, model="toy.onnx", images="set"):
    toys.run("attack", model, images, "--queries", "400", "--threads", "1", "--engine", "onnxruntime", "--quiet", "--out", out, *more)


def report(toys, *folders, out="report.html", environment=None):
    toys.run("report", *folders, "-o", out, "--quiet", env=environment)
    return toys.path(out)


def badly_named(toys):
    """A folder with an image, and a label, whose name is markup."""
    folder = toys.path("bad-names", "sick")
    os.makedirs(folder)
    shutil.copy(toys.path("set", "sick", "1.png"), os.path.join(folder, BAD_NAME))
    return "bad-names"
