"""Debian's chromium, driven by Playwright, for what prints, photographs or tests pages."""

import contextlib
import os
import shutil

from .. import CourseError

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextlib.contextmanager
def open_browser():
    """A browser without a window; CourseError when it is not there."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if not (CHROMIUM and sync_playwright):
        raise CourseError("Chromium or Playwright is missing. On Debian: apt install chromium, and pip install playwright.")
    with sync_playwright() as playwright:
        root = hasattr(os, "getuid") and os.getuid() == 0
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if root else [])
        yield browser
        browser.close()
