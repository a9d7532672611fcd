"""The simulator's page in a real browser: by keyboard alone, for everyone, in light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bot.web.simulator.phones import Person
from tests.browser.canned import CODE, START, City, build
from tests.browser.loopback import served

Scheme = Literal["light", "dark"]

#: More stops than the page has; a key that does not lead there in so many presses leads nowhere.
STOPS = 120


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = City(tmp_path / "phones.db")
    yield city
    city.phones.close()


@pytest.fixture
def home(city: City) -> Iterator[str]:
    with served(build(city)) as address:
        yield address


@pytest.fixture
def aigerim(city: City) -> Person:
    return city.phones.people[0]


@pytest.fixture
def opened(home: str, page: Page) -> Page:
    """The page as a first visitor sees it. (`home` comes first, so that it goes last.)"""
    page.goto(home)
    expect(page.locator("body[data-loading]")).to_have_count(0)
    return page


def tab_to(page: Page, name: str, *, inside: str = "body") -> None:
    """Press Tab until the thing called `name` in `inside` has the focus."""
    wanted = page.locator(inside).get_by_role("button", name=name, exact=True)
    field = page.locator(inside).get_by_role("textbox", name=name, exact=True)
    focused = wanted.or_(field).and_(page.locator(":focus"))
    for _ in range(STOPS):
        if focused.count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {name!r}")


def press(page: Page, name: str, *, inside: str = "body") -> None:
    tab_to(page, name, inside=inside)
    page.keyboard.press("Enter")


def write(page: Page, channel: str, text: str) -> None:
    tab_to(page, f"Сообщение в {channel}")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def start(page: Page) -> None:
    press(page, "Начать", inside="#telegram")
    expect(page.locator("#telegram .line--bot")).to_have_count(1)


# By keyboard alone


def test_a_text_is_written_and_answered_by_keyboard(opened: Page) -> None:
    start(opened)
    write(opened, "Telegram", "Есть места в <саду>?")

    expect(opened.locator("#telegram .line--bot").last).to_contain_text("Вы написали: Есть места в <саду>?")
    expect(opened.locator("#telegram .line--bot").last.locator("b")).to_have_text("Есть места в <саду>?")
    expect(opened.locator("#telegram-field")).to_be_focused()


def test_an_inline_button_is_tapped_by_keyboard_and_the_message_changes_in_place(opened: Page) -> None:
    start(opened)
    press(opened, "Русский", inside="#telegram .inline")

    expect(opened.locator("#telegram .line--bot")).to_have_count(1)
    expect(opened.locator("#telegram .line--bot")).to_contain_text("С чего начнём?")
    expect(opened.locator("#telegram .toast")).to_have_text("Язык: русский")


def test_the_focus_stays_under_a_message_that_changed(opened: Page) -> None:
    start(opened)
    press(opened, "Русский", inside="#telegram .inline")

    expect(opened.get_by_role("button", name="Войти")).to_be_focused()


def test_a_whatsapp_list_is_opened_and_chosen_from_by_keyboard(opened: Page) -> None:
    write(opened, "WhatsApp", "Сәлем")
    press(opened, "Меню", inside="#whatsapp .under")
    expect(opened.get_by_role("dialog", name="Меню")).to_be_visible()
    press(opened, "Мои дети", inside=".sheet")

    expect(opened.get_by_role("dialog")).to_have_count(0)
    expect(opened.locator("#whatsapp .line--me").last).to_contain_text("Мои дети")
    expect(opened.locator("#whatsapp .line--bot").last.locator("b")).to_have_text("Мои дети")
    expect(opened.get_by_role("button", name="Меню")).to_be_focused()


def test_the_list_closes_with_escape_and_says_nothing(opened: Page) -> None:
    write(opened, "WhatsApp", "Сәлем")
    press(opened, "Меню", inside="#whatsapp .under")
    opened.keyboard.press("Escape")

    expect(opened.get_by_role("dialog")).to_have_count(0)
    expect(opened.locator("#whatsapp .line--me")).to_have_count(1)


def test_one_s_contact_is_shared_by_keyboard_and_the_code_is_typed_by_one_press(opened: Page) -> None:
    start(opened)
    press(opened, "Русский", inside="#telegram .inline")
    press(opened, "Регистрация", inside="#telegram .inline")
    press(opened, "Отправить номер", inside="#telegram .keyboard")
    expect(opened.locator("#telegram .keyboard")).to_be_hidden()
    press(opened, f"Вписать код {CODE} в Telegram")
    expect(opened.locator("#telegram-field")).to_have_value(CODE)
    opened.keyboard.press("Enter")

    expect(opened.locator("#telegram .line--bot").last).to_contain_text("Код подошёл")
    expect(opened.locator("#telegram .line--me", has_text=CODE)).to_have_count(0)


def test_someone_else_s_contact_is_in_the_menu(opened: Page) -> None:
    start(opened)
    press(opened, "Прикрепить", inside="#telegram")
    for _ in range(3):
        opened.keyboard.press("ArrowDown")
    expect(opened.get_by_role("button", name="Чужой контакт")).to_be_focused()
    opened.keyboard.press("Enter")

    expect(opened.locator("#telegram .line--bot").last).to_contain_text("Это контакт другого человека")
    expect(opened.locator("#telegram-field")).to_be_focused()


def test_the_menu_closes_with_escape_and_gives_the_focus_back(opened: Page) -> None:
    press(opened, "Прикрепить", inside="#whatsapp")
    opened.keyboard.press("Escape")

    expect(opened.locator("#whatsapp .menu")).to_be_hidden()
    expect(opened.locator("#whatsapp [data-attach]")).to_be_focused()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Фото справки", "справка.jpg"),
        ("Файл PDF", "справка.pdf"),
        ("Мой контакт", "+7 747 555 00"),
        ("Голосовое сообщение", "Голосовое сообщение"),
        ("Стикер", "Стикер"),
        ("Моё местоположение", "43.5166, 68.5046"),
    ],
)
def test_everything_that_can_be_attached_arrives(opened: Page, name: str, shown: str) -> None:
    opened.locator("#whatsapp [data-attach]").click()
    opened.get_by_role("button", name=name).click()

    expect(opened.locator("#whatsapp .line--me")).to_contain_text(shown)


def test_commands_are_one_menu_away(opened: Page) -> None:
    start(opened)
    press(opened, "Команды", inside="#telegram")
    press(opened, "/help Помощь", inside="#telegram .menu")

    expect(opened.locator("#telegram .line--me").last).to_contain_text("/help")


def test_a_skip_link_leads_to_a_phone(opened: Page) -> None:
    opened.keyboard.press("Tab")
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")

    expect(opened.locator("#whatsapp-field")).to_be_focused()


# The city


def test_the_suggestion_starts_a_talk_for_somebody_new(opened: Page) -> None:
    start(opened)
    press(opened, "Регистрация за две минуты")

    expect(opened.locator("#telegram-field")).to_be_focused()
    expect(opened.locator("#telegram .phone__whose")).to_contain_text("Бауыржан")
    expect(opened.locator("#telegram .line--bot")).to_contain_text("Выберите язык")
    expect(opened.locator("[data-first]")).to_be_hidden()


def test_the_clock_moves_the_city(opened: Page, city: City) -> None:
    press(opened, "+1 час")
    expect(opened.locator("[data-now]")).to_have_text("пт, 20 ноября 2026, 11:00")
    press(opened, "Следующее утро")
    expect(opened.locator("[data-now]")).to_have_text("сб, 21 ноября 2026, 09:00")
    press(opened, "1 декабря")
    expect(opened.locator("[data-now]")).to_have_text("вт, 1 декабря 2026, 10:00")

    assert city.clock.isoformat() == "2026-12-01T10:00:00+05:00"
    expect(opened.locator("[data-jump=month]")).to_have_text("1 января")


def test_time_runs_sixty_times_faster_until_paused(opened: Page, city: City) -> None:
    press(opened, "×60: ускорить время")
    expect(opened.locator("[data-now]")).to_have_text("пт, 20 ноября 2026, 10:02")
    press(opened, "Пауза: остановить время")
    expect(opened.get_by_role("button", name="×60: ускорить время")).to_be_visible()
    stopped = city.clock
    opened.wait_for_timeout(1_500)

    assert city.clock - stopped <= timedelta(minutes=1)


def test_what_comes_by_itself_is_seen_and_announced(opened: Page, city: City, aigerim: Person) -> None:
    write(opened, "WhatsApp", "Сәлем")
    expect(opened.locator("#whatsapp .line--bot")).to_have_count(1)
    city.move(START + timedelta(days=3))
    body = "Табель за ноябрь готов. *Подтвердите*, пожалуйста."
    push = {"type": "text", "body": body, "template": "tabel_open_ru"}
    city.bot.say("sim-whatsapp", aigerim.whatsapp, push)

    expect(opened.locator("#whatsapp .badge")).to_have_text("шаблон: tabel_open_ru")
    expect(opened.locator("#whatsapp .phone__window")).to_have_text("24 часа прошли: только шаблоны")
    expect(opened.locator("[data-announce]")).to_contain_text("Бот, WhatsApp: Табель за ноябрь готов. Подтвердите")


def test_a_person_is_added_and_chosen(opened: Page) -> None:
    press(opened, "Новый человек")
    opened.keyboard.type("Әсем")
    opened.keyboard.press("Enter")

    expect(opened.get_by_role("button", name="Әсем")).to_have_attribute("aria-pressed", "true")
    expect(opened.locator("#whatsapp .phone__whose")).to_contain_text("Әсем")


def test_the_city_starts_over_after_asking(opened: Page) -> None:
    start(opened)
    press(opened, "Начать заново")
    press(opened, "Да, заново")

    expect(opened.locator("#telegram .line")).to_have_count(0)
    expect(opened.locator("#telegram [data-start]")).to_be_visible()


def test_what_happened_shows_the_payload_one_press_away(opened: Page) -> None:
    start(opened)
    opened.locator(".happening summary").first.focus()
    opened.keyboard.press("Enter")

    expect(opened.locator(".happening pre").first).to_contain_text('"method": "sendMessage"')


@pytest.mark.parametrize(
    ("name", "start_key", "clock"),
    [
        ("Қазақша", "Бастау", "2026 ж. 20 қараша, жм, 10:00"),
        ("English", "Start", "Fri 20 November 2026, 10:00"),
    ],
)
def test_the_page_speaks_three_languages(opened: Page, name: str, start_key: str, clock: str) -> None:
    press(opened, name, inside=".languages")

    expect(opened.locator("[data-start]")).to_have_text(start_key)
    expect(opened.locator("[data-now]")).to_have_text(clock)


def test_every_text_is_there_in_every_language() -> None:
    import json

    from tests.browser.canned import SIMULATOR

    texts = json.loads((SIMULATOR / "static" / "texts.json").read_text("utf-8"))
    page = (SIMULATOR / "simulator.html").read_text("utf-8")
    asked = set(re.findall(r'data-(?:t|label|hint)="([a-z_]+)"', page))

    assert texts["kk"].keys() == texts["ru"].keys() == texts["en"].keys()
    assert asked <= texts["ru"].keys()


# When something is wrong


def test_what_could_not_be_sent_stays_in_the_field(home: str, browser: Browser) -> None:
    page = browser.new_page(locale="ru-RU")
    page.goto(home)
    page.route("**/say", lambda route: route.fulfill(status=503, json={"detail": "бот занят"}, headers={}))
    page.locator("#whatsapp-field").fill("Сәлем")
    page.locator("#whatsapp-field").press("Enter")

    expect(page.locator("[data-notice]")).to_have_text("Не получилось: бот занят")
    expect(page.locator("#whatsapp-field")).to_have_value("Сәлем")
    page.close()


def test_markup_from_elsewhere_stays_text(opened: Page, city: City, aigerim: Person) -> None:
    write(opened, "WhatsApp", "Сәлем")
    evil = "<img src=x onerror=alert(1)> *жирный* https://example.kz/s/1. javascript:alert(1)"
    city.bot.say("sim-whatsapp", aigerim.whatsapp, {"type": "text", "body": evil})

    said = opened.locator("#whatsapp .line--bot").last.locator(".words")
    expect(said).to_have_text(evil.replace("*", ""))
    expect(said.locator("img")).to_have_count(0)
    expect(said.locator("a")).to_have_attribute("href", "https://example.kz/s/1")


# For everyone


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened: Page, city: City, aigerim: Person, scheme: Scheme) -> None:
    opened.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = _serious(opened)
    _fill(opened, city, aigerim)
    found += _serious(opened)
    opened.locator("#whatsapp .under__button", has_text="Меню").first.click()
    found += _serious(opened)

    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_a_small_screen(opened: Page, scheme: Scheme) -> None:
    opened.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    opened.set_viewport_size({"width": 360, "height": 740})
    found: list[str] = []
    for tab in ("Telegram", "WhatsApp", "Вокруг"):
        opened.locator(".tabs button", has_text=tab).click()
        found += _serious(opened)

    assert found == []


@pytest.mark.parametrize("width", [360, 1024, 1440])
def test_everything_to_press_is_large_enough_and_nothing_sticks_out(
    opened: Page, city: City, aigerim: Person, width: int
) -> None:
    opened.set_viewport_size({"width": 1440, "height": 900})
    _fill(opened, city, aigerim)
    opened.set_viewport_size({"width": width, "height": 800})

    small = opened.evaluate(
        """() => [...document.querySelectorAll("button, summary, textarea, a:not(.words a):not(.skips a)")]
            .filter((one) => one.checkVisibility())
            .map((one) => [one.textContent || one.ariaLabel, one.getBoundingClientRect()])
            .filter(([, box]) => box.width < 44 || box.height < 44)
            .map(([name, box]) => `${name}: ${box.width}x${box.height}`)"""
    )
    assert small == []
    assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_small_screen_shows_one_part_at_a_time_and_counts_what_is_new(
    opened: Page, city: City, aigerim: Person
) -> None:
    opened.set_viewport_size({"width": 360, "height": 740})
    start(opened)
    opened.locator(".tabs button", has_text="WhatsApp").click()
    expect(opened.locator("#telegram")).to_be_hidden()
    city.bot.say("sim-telegram", aigerim.telegram, {"method": "sendMessage", "text": "Напоминание"})

    expect(opened.locator(".tabs button", has_text="Telegram").locator(".tabs__new")).to_have_text("1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1024, 1440])
def test_the_page_can_be_looked_at(
    browser: Browser, home: str, city: City, aigerim: Person, width: int, scheme: Scheme, tmp_path: Path
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, locale="ru-RU")
    page = context.new_page()
    city.bot.hear("sim-telegram", aigerim, {"kind": "text", "text": "/start"})
    page.goto(home)
    expect(page.locator("#telegram .line")).to_have_count(2)
    picture = page.screenshot(path=tmp_path / "page.png")
    context.close()

    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000


def _fill(page: Page, city: City, aigerim: Person) -> None:
    """Show one of everything."""
    bot, telegram, whatsapp = city.bot, aigerim.telegram, aigerim.whatsapp
    for kind in ("text", "photo", "file", "contact", "voice", "sticker", "location"):
        bot.hear("sim-whatsapp", aigerim, {"kind": kind, "text": "Сәлем", "label": "справка.jpg", "own": True})
    bot.hear("sim-telegram", aigerim, {"kind": "text", "text": "/start"})
    bot.hear("sim-telegram", aigerim, {"kind": "contact", "own": True})
    keys = {"keyboard": [[{"text": "Отправить номер", "request_contact": True}, {"text": "Назад"}]]}
    rich = '<b>Очередь</b> <code>1042</code> <a href="https://example.kz">сайт</a>'
    link = {"inline_keyboard": [[{"text": "Открыть", "url": "https://example.kz/s/1"}]]}
    for text, markup in ((rich, link), ("Номер?", keys)):
        payload = {"method": "sendMessage", "text": text, "parse_mode": "HTML", "reply_markup": markup}
        bot.say("sim-telegram", telegram, payload)
    bot.say("sim-whatsapp", whatsapp, {"type": "text", "body": "Табель готов", "template": "tabel_open_ru"})
    replies = [{"title": "Подтвердить", "id": "1"}, {"title": "Есть ошибка", "id": "2"}]
    bot.say("sim-whatsapp", whatsapp, {"type": "quick-reply", "body": "Всё верно?", "actions": replies})
    page_link = [{"title": "Открыть", "url": "https://example.kz/s/1"}]
    bot.say("sim-whatsapp", whatsapp, {"type": "call-to-action", "body": "Страница", "actions": page_link})
    city.phones.mail("aigerim@mail.kz", "Код", f"Ваш код: {CODE}")
    expect(page.locator(".letter")).to_have_count(2)
    expect(page.locator("#whatsapp .line--bot").last).to_contain_text("Страница")
    if page.locator(".happening summary").first.is_visible():
        page.locator(".happening summary").first.click()


def _serious(page: Page) -> list[str]:
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{rule['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for rule in results.response["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
