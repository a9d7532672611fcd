"""The simulator's page in a real browser: by keyboard alone, for everyone, in light and dark."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.web.simulator.phones import Person
from tests.browser.canned import CODE, SIMULATOR, START, City, build
from tests.browser.hands import named, press, serious, tab_to
from tests.browser.loopback import served

PICTURES = SIMULATOR.parents[1] / "pictures"
HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
ATTACHED = {
    "Фото справки": "справка.jpg",
    "Файл PDF": "справка.pdf",
    "Мой контакт": "+7 747 555 00",
    "Голосовое сообщение": "Голосовое сообщение",
    "Стикер": "Стикер",
    "Моё местоположение": "43.5166, 68.5046",
}


@pytest.fixture(scope="module")
def whole_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    city = City(tmp_path_factory.mktemp("city") / "phones.db")
    yield city
    city.phones.close()


@pytest.fixture(scope="module")
def home(whole_city: City) -> Iterator[str]:
    with served(build(whole_city)) as address:
        yield address


@pytest.fixture
def city(whole_city: City) -> City:
    whole_city.reset()
    return whole_city


@pytest.fixture
def aigerim(city: City) -> Person:
    return city.phones.people[0]


@pytest.fixture
def opened(home: str, city: City, page: Page) -> Page:
    """The page as a first visitor sees it. (`home` comes first, so that it goes last.)"""
    page.goto(home)
    expect(page.locator("body[data-loading]")).to_have_count(0)
    return page


def write(page: Page, channel: str, text: str) -> None:
    tab_to(page, named(page, f"Сообщение в {channel}"))
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
    for _ in range(4):
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


def test_everything_that_can_be_attached_arrives(opened: Page) -> None:
    for name, shown in ATTACHED.items():
        opened.locator("#whatsapp [data-attach]").click()
        opened.get_by_role("button", name=name).click()

        expect(opened.locator("#whatsapp .line--me").last).to_contain_text(shown)


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


# Papers and codes


def test_an_iin_is_typed_into_telegram_by_one_press(opened: Page) -> None:
    start(opened)
    press(opened, "Сабитова Айгерим Маратқызы, ИИН 930427 400 001: вписать в Telegram")

    expect(opened.locator("#telegram-field")).to_have_value("930427400001")
    expect(opened.locator("#telegram-field")).to_be_focused()


def test_for_whatsapp_an_iin_is_copied_for_the_secure_page(opened: Page) -> None:
    write(opened, "WhatsApp", "Сәлем")
    press(opened, "Сабитов Алихан Бауыржанұлы, ИИН 230315 500 002: скопировать")

    expect(opened.locator("[data-announce]")).to_contain_text("Номер 230315 500 002 скопирован")
    assert _pasted(opened) == "230315500002"


def test_an_iin_is_copied_also_where_the_browser_has_no_clipboard_for_the_page(
    home: str, city: City, page: Page
) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(home)
    write(page, "WhatsApp", "Сәлем")
    press(page, "Сабитова Айгерим Маратқызы, ИИН 930427 400 001: скопировать")

    expect(page.locator("[data-announce]")).to_contain_text("скопирован")
    expect(page.locator(".paper").first).to_be_focused()
    assert _pasted(page) == "930427400001"


def test_who_has_no_iin_has_a_document(opened: Page) -> None:
    press(opened, "Гость")

    expect(opened.locator(".paper")).to_have_count(1)
    expect(opened.locator(".paper")).to_contain_text("Документ N12345678")


def test_who_has_no_papers_has_no_card(opened: Page) -> None:
    expect(opened.locator("[data-papers-card]")).to_be_visible()
    press(opened, "Бауыржан")

    expect(opened.locator("[data-papers-card]")).to_be_hidden()


def test_papers_put_away_stay_put_away(opened: Page) -> None:
    tab_to(opened, opened.locator("[data-papers-card] summary"))
    opened.keyboard.press("Enter")
    expect(opened.locator(".paper").first).to_be_hidden()
    opened.reload()

    expect(opened.locator("[data-papers-card] summary")).to_be_visible()
    expect(opened.locator(".paper").first).to_be_hidden()


def test_a_code_lies_in_the_pocket_of_the_one_it_was_sent_to(opened: Page, city: City) -> None:
    for number in ("+77470000000", city.phones.person("guest").whatsapp):
        city.phones.sms(number, f"{CODE} — код")
    expect(opened.locator(".letter")).to_have_count(1)
    press(opened, "Гость")

    expect(opened.locator(".letter")).to_have_count(2)


def test_a_secure_page_leads_back_to_the_same_person_and_phone(opened: Page, home: str) -> None:
    press(opened, "Бауыржан")
    write(opened, "WhatsApp", "Сәлем")
    another = opened.context.new_page()
    another.set_viewport_size({"width": 360, "height": 740})
    another.goto(home)

    expect(another.locator("#whatsapp .phone__whose")).to_contain_text("Бауыржан")
    expect(another.locator("#whatsapp .line--bot")).to_be_visible()


# What the bot changes


def test_a_countdown_is_seen_but_not_announced_and_takes_no_focus(opened: Page, city: City, aigerim: Person) -> None:
    start(opened)
    tab_to(opened, named(opened, "Русский", inside="#telegram .inline"))
    for seconds in (90, 75):
        wait = {"method": "editMessageText", "message_id": 2, "text": f"Код придёт за {seconds} сек"}
        keys = {"reply_markup": {"inline_keyboard": [[{"text": "Назад", "callback_data": "1:~back"}]]}}
        city.bot.say("sim-telegram", aigerim.telegram, {**wait, **keys, "message_id": _first_of_bot(city, aigerim)})
        expect(opened.locator("#telegram .line--bot")).to_contain_text(f"{seconds} сек")

    expect(opened.get_by_role("button", name="Назад")).to_be_focused()
    expect(opened.locator("[data-announce]")).to_contain_text("Изменено: Код придёт за 90 сек")
    expect(opened.locator("[data-announce]")).not_to_contain_text("75 сек")


def test_buttons_that_go_do_not_make_a_message_an_edited_one(opened: Page, city: City, aigerim: Person) -> None:
    start(opened)
    take = {"method": "editMessageReplyMarkup", "message_id": _first_of_bot(city, aigerim)}
    city.bot.say("sim-telegram", aigerim.telegram, take)

    expect(opened.locator("#telegram .inline")).to_have_count(0)
    expect(opened.locator("#telegram .line--bot")).not_to_contain_text("изменено")


def test_a_picture_that_arrives_late_pushes_no_button_out_of_sight(opened: Page, city: City, aigerim: Person) -> None:
    opened.route("**/demo/pictures/id_card", lambda route: route.fulfill(path=PICTURES / "id_card.png"))
    start(opened)
    for _ in range(6):
        city.bot.say("sim-telegram", aigerim.telegram, {"method": "sendMessage", "text": "Напишите ИИН. " * 9})
    keys = {"inline_keyboard": [[{"text": "Нет ИИН", "callback_data": "1:no_iin"}]]}
    photo = {"method": "sendPhoto", "photo": "id_card", "caption": "ИИН здесь", "reply_markup": keys}
    city.bot.say("sim-telegram", aigerim.telegram, photo)

    expect(opened.get_by_role("button", name="Нет ИИН")).to_be_in_viewport(ratio=1)
    assert opened.locator(".picture").evaluate("(one) => one.naturalWidth") == 1080


def test_a_hidden_page_holds_no_connection_and_catches_up_when_it_is_looked_at(
    opened: Page, city: City, aigerim: Person
) -> None:
    start(opened)
    opened.evaluate(HIDE, True)
    city.bot.say("sim-telegram", aigerim.telegram, {"method": "sendMessage", "text": "Напоминание"})
    opened.wait_for_timeout(300)
    assert opened.locator("#telegram .line--bot").count() == 1
    opened.evaluate(HIDE, False)

    expect(opened.locator("#telegram .line--bot").last).to_contain_text("Напоминание")


# The city


def test_the_suggestion_starts_a_talk_for_a_guest(opened: Page) -> None:
    press(opened, "Регистрация за две минуты")

    expect(opened.locator("#telegram-field")).to_be_focused()
    expect(opened.locator("#telegram .phone__whose")).to_contain_text("Гость")
    expect(opened.locator("#telegram .line--bot")).to_contain_text("Выберите язык")
    expect(opened.locator("[data-first]")).to_be_hidden()


def test_the_suggestion_finds_somebody_new_where_the_guest_has_talked_already(opened: Page, city: City) -> None:
    city.bot.hear("sim-telegram", city.phones.person("guest"), {"kind": "text", "text": "/start"})
    press(opened, "Регистрация за две минуты")

    expect(opened.locator("#telegram .phone__whose")).to_contain_text("Сәуле")
    expect(opened.locator("#telegram .line--bot")).to_contain_text("Выберите язык")


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


def test_what_happened_reads_as_a_story_with_the_payload_one_press_away(opened: Page) -> None:
    start(opened)
    story = opened.locator(".happening")

    expect(story.locator(".happening__title")).to_have_text(["Telegram: sendMessage", "готово", "Айгерим: /start"])
    expect(story.first.locator(".happening__words")).to_contain_text("Выберите язык")
    story.locator("summary").first.focus()
    opened.keyboard.press("Enter")
    expect(opened.locator(".happening pre").first).to_contain_text('"method": "sendMessage"')


def test_what_was_shared_and_what_is_planned_are_told_in_the_reader_s_words(opened: Page) -> None:
    start(opened)
    opened.locator("#telegram [data-attach]").click()
    opened.get_by_role("button", name="Мой контакт").click()

    expect(opened.locator(".happening__title").nth(2)).to_have_text("Айгерим: Мой контакт")
    expect(opened.locator(".plan").last).to_contain_text("Сообщение → WhatsApp")


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
    expect(opened.locator("#whatsapp .line--bot")).to_have_count(1)
    evil = "<img src=x onerror=alert(1)> *жирный* https://example.kz/s/1. javascript:alert(1)"
    city.bot.say("sim-whatsapp", aigerim.whatsapp, {"type": "text", "body": evil})

    said = opened.locator("#whatsapp .line--bot").last.locator(".words")
    expect(said).to_have_text(evil.replace("*", ""))
    expect(said.locator("img")).to_have_count(0)
    expect(said.locator("a")).to_have_attribute("href", "https://example.kz/s/1")


# For everyone


def test_axe_finds_nothing_serious(opened: Page, city: City, aigerim: Person) -> None:
    _fill(opened, city, aigerim)
    found = serious(opened)
    opened.locator("#whatsapp .under__button", has_text="Меню").first.click()
    found += serious(opened)
    opened.keyboard.press("Escape")
    opened.set_viewport_size({"width": 360, "height": 740})
    opened.locator(".tabs button", has_text="Документы").click()
    found += serious(opened)

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


def _pasted(page: Page) -> str:
    page.locator("#whatsapp-field").focus()
    page.keyboard.press("Control+V")
    return page.locator("#whatsapp-field").input_value()


def _first_of_bot(city: City, person: Person) -> str:
    return next(
        bubble["id"]
        for bubble in city.phones.transcript("sim-telegram", person.telegram)["messages"]
        if bubble["who"] == "bot"
    )
