"""What somebody without a mouse does on a page, and what axe finds on it."""

from __future__ import annotations

from typing import Final, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

#: More stops than any page has; a key that does not lead there in so many presses leads nowhere.
STOPS: Final = 150
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
AXE: Final[str] = Axe().axe_script
RUN: Final = """async () => (await axe.run({resultTypes: ["violations"]})).violations
    .filter((rule) => ["serious", "critical"].includes(rule.impact))
    .flatMap((rule) => rule.nodes.map((node) => `${rule.id} ${node.html.slice(0, 120)} ${node.failureSummary}`))
"""
WHERE: Final = """(one) => !one.isConnected ? "redrawn" : one === document.activeElement ? "focused" : "elsewhere\""""


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus."""
    there = wanted.element_handle()
    for _ in range(STOPS):
        where = there.evaluate(WHERE)
        if where == "focused":
            return
        if where == "redrawn":
            there = wanted.element_handle()
        else:
            page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {wanted}")


def named(page: Page, name: str, *, inside: str | Locator = "body") -> Locator:
    """Return what is called `name` and can be pressed or written in."""
    place = page.locator(inside) if isinstance(inside, str) else inside
    button = place.get_by_role("button", name=name, exact=True)
    return button.or_(place.get_by_role("textbox", name=name, exact=True))


def press(page: Page, name: str, *, inside: str | Locator = "body") -> None:
    """Go to what is called `name` as soon as it is there, and press Enter."""
    found = named(page, name, inside=inside)
    found.wait_for()
    tab_to(page, found)
    page.keyboard.press("Enter")


def serious(page: Page, where: str = "") -> list[str]:
    """Return what axe calls serious or critical, in light and in dark."""
    page.evaluate(AXE)
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{where} {scheme}: {wrong}" for wrong in page.evaluate(RUN)]
    return found
