#!/usr/bin/python3
"""Draws the documents' pictures of pages in headless Chromium: page_pictures.py BUILD_FOLDER TO_FOLDER

time-page.png is the top of the page of data/pictures/time.json, explain-page.png the window of conv1 on a sample photo.
"""
import base64
import pathlib
import sys
import tempfile

from browser_test import ROOT, alexnet, open_browser, set_screen

WIDTH = 1100
SCALE = 0.8


def draw(browser, page, file, top, bottom):
    """Saves the page from `top` to `bottom`, which are JavaScript expressions in CSS pixels."""
    browser.get(page.as_uri())
    set_screen(browser, WIDTH, 900, "light")
    top, bottom = browser.execute_script(f"return [{top}, {bottom}]")
    clip = {"x": 0, "y": top, "width": WIDTH, "height": bottom - top, "scale": SCALE}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip, "captureBeyondViewport": True})
    file.write_bytes(base64.b64decode(shot["data"]))


def main():
    build, to = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        time, explain = pathlib.Path(folder, "time.html"), pathlib.Path(folder, "explain.html")
        alexnet(build, "time", "--from", str(ROOT / "data/pictures/time.json"), "--html", str(time))
        alexnet(build, "explain", "conv1", str(ROOT / "data/photos/cat.png"), "--html", str(explain))
        browser = open_browser(pathlib.Path(folder, "profile"))
        try:
            draw(browser, time, to / "time-page.png", "0", "900")
            draw(browser, explain, to / "explain-page.png",
                 "document.querySelector('.stepper').getBoundingClientRect().top - 10", "document.documentElement.scrollHeight")
        finally:
            browser.quit()


if __name__ == "__main__":
    main()
