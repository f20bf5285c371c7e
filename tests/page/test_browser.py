"""test_browser.py - the page in headless Chromium: what a person does with it, and that nothing is asked for and nothing goes wrong.

Skips where Chromium, its driver or Selenium is not installed (Debian: chromium, chromium-driver, python3-selenium)."""
import atexit
import json
import os
import shutil
import sys
import tempfile

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")]
import report as page  # noqa: E402
import tap  # noqa: E402

browser = None


def start_browser():
    """One for all tests: starting it takes seconds."""
    global browser
    if browser:
        return browser
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        raise tap.Skip("no Chromium: install chromium and chromium-driver")
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError as error:
        raise tap.Skip("no Selenium: install python3-selenium") from error
    options = webdriver.ChromeOptions()
    profile = tempfile.mkdtemp(prefix="pinprick-browser-")
    atexit.register(shutil.rmtree, profile, ignore_errors=True)
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=" + profile):
        options.add_argument(word)
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        browser = webdriver.Chrome(options=options, service=Service(driver))
    except Exception as error:
        raise tap.Skip("Chromium does not start: " + str(error).split("\n")[0]) from error
    atexit.register(browser.quit)
    return browser


def open_page(toys, width=1100, dark=False):
    """A page of six images, of which one is misclassified and one has a name that is markup."""
    chrome = start_browser()
    if not os.path.exists(toys.path("report.html")):
        page.attack(toys, "run", images="set")
        page.attack(toys, "bad", images=page.badly_named(toys))
        page.report(toys, "run", "bad")
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
    chrome.get_log("browser"), chrome.get_log("performance")
    chrome.get("file://" + toys.path("report.html"))
    return chrome


def check_quiet(chrome):
    """No complaint on the console, and no request but for the page itself."""
    assert chrome.get_log("browser") == []
    for entry in chrome.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            assert url.startswith(("file://", "data:")) and (url.startswith("data:") or url.endswith("report.html")), url


def run(chrome, script, *values):
    return chrome.execute_script(script, *values)


FIRST = "const image = document.querySelector('.list[data-run=\"1\"] .image[data-status=success]'); "


def open_first(chrome):
    run(chrome, FIRST + "image.querySelector('summary').click();")
    wait(chrome, FIRST + "return image.dataset.ready;")


def wait(chrome, script):
    from selenium.webdriver.support.ui import WebDriverWait
    WebDriverWait(chrome, 20).until(lambda _: run(chrome, script))


def test_open_and_slide(toys):
    """An image is opened, the slider goes through its stages, and the pictures are there"""
    chrome = open_page(toys)
    open_first(chrome)
    shown = FIRST + "return Array.from(image.querySelectorAll('.stage')).filter(s => s.offsetParent).map(s => Number(s.dataset.at));"
    last = run(chrome, FIRST + "return Number(image.querySelector('.slider').max);")
    assert last > 0 and run(chrome, shown) == [last]
    run(chrome, FIRST + "const s = image.querySelector('.slider'); s.value = 0; s.dispatchEvent(new Event('input', {bubbles: true}));")
    assert run(chrome, shown) == [0]
    assert run(chrome, FIRST + "return image.querySelector('.stage.shown .picture').getBoundingClientRect().width;") > 100
    check_quiet(chrome)


def test_zoom(toys):
    """A pixel of the table is zoomed to, and the whole image comes back"""
    chrome = open_page(toys)
    open_first(chrome)
    boxes = FIRST + "return Array.from(image.querySelectorAll('.picture')).map(p => p.getAttribute('viewBox'));"
    run(chrome, FIRST + "image.querySelector('.changed tbody tr').click();")
    zoomed = run(chrome, boxes)
    x, y = run(chrome, FIRST + "const r = image.querySelector('.changed tr.chosen'); return [Number(r.dataset.x), Number(r.dataset.y)];")
    assert len(set(zoomed)) == 1
    left, top, width, height = map(float, zoomed[0].split())
    assert width == height == 2 and left <= x < left + width and top <= y < top + height, (zoomed[0], x, y)
    run(chrome, FIRST + "image.querySelector('.whole').click();")
    assert set(run(chrome, boxes)) == {"0 0 16 16"}
    check_quiet(chrome)


def test_sort_and_filter(toys):
    """The list is sorted by pixels both ways, images without any last, and filtered by name, status and pixels"""
    chrome = open_page(toys)
    column = "return Array.from(document.querySelectorAll('.list[data-run=\"1\"] .image')).filter(i => !i.hidden).map(i => i.dataset.pixels);"
    before = run(chrome, column)
    numbers = sorted(int(text) for text in before if text)
    none = [""] * before.count("")
    click = "document.querySelector('.list[data-run=\"1\"] [data-key=pixels]').click();"
    run(chrome, click)
    assert run(chrome, column) == [str(n) for n in numbers] + none and len(numbers) > 2
    run(chrome, click)
    assert run(chrome, column) == [str(n) for n in reversed(numbers)] + none
    set_field = "const f = document.querySelector('.filter'); f[arguments[0]].value = arguments[1]; f.dispatchEvent(new Event('input'));"
    run(chrome, set_field, "status", "failed")
    assert run(chrome, column) == []
    run(chrome, set_field, "status", "")
    run(chrome, set_field, "high", str(numbers[0]))
    assert run(chrome, column) == [str(n) for n in numbers if n == numbers[0]]
    run(chrome, set_field, "high", "")
    run(chrome, set_field, "text", "SCRIPT")
    assert run(chrome, "return document.querySelector('.filter output').value;").startswith("1 of ")
    check_quiet(chrome)


def test_keyboard(toys):
    """With the keyboard alone: from image to image, open, through the stages, to a pixel, and closed again"""
    chrome = open_page(toys)
    from selenium.webdriver.common.keys import Keys
    run(chrome, FIRST + "image.querySelector('summary').focus();")

    def press(key):
        chrome.switch_to.active_element.send_keys(key)

    focused = "return document.activeElement.closest('.image').id;"
    first = run(chrome, focused)
    press(Keys.ARROW_DOWN)
    assert run(chrome, focused) != first
    press(Keys.ARROW_UP)
    assert run(chrome, focused) == first
    press(Keys.ENTER)
    wait(chrome, FIRST + "return image.open && image.dataset.ready;")
    last = run(chrome, FIRST + "return Number(image.querySelector('.slider').value);")
    press(Keys.ARROW_LEFT)
    assert run(chrome, FIRST + "return Number(image.querySelector('.slider').value);") == last - 1
    press("n")
    assert run(chrome, FIRST + "return image.querySelectorAll('.changed tr.chosen').length;") == 1
    press(Keys.ESCAPE)
    assert not run(chrome, FIRST + "return image.open;")
    check_quiet(chrome)


def test_markup_is_text(toys):
    """A name that is markup is read as a name"""
    chrome = open_page(toys)
    assert page.BAD_NAME in run(chrome, "return document.querySelector('.list[data-run=\"2\"] .name').textContent;")
    data = run(chrome, "return JSON.parse(document.getElementById('report-data').textContent).runs[1].images[0].path;")
    assert data.endswith(page.BAD_NAME)
    check_quiet(chrome)


def test_names_for_those_who_do_not_see(toys):
    """Every picture, field and button has a name"""
    chrome = open_page(toys)
    nameless = run(chrome, """
        const named = e => e.getAttribute('aria-label') || e.getAttribute('alt') || e.textContent.trim() || (e.labels && e.labels.length);
        return Array.from(document.querySelectorAll('svg[role=img], img, input, select, button')).filter(e => !named(e)).map(e => e.outerHTML);
    """)
    assert nameless == [], nameless
    hidden = run(chrome, "return Array.from(document.querySelectorAll('svg:not([role=img])')).filter(e => e.getAttribute('aria-hidden') !== 'true').length;")
    assert hidden == 0


def test_dark_and_narrow(toys):
    """Dark where the system is, and nothing wider than a telephone of 380 pixels"""
    ground = "return getComputedStyle(document.body).backgroundColor;"
    light = run(open_page(toys), ground)
    chrome = open_page(toys, width=380, dark=True)
    dark = run(chrome, ground)
    assert light != dark and sum(map(int, dark[4:-1].split(","))) < 150 < sum(map(int, light[4:-1].split(","))), (light, dark)
    open_first(chrome)
    assert run(chrome, "return document.documentElement.scrollWidth;") <= 380
    check_quiet(chrome)


def test_without_script(toys):
    """Without JavaScript the answer, the tables and every picture are there to be read"""
    chrome = start_browser()
    chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        chrome = open_page(toys)
        body = chrome.find_element("tag name", "body").text
        assert "The answer" in body and "Table 2" in body and "pixels, median" in body and "status" not in body.split("\n")
        image = chrome.find_element("css selector", ".image[data-status=success]")
        image.find_element("css selector", "summary").click()
        assert all(picture.is_displayed() for picture in image.find_elements("css selector", ".picture"))
        assert not image.find_element("css selector", ".tools").is_displayed()
    finally:
        chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


if __name__ == "__main__":
    sys.exit(tap.run_tests(sys.modules[__name__]))
