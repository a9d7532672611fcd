"""The real demo in a real browser: two parents' journeys by keyboard alone, from the first word to the last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.browser import real
from tests.browser.hands import named, press, serious, tab_to

PASSWORD: Final = "тұйық құмыра 7"
#: The city is founded anew meanwhile.
RESET_WITHIN: Final = 60_000
#: What a browser says of its own accord while the city is away.
AWAY: Final = "ERR_CONNECTION_REFUSED"
LISTEN: Final = """addEventListener('securitypolicyviolation',
    (broken) => console.error('CSP ' + broken.violatedDirective + ' ' + broken.blockedURI))"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real.demo(tmp_path_factory.mktemp("demo")) as address:
        yield address


@dataclass
class Visitor:
    """Somebody at the page in a browser of their own: what went wrong, and whom the browser asked."""

    page: Page
    address: str
    plain: Page
    wrong: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def listen(self) -> None:
        for context in (self.page.context, self.plain.context):
            context.on("console", self._heard)
            context.on("weberror", lambda error: self.wrong.append(str(error.error)))
            context.on("request", self._requested)
        self.page.context.add_init_script(LISTEN)

    def _heard(self, said: ConsoleMessage) -> None:
        if said.type == "error" or "Content Security Policy" in said.text:
            self.wrong.append(said.text)

    def _requested(self, request: Request) -> None:
        self.asked.add("/".join(request.url.split("/")[:3]) + "/")

    def open(self, person: str) -> Page:
        self.page.goto(f"{self.address}?person={person}")
        expect(self.page.locator("body[data-loading]")).to_have_count(0)
        return self.page

    def write(self, label: str, text: str) -> None:
        tab_to(self.page, named(self.page, label))
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def take(self, whose: str, label: str = "ИИН") -> None:
        """Press the number of `whose` in the papers."""
        paper = self.page.get_by_role("button", name=re.compile(f"{whose}.*{label}"))
        tab_to(self.page, paper)
        self.page.keyboard.press("Enter")

    def secure_page(self, place: str) -> str:
        """Go to the link in the newest message of a phone, look at its page, and return its address."""
        link = self.page.locator(f"{place} .line--bot").last.get_by_role("link")
        tab_to(self.page, link)
        expect(link).to_have_attribute("target", "_blank")
        expect(link).to_have_attribute("rel", re.compile("noopener"))
        return str(link.get_attribute("href"))

    def unfair(self, url: str) -> list[str]:
        """Look at a secure page beside the simulator: what axe finds on it. Looking spends nothing."""
        beside = self.page.context.new_page()
        beside.goto(url)
        found = serious(beside)
        beside.close()
        return found

    def fill(self, url: str, *answers: str) -> None:
        """Answer a secure page by keyboard, in a browser that runs no scripts, and go back."""
        self.plain.goto(url)
        for answer in answers:
            self.plain.keyboard.press("Tab")
            if answer == "paste":
                self.plain.keyboard.press("Control+V")
            else:
                self.plain.keyboard.type(answer)
        self.plain.keyboard.press("Enter")
        back = self.plain.locator("main a.button")
        expect(back).to_have_attribute("href", "/")


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Visitors whose console stays empty, who are shown nothing against the policy and asked for nothing elsewhere."""
    visitors: list[Visitor] = []

    def come(locale: str = "ru-RU") -> Visitor:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale=locale, reduced_motion="reduce")
        plain = browser.new_context(viewport={"width": 360, "height": 740}, locale=locale, java_script_enabled=False)
        visitors.append(Visitor(context.new_page(), address, plain.new_page()))
        visitors[-1].listen()
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.page.context.close()
        visitor.plain.context.close()

    assert [wrong for visitor in visitors for wrong in visitor.wrong] == []
    assert {asked for visitor in visitors for asked in visitor.asked} == {address}


def test_a_guest_registers_on_telegram_in_russian_and_adds_a_child(visit: Visit, address: str) -> None:
    guest = visit()
    page = guest.page
    page.goto(address)
    said = page.locator("#telegram .line--bot")
    tap = partial(press, page, inside=said.last)

    press(page, "Регистрация за две минуты")
    tap("Русский")
    tap("Регистрация")
    press(page, "Отправить номер", inside="#telegram .keyboard")
    expect(said.last).to_contain_text("ИИН")
    expect(page.locator("#telegram .keyboard")).to_be_hidden()
    tab_to(page, page.locator(".paper").first)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    tap("Принимаю политику")
    code = page.locator("[data-code-into]")
    expect(code).to_have_count(1)
    assert serious(page) == []
    tab_to(page, code)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    tap("Всё верно")
    expect(said.last).to_contain_text("пароль")
    password = guest.secure_page("#telegram")
    assert guest.unfair(password) == []
    guest.fill(password, PASSWORD, PASSWORD)
    tap("Да")
    tap("Добавить ребёнка")
    expect(said.last).to_contain_text("ИИН ребёнка")
    youngest = page.locator(".paper").last
    tab_to(page, youngest)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    tap("Сохранить")

    first_name = youngest.locator(".paper__name").inner_text().split()[1]
    expect(said.last).to_contain_text(first_name)
    expect(said.last.get_by_role("button", name="Мои дети")).to_be_visible()


def test_bauyrzhan_adds_children_on_whatsapp_in_kazakh_and_opens_one_from_the_list(visit: Visit) -> None:
    father = visit("kk-KZ")
    page = father.open("bauyrzhan")
    said = page.locator("#whatsapp .line--bot")
    tap = partial(press, page, inside=said.last)

    father.write("WhatsApp-қа хабарлама", "Сәлем")
    _choose(page, "Балаларым")
    expect(said.last).to_contain_text("1 бала")
    tap("Бала қосу")
    for name, more in (("Ерасыл", "Тағы бала қосу"), ("Дана", "")):
        expect(said.last).to_contain_text("ЖСН")
        father.take(name, "ЖСН")
        iin = father.secure_page("#whatsapp")
        assert name != "Дана" or father.unfair(iin) == []
        father.fill(iin, "paste")
        if name == "Ерасыл":
            _choose(page, "Қазақ")
        tap("Сақтау")
        tap(more or "Балаларым")
    _choose(page, "Дана С.")

    expect(said.last).to_contain_text("Сабитова Дана Бауыржанқызы")


def test_an_hour_later_the_talk_goes_on(visit: Visit) -> None:
    mother = visit()
    page = mother.open("aigerim")
    press(page, "Начать", inside="#telegram")
    expect(page.locator("#telegram .line--bot").last).to_contain_text("Айгерим")
    before = page.locator("[data-now]").get_attribute("datetime")
    press(page, "+1 час")
    expect(page.locator("[data-now]")).not_to_have_attribute("datetime", str(before))
    press(page, "Мои дети", inside=page.locator("#telegram .line--bot").last)

    expect(page.get_by_role("button", name="Дана С.")).to_be_visible()


def test_two_at_once_do_not_disturb_each_other(visit: Visit) -> None:
    mother, father = visit(), visit()
    hers, his = mother.open("aigerim"), father.open("bauyrzhan")
    before = his.locator("#whatsapp .line").count()
    tab_to(hers, named(hers, "Сообщение в WhatsApp"))
    hers.keyboard.type("Здрав")

    press(his, "Начать", inside="#telegram")
    for choice in ("Русский", "Войти", "Код по SMS"):
        press(his, choice, inside=his.locator("#telegram .line--bot").last)
    press(his, "Отправить номер", inside="#telegram .keyboard")
    expect(his.locator(".letter")).to_have_count(1)
    hers.keyboard.type("ствуйте")
    hers.keyboard.press("Enter")

    expect(hers.locator("#whatsapp .line--me")).to_contain_text("Здравствуйте")
    expect(hers.locator("#whatsapp .line--bot")).to_have_count(1)
    expect(hers.locator(".letter")).to_have_count(0)
    expect(his.locator("#whatsapp .line")).to_have_count(before)


def test_the_city_begins_again(visit: Visit) -> None:
    anybody = visit()
    page = anybody.open("guest")
    anybody.write("Сообщение в WhatsApp", "Здравствуйте")
    expect(page.locator("#whatsapp .line--bot")).to_be_visible()
    press(page, "Начать заново")
    press(page, "Да, заново")
    expect(page.locator("[data-notice]")).to_contain_text("Город строится заново")
    expect(page.locator("#whatsapp .line")).to_have_count(0, timeout=RESET_WITHIN)
    expect(page.locator("[data-notice]")).to_be_hidden()
    anybody.wrong[:] = [wrong for wrong in anybody.wrong if AWAY not in wrong]
    anybody.write("Сообщение в WhatsApp", "Здравствуйте")

    expect(page.locator("#whatsapp .line--bot")).to_have_count(1)


def _choose(page: Page, row: str) -> None:
    """Open the list of the newest message and press a row of it."""
    opener = page.locator("#whatsapp .line--bot").last.locator("[aria-haspopup]")
    opener.wait_for()
    tab_to(page, opener)
    page.keyboard.press("Enter")
    choice = page.locator(".sheet__row", has_text=row).first
    tab_to(page, choice)
    page.keyboard.press("Enter")
