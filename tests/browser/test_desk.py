"""The desk in a real browser: two agents at once, by keyboard alone, and nothing axe calls serious."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import real
from tests.browser.hands import serious, tab_to

Come = Callable[[str], Page]
KEYS_OF = {"ainur": "Айнур", "marat": "Марат", "saule": "Сауле"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real.demo(tmp_path_factory.mktemp("demo")) as address:
        yield address.rstrip("/")


@pytest.fixture
def come(browser: Browser, address: str) -> Iterator[Come]:
    """Colleagues in browsers of their own, whose console stays empty."""
    wrong: list[str] = []
    contexts = []

    def sign_in(login: str) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="ru-RU")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.goto(f"{address}/desk")
        button = page.get_by_role("button", name=KEYS_OF[login])
        tab_to(page, button)
        page.keyboard.press("Enter")
        expect(page.locator(".brand")).to_be_visible()
        return page

    yield sign_in
    for context in contexts:
        context.close()
    # A deed that lost is answered with 409, and Chromium writes that down.
    assert [said for said in wrong if "409" not in said] == []


def says(address: str, person: str, *words: str) -> None:
    for text in words:
        body = json.dumps({"person": person, "kind": "text", "text": text}).encode()
        call = Request(f"{address}/demo/phones/whatsapp/say", body, {"Content-Type": "application/json"})
        urlopen(call).read()


def reads(address: str, person: str) -> str:
    with urlopen(f"{address}/demo/state?person={person}") as answer:
        return str(json.load(answer)["phones"]["whatsapp"]["messages"])


def test_two_agents_by_keyboard(come: Come, address: str) -> None:
    first, second = come("ainur"), come("marat")
    expect(first.locator("[data-queue]")).to_contain_text("пусто")

    # New work is announced, and the focus stays where it was.
    first.keyboard.press("/")
    expect(first.locator("#q")).to_be_focused()
    says(address, "bauyrzhan", "Сәлем", "оператор", "1", "Сұрағым бар")
    expect(first.locator("[data-news]")).to_contain_text("#1001")
    expect(first.locator("#q")).to_be_focused()
    assert serious(first, "queue") == []

    # j, Enter, t: taken; the colleague sees it without reloading.
    first.keyboard.press("Escape")
    first.keyboard.press("j")
    first.keyboard.press("Enter")
    expect(first.locator("#conversation")).to_contain_text("Сұрағым бар")
    second.locator('[data-open="1001"]').focus()
    second.keyboard.press("Enter")
    expect(second.locator("#conversation")).to_contain_text("Сұрағым бар")
    first.keyboard.press("t")
    expect(first.locator("#reply")).to_be_focused()
    expect(second.locator("#conversation")).to_contain_text("Айнур")

    # A reply by keyboard, taken back, then sent.
    first.keyboard.type("Қате")
    first.keyboard.press("Control+Enter")
    undo = first.get_by_role("button", name="Қайтарып алу").or_(first.get_by_role("button", name="Отменить"))
    tab_to(first, undo)
    first.keyboard.press("Enter")
    expect(first.locator("#reply")).to_have_value("Қате")
    first.keyboard.press("Control+A")
    first.keyboard.type("Сәлеметсіз бе")
    first.keyboard.press("Control+Enter")
    expect(first.locator(".said.agent")).to_contain_text("отправлено", timeout=15_000)
    assert "Сәлеметсіз бе" in reads(address, "bauyrzhan")
    assert "Қате" not in reads(address, "bauyrzhan")

    # What the parent answers appears by itself; a note by n; nothing serious on the whole screen.
    says(address, "bauyrzhan", "Рақмет")
    expect(first.locator("#conversation")).to_contain_text("Рақмет")
    first.locator("#conversation").focus()
    first.keyboard.press("n")
    first.keyboard.type("всё хорошо")
    first.keyboard.press("Control+Enter")
    expect(first.locator(".said.note")).to_contain_text("всё хорошо")
    assert serious(first, "case") == []
    assert serious(second, "case of another") == []
    first.locator("#conversation").focus()
    first.keyboard.press("?")
    expect(first.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("path", ["board", "audit", "hours", "agents"])
def test_the_office_is_fair_to_everybody(come: Come, address: str, path: str) -> None:
    page = come("saule")

    page.goto(f"{address}/desk/{path}")

    expect(page.locator("h1")).to_be_visible()
    assert serious(page, path) == []


def test_the_door_is_fair_to_everybody(page: Page, address: str) -> None:
    page.goto(f"{address}/desk/login?lang=kk")

    expect(page.locator("h1")).to_be_visible()
    assert serious(page, "door") == []
