"""What somebody without a mouse does on a page, and what axe finds on it."""

from __future__ import annotations

from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

#: More stops than any page has; a key that does not lead there in so many presses leads nowhere.
STOPS: Final = 150


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus."""
    focused = wanted.and_(page.locator(":focus"))
    for _ in range(STOPS):
        if focused.count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {wanted}")


def named(page: Page, name: str, *, inside: str = "body") -> Locator:
    """Return what is called `name` and can be pressed or written in."""
    place = page.locator(inside)
    button = place.get_by_role("button", name=name, exact=True)
    link = place.get_by_role("link", name=name, exact=True)
    return button.or_(link).or_(place.get_by_role("textbox", name=name, exact=True))


def press(page: Page, name: str, *, inside: str = "body") -> None:
    """Go to what is called `name`, the last of its name, and press Enter."""
    found = named(page, name, inside=inside)
    found.last.wait_for()
    tab_to(page, found.last)
    page.keyboard.press("Enter")


def serious(page: Page, where: str = "") -> list[str]:
    """Return what axe calls serious or critical."""
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{where} {rule['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}".strip()
        for rule in results.response["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
