#!/usr/bin/python3
"""Opens the pages of `alexnet time --html` and `alexnet explain --html` in headless Chromium.

    browser_test.py BUILD_FOLDER

Each page is valid HTML, smaller than 300 KB, loads nothing, writes nothing to the console and is no wider than the screen. No
drawing is cut off on a screen of 500 pixels, and nothing glares in the dark. The slices of a ring can be told apart and found in
the legend. Printed on A4, nothing of a time page is cut off, and its numbers are those of the JSON and of the text; with
--compare, the changes are on a screen of 1280 pixels. BUILD_FOLDER/pages holds the pages and their screenshots.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.chrome.service import Service

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIDTHS = (390, 500, 800, 1280)
MAX_BYTES = 300_000
A4 = (794, 1123)  # CSS pixels
DRAWINGS = ("by-layer", "by-kind", "bars", "roofline", "timeline")


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def alexnet(build, *words):
    done = subprocess.run([build / "bin" / "alexnet", *words], text=True, check=True, stdout=subprocess.PIPE, timeout=60,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"})
    return done.stdout


def with_long_rows(report):
    """Returns the report with long layer names and large counts, which give the widest table."""
    def longer(name):
        return name and "/features/features.0/" + name

    layers = [{**layer, "name": longer(layer["name"]), "fused_into": longer(layer["fused_into"]),
               "counters": {"cycles": 12345678901.0, "instructions": 12345678901.0, "ipc": 1.0, "cache_misses": 1234567890.0}}
              for layer in report["layers"]]
    return {**report, "counters": "counted", "layers": layers}


def make_pages(build, folder):
    """Returns the reports of the time pages by the page's name; pages of explain have none."""
    photo = str(ROOT / "data/photos/cat.png")
    runs = {
        "time": ["time", "-n", "5"],
        "time-photo": ["time", photo, "-n", "5", "--engine", "eigen"],
        "time-engines": ["time", "-n", "5", "--engine", "eigen,packed"],
        "time-compare": ["time", "-n", "5", "--compare", str(folder / "time.json")],
        "time-alexnet": ["time", "-n", "5", "-m", "alexnet", "--random-weights", "--batch", "2"],
        "time-alexnet-eigen": ["time", "-n", "5", "-m", "alexnet", "--random-weights", "--engine", "eigen"],
    }
    reports = {}
    for name, words in runs.items():
        text = alexnet(build, *words, "--json", "--html", str(folder / f"{name}.html"))
        (folder / f"{name}.json").write_text(text)
        reports[name] = json.loads(text)
    long = folder / "long.json"
    long.write_text(json.dumps(with_long_rows(reports["time"])))
    text = alexnet(build, "time", "--from", str(long), "--compare", str(long), "--json", "--html", str(folder / "time-long.html"))
    (folder / "time-long.json").write_text(text)
    reports["time-long"] = json.loads(text)
    explained = {
        "explain-worked-example": ["-m", "worked-example", "conv"],
        "explain-conv2": ["conv2", photo],
        "explain-conv1": ["-m", "alexnet", "conv1", photo, "--random-weights"],
        "explain-pool1": ["pool1", photo],
        "explain-fc6": ["fc6", photo],
    }
    for name, words in explained.items():
        alexnet(build, "explain", *words, "--html", str(folder / f"{name}.html"))
        reports[name] = None
    return reports


def open_browser(profile):
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
                 f"--user-data-dir={profile}"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def set_screen(browser, width, height, scheme, media="screen"):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                            {"media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}]})


def check_layout(browser, page):
    papers = {}
    for scheme, widths in (("light", WIDTHS), ("dark", WIDTHS[-1:])):
        for width in widths:
            set_screen(browser, width, 900, scheme)
            wide, high = browser.execute_script(
                "const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]")
            check(wide <= width, f"is {wide} wide on a screen of {width}")
            papers[scheme] = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
            set_screen(browser, width, min(high, 8000), scheme)
            browser.save_screenshot(str(page.with_name(f"{page.stem}-{width}-{scheme}.png")))
            if width >= 500:
                check_nothing_is_cut(browser, width)
            if scheme == "dark":
                check_nothing_glares(browser)
    check(papers["light"] != papers["dark"], "looks the same in dark mode")


def check_nothing_is_cut(browser, width):
    """Checks that drawings fit on the screen and that only tables of layers scroll."""
    cut = browser.execute_script(
        "const name = (e) => `${e.tagName}.${e.getAttribute('class')} ${e.id}`;"
        "const wide = Array.from(document.querySelectorAll('svg, img, figure, table:not(.layers)'))"
        "  .filter((e) => e.getBoundingClientRect().right > arguments[0] + 0.5);"
        "const scrolling = Array.from(document.querySelectorAll('main :is(div, section, figure)')).filter((e) => e.scrollWidth > e.clientWidth + 1"
        "  && getComputedStyle(e).overflowX !== 'visible' && !e.querySelector(':scope > table.layers'));"
        "return wide.concat(scrolling).map(name)", width)
    check(cut == [], f"is clipped on a screen {width} pixels wide: {cut}")


def check_nothing_glares(browser):
    """Checks that less than a thousandth of the page is white or bright yellow."""
    shares = browser.execute_async_script(
        "const done = arguments[1]; const image = new Image();"
        "image.onload = () => {"
        "  const canvas = document.createElement('canvas'); canvas.width = image.width; canvas.height = image.height;"
        "  const context = canvas.getContext('2d'); context.drawImage(image, 0, 0);"
        "  const p = context.getImageData(0, 0, image.width, image.height).data; let white = 0; let yellow = 0;"
        "  for (let i = 0; i < p.length; i += 4) {"
        "    white += Math.min(p[i], p[i + 1], p[i + 2]) > 230;"
        "    yellow += p[i] > 200 && p[i + 1] > 170 && p[i + 2] < 150;"
        "  }"
        "  done([white * 4 / p.length, yellow * 4 / p.length]);"
        "};"
        "image.src = 'data:image/png;base64,' + arguments[0];", browser.get_screenshot_as_base64())
    for what, share in zip(("white", "yellow"), shares):
        check(share < 0.001, f"is {what} in dark mode: {share:.2%} of the page")


def check_paper(browser):
    """Checks that nothing is clipped on A4 in portrait format."""
    set_screen(browser, *A4, "light", media="print")
    cut = browser.execute_script(
        "return Array.from(document.querySelectorAll('.scroll')).filter((e) => e.scrollWidth > e.clientWidth)"
        "  .map((e) => `${e.firstElementChild.id}: ${e.scrollWidth} in ${e.clientWidth}`)")
    check(cut == [], f"is clipped on paper: {cut}")
    set_screen(browser, WIDTHS[-1], 900, "light")


def check_steps(browser):
    """Checks that one position of an explanation's window is shown at a time, and that Next and the slider show another."""
    shown = ("return Array.from(document.querySelectorAll('.steps section')).map((s) => s.offsetHeight > 0)")
    places = browser.execute_script(shown)
    if len(places) < 2:
        return
    check(sum(places) == 1, f"shows {sum(places)} places of the window at once")
    browser.find_element(By.XPATH, "//button[text()='Next']").click()
    moved = browser.execute_script(shown)
    check(sum(moved) == 1 and moved.index(True) == (places.index(True) + 1) % len(places), "Next does not move the window")
    browser.execute_script("const s = document.querySelector('.stepper input'); s.value = 0; s.dispatchEvent(new Event('input'))")
    check(browser.execute_script(shown).index(True) == 0, "the slider does not move the window")


def check_drawings(browser, prefix):
    for drawing in DRAWINGS:
        size = browser.execute_script(
            "const e = document.getElementById(arguments[0]); if (!e) return null;"
            "const b = e.getBBox(); return [b.width, b.height, e.querySelectorAll('[data-value]').length]",
            f"{prefix}-{drawing}")
        check(size is not None, f"has no {prefix}-{drawing}")
        check(size[0] > 100 and size[1] > 50 and size[2] > 1, f"{prefix}-{drawing}: is empty: {size}")


def check_colours(browser, prefix):
    """Checks that slices differ and match their legend, that kinds of layers differ, and that no fused layer has a colour."""
    looks = "Array.from(document.querySelectorAll(arguments[0]), (e) => {" \
            "  const s = getComputedStyle(e); return [e.getAttribute('class').split(' ').pop(), s.fill, s.fillOpacity]; })"
    kinds = {}
    for ring in ("by-layer", "by-kind"):
        slices = browser.execute_script("return " + looks, f"#{prefix}-{ring} .slice")
        legend = browser.execute_script("return " + looks, f"#{prefix}-{ring} rect")
        check(len(set(map(str, slices))) == len(slices), f"{prefix}-{ring}: slices look alike: {slices}")
        check(slices == legend, f"{prefix}-{ring}: slices {slices}, legend {legend}")
        kinds.update({kind: fill for kind, fill, _ in slices})
    check(len(set(kinds.values())) == len(kinds), f"{prefix}: kinds look alike: {kinds}")
    marks = browser.execute_script(
        "return Array.from(document.querySelectorAll(arguments[0]), (e) => getComputedStyle(e, '::before').backgroundColor)",
        f"#{prefix}-layers tr.fused td.k")
    check(set(marks) <= {"rgba(0, 0, 0, 0)"}, f"{prefix}: fused layers have the colours {marks}")


def check_changes_are_on_screen(browser, table):
    """Checks that the table shows times, earlier times and changes without scrolling."""
    right = browser.execute_script(
        "const t = document.getElementById(arguments[0]); const box = t.parentElement.getBoundingClientRect();"
        "return Array.from(t.tHead.rows[0].cells).filter((c) => ['ms', 'before ms', 'change'].includes(c.textContent))"
        "  .map((c) => box.right - c.getBoundingClientRect().right)", table)
    check(len(right) == 3 and min(right) >= 0, f"{table}: the columns ms, before ms and change need scrolling: {right}")


def check_matrices(browser):
    """Checks that the sides of the three matrices have the same scale, except very thin ones."""
    boxes = browser.execute_script(
        "const svg = document.querySelector('svg.matrices'); if (!svg) return [];"
        "const sizes = Array.from(svg.querySelectorAll('text')).map((t) => t.textContent.match(/^([\\d,]+) x ([\\d,]+)$/))"
        "  .filter((m) => m).map((m) => [m[1], m[2]].map((n) => Number(n.replaceAll(',', ''))));"
        "return Array.from(svg.querySelectorAll('rect.box'), (r, i) => [sizes[i],"
        "  [Number(r.getAttribute('height')), Number(r.getAttribute('width'))]])")
    sides = [side for size, drawn in boxes for side in zip(size, drawn)]
    scales = [drawn / size for size, drawn in sides if drawn > 3]
    check(not scales or max(scales) < 1.02 * min(scales), f"matrices have several scales: {sides}")


def read_table(browser, table):
    return browser.execute_script(
        "return Array.from(document.getElementById(arguments[0]).tBodies[0].rows, (row) => Array.from(row.cells,"
        "  (cell) => [cell.textContent, cell.dataset.value === undefined ? null : Number(cell.dataset.value)]))", table)


def titles(browser, table):
    return browser.execute_script(
        "return Array.from(document.getElementById(arguments[0]).tHead.rows[0].cells, (cell) => cell.textContent)", table)


def check_numbers(browser, prefix, engine, text):
    """Checks that the table has the numbers of the JSON and shows the same text as the text report."""
    heads = titles(browser, f"{prefix}-layers")
    rows = read_table(browser, f"{prefix}-layers")
    check(len(rows) == len(engine["layers"]), f"{prefix}: has {len(rows)} layers")
    for row, layer in zip(rows, engine["layers"]):
        cells = dict(zip(heads, row))
        check(cells["layer"][0] == layer["name"], f"{prefix}: has {cells['layer'][0]} instead of {layer['name']}")
        if layer["fused_into"]:
            check(cells["method"][0] == "in " + layer["fused_into"], f"{layer['name']}: {cells['method'][0]}")
            continue
        expected = {"ms": layer["ms"]["median"], "min": layer["ms"]["min"], "max": layer["ms"]["max"],
                    "share": layer["share"], "GFLOP/s": layer["gflops"] or None, "GB/s": layer["gbytes_per_s"] or None,
                    "reached": layer["reached"]}
        for head, value in expected.items():
            check(cells[head][1] == value, f"{layer['name']}: {head}: page {cells[head][1]}, JSON {value}")
        line = next(line for line in text.splitlines() if line.startswith(layer["name"] + " "))
        for head in ("ms", "share", "GFLOP/s", "reached") if prefix == "time" else ("ms", "reached"):
            check(f" {cells[head][0]}" in line, f"{layer['name']}: {head}: page {cells[head][0]}, text: {line}")


def check_changes(browser, report):
    heads = titles(browser, "time-layers")
    rows = {row[0][0]: dict(zip(heads, row)) for row in read_table(browser, "time-layers")}
    for change in report["changes"]["engines"][0]["layers"]:
        cells = rows[change["layers"][0]]
        check(cells["before ms"][1] == change["before_ms"], f"{change['layers']}: before {cells['before ms']}")
        if cells["change"][0]:
            check(cells["change"][1] == change["change"], f"{change['layers']}: change {cells['change']}")
            cause = "machine" if change["machine"] else "noise"
            check((f"({cause})" in cells["change"][0]) == change["noise"], f"{change['layers']}: {cause} {cells['change']}")


def check_sorting(browser, table):
    def click(title):
        column = titles(browser, table).index(title)
        browser.find_elements(By.CSS_SELECTOR, f"#{table} th button")[column].click()
        return [row[column] for row in read_table(browser, table)]

    before = sorted(map(str, read_table(browser, table)))
    for down in (True, False):
        values = [cell[1] for cell in click("ms")]
        numbers = [value for value in values if value is not None]
        check(numbers == sorted(numbers, reverse=down), f"{table}: ms is not sorted: {numbers}")
        check(values[:len(numbers)] == numbers, f"{table}: layers without a time are not last")
    names = [cell[0] for cell in click("layer")]
    check(names == sorted(names), f"{table}: layer is not sorted: {names}")
    check(sorted(map(str, read_table(browser, table))) == before, f"{table}: sorting loses rows")


def check_page(browser, build, page, report):
    check(page.stat().st_size < MAX_BYTES, f"has {page.stat().st_size} bytes")
    tidy = subprocess.run(["tidy", "-q", "-e", page], stderr=subprocess.PIPE, text=True, check=False)
    check(tidy.returncode == 0, "is not valid:\n" + tidy.stderr)
    browser.get(page.as_uri())
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    check([name for name in loaded if not name.startswith("data:")] == [], f"loads {loaded}")
    check_layout(browser, page)
    if report is not None:
        text = alexnet(build, "time", "--from", str(page.with_suffix(".json")))
        for engine in report.get("engines", [report]):
            prefix = engine["engine"] if "engines" in report else "time"
            check_drawings(browser, prefix)
            check_colours(browser, prefix)
            check_numbers(browser, prefix, engine, text)
            if "changes" in report:
                check_changes(browser, report)
                check_changes_are_on_screen(browser, f"{prefix}-layers")
            check_sorting(browser, f"{prefix}-layers")
    check_steps(browser)
    check_matrices(browser)
    check_paper(browser)
    paper = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    check(len(paper["data"]) > 1000, "cannot be printed")
    log = [entry for entry in browser.get_log("browser") if "favicon" not in entry["message"]]
    check(log == [], f"writes to the console: {log}")


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    folder = build / "pages"
    folder.mkdir(exist_ok=True)
    reports = make_pages(build, folder)
    failures = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = open_browser(profile)
        try:
            for name, report in reports.items():
                try:
                    check_page(browser, build, folder / f"{name}.html", report)
                    print(f"{name}: passed")
                except AssertionError as error:
                    failures += 1
                    print(f"{name}: {error}", file=sys.stderr)
        finally:
            browser.quit()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
