"""Take the pictures of docs/pictures from the real demo: `python -m tests.browser.pictures`."""

from __future__ import annotations

import re
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from tests.browser import chromium, real

FOLDER: Final = real.ROOT / "docs" / "pictures"
DESK: Final = ViewportSize(width=1440, height=900)
PHONE: Final = ViewportSize(width=360, height=640)
#: Until what moves stands still, in milliseconds.
STILL: Final = 600
COLOURS: Final = 256


def main() -> int:
    """Take both pictures; return the exit code."""
    if not chromium.path():
        sys.stderr.write(f"{chromium.MISSING}\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, real.demo(Path(folder)) as address, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        link = _simulator(browser, address)
        _secure_page(browser, link)
        browser.close()
    return 0


def _simulator(browser: Browser, address: str) -> str:
    """A guest registers on Telegram and has just got the code; on WhatsApp the secure page waits."""
    page = _visit(browser, DESK, address)
    page.get_by_role("button", name="Регистрация за две минуты").click()
    whatsapp = page.locator("#whatsapp")
    expect(whatsapp.locator("[data-whose]")).to_contain_text("Гость")
    whatsapp.get_by_role("button", name="Здравствуйте").click()
    for choice in ("Русский", "Регистрация", "Да"):
        _last(whatsapp).get_by_role("button", name=choice, exact=True).click()
    link = str(_last(whatsapp).get_by_role("link").get_attribute("href"))

    telegram = page.locator("#telegram")
    for choice in ("Русский", "Регистрация"):
        _last(telegram).get_by_role("button", name=choice, exact=True).click()
    telegram.get_by_role("button", name="Отправить номер").click()
    expect(_last(telegram)).to_contain_text("ИИН")
    page.get_by_role("button", name=re.compile("вписать в Telegram")).first.click()
    page.keyboard.press("Enter")
    _last(telegram).get_by_role("button", name="Принимаю политику").click()
    expect(page.locator(".letter")).to_be_visible()
    _take(page, "simulator")
    return link


def _secure_page(browser: Browser, link: str) -> None:
    _take(_visit(browser, PHONE, link), "secure-page")


def _visit(browser: Browser, size: ViewportSize, address: str) -> Page:
    calm = browser.new_context(viewport=size, locale="ru-RU", color_scheme="light", reduced_motion="reduce")
    page = calm.new_page()
    page.goto(address)
    return page


def _last(phone: Locator) -> Locator:
    return phone.locator(".line--bot").last


def _take(page: Page, name: str) -> None:
    page.wait_for_timeout(STILL)
    # The page has few colours: 256 of them weigh a third.
    with Image.open(BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    raise SystemExit(main())
