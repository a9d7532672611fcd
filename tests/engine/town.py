"""A town of small dialogs for tests of the engine: a tour to book, a code to type, news to wait for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, cast

from dialogs import common, language_switch
from dialogs.engine import catalogue
from dialogs.engine.advance import Engine, Entries
from dialogs.engine.ask import Ask, Awaits, Choice
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Call, Done, Go, Leave, Life, Move, Return, Speak, Step, step
from dialogs.engine.texts import T, Text
from services.refused import Refused
from services.services import Chat, Services
from services.trust import Trust

START = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
FULL, SEEN = "test.full", "test.seen"


def text(words: str) -> Text:
    """A sentence that is the same in every language."""
    return T("label.name", name=words)


def choice(id_: str, words: str, **more: Any) -> Choice:
    return Choice(id_, text(words), **more)


# The town.


@step("test_first.ask")
@dataclass(frozen=True)
class First(Step):
    home: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(text("Which language?"), tuple(Choice(code, T(f"lang.{code}")) for code in ("kk", "ru", "en")))

    def answer(self, said: Said, do: Services) -> Move:
        return Speak(said.choice, then=Home())


@step("test_home.home")
@dataclass(frozen=True)
class Home(Step):
    home: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        doors = [choice(name, name.capitalize()) for name in ("tour", "list", "code", "news", "page", "phone", "name")]
        return Ask(text("Home"), tuple(doors))

    def answer(self, said: Said, do: Services) -> Move:
        doors: dict[str, Step] = {
            "tour": AskName(),
            "list": List(),
            "code": TypeCode(),
            "news": Wait(),
            "page": Page(),
            "phone": AskPhone(),
            "name": AskGuide(),
        }
        return doors[said.choice]


@step("test_tour.ask_name")
@dataclass(frozen=True)
class AskName(Step):
    """Free words."""

    life: ClassVar[Life] = Life.DRAFT

    def ask(self, do: Services) -> Ask:
        return Ask(text("Who comes?"), awaits=Awaits.TEXT, example="Aida")

    def answer(self, said: Said, do: Services) -> Move:
        if "?" in said.text:
            raise Refused(FULL)
        return Go(AskDay(said.text), text("Noted"))


@step("test_tour.ask_day")
@dataclass(frozen=True)
class AskDay(Step):
    """A few choices, one of them not drawn."""

    life: ClassVar[Life] = Life.DRAFT

    who: str

    def ask(self, do: Services) -> Ask:
        days = (
            choice("sat", "Saturday", hidden=True),
            choice("mon", "Monday"),
            choice("tue", "Tuesday"),
        )
        return Ask(text("Which day?"), days)

    def answer(self, said: Said, do: Services) -> Move:
        return AskPlace(self.who, said.choice)


@step("test_tour.ask_place")
@dataclass(frozen=True)
class AskPlace(Step):
    """More choices, with where to find the answer and a picture of it."""

    life: ClassVar[Life] = Life.DRAFT

    who: str
    day: str

    def ask(self, do: Services) -> Ask:
        places = tuple(choice(f"p{number}", f"Place {'ABCDE'[number]}") for number in range(5))
        return Ask(text("Where?"), places, hint=text("On the map"), picture="id_card")

    def answer(self, said: Said, do: Services) -> Move:
        return Call(Rules(), then=Check(self.who, self.day, said.choice))


@step("test_rules.show")
@dataclass(frozen=True)
class Rules(Step):
    """A dialog called on the way."""

    life: ClassVar[Life] = Life.DRAFT

    def ask(self, do: Services) -> Ask:
        return Ask(text("Mind the rules?"), (choice("yes", "I do"), choice("no", "Never")), legal=True)

    def answer(self, said: Said, do: Services) -> Move:
        return Return() if said.choice == "yes" else Done(text("No rules, no tour"), abandon=True)


@step("test_tour.check")
@dataclass(frozen=True)
class Check(Step):
    life: ClassVar[Life] = Life.DRAFT

    who: str
    day: str
    place: str

    def ask(self, do: Services) -> Ask:
        return Ask(text(f"{self.who}, {self.day}, {self.place}?"), (choice("sign", "Sign"), choice("day", "Other day")))

    def answer(self, said: Said, do: Services) -> Move:
        return Sign(self.who, self.day, self.place) if said.choice == "sign" else AskDay(self.who)


@step("test_tour.sign")
@dataclass(frozen=True)
class Sign(Step):
    """A legal act."""

    life: ClassVar[Life] = Life.LEGAL

    who: str
    day: str
    place: str

    def ask(self, do: Services) -> Ask:
        choices = (choice("sign", "I sign", word=text("signed")), choice("keep", "Not yet"))
        return Ask(text("Sign for good?"), choices, legal=True, insist=text("Press the button"))

    def answer(self, said: Said, do: Services) -> Move:
        return Book() if said.choice == "sign" else Check(self.who, self.day, self.place)


@step("test_tour.book")
@dataclass(frozen=True)
class Book(Step):
    """Acts and asks nothing; may refuse."""

    def enter(self, do: Services) -> Move:
        town(do).effects.append("booked")
        if town(do).is_full:
            raise Refused(FULL)
        return Booked()


@step("test_tour.booked")
@dataclass(frozen=True)
class Booked(Step):
    no_return: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(text("Booked. Tell others?"), (choice("yes", "Yes"), choice("no", "No")))

    def answer(self, said: Said, do: Services) -> Move:
        return Done(text("Enjoy"))


@step("test_list.home")
@dataclass(frozen=True)
class List(Step):
    """Only read, and only by who has proved enough."""

    needs: ClassVar[Trust] = Trust.VERIFIED

    def ask(self, do: Services) -> Ask:
        return Ask(text("Your tours"), (choice("card", "A card"), choice("tour", "One more")))

    def answer(self, said: Said, do: Services) -> Move:
        return Card() if said.choice == "card" else AskName()


@step("test_list.card")
@dataclass(frozen=True)
class Card(Step):
    needs: ClassVar[Trust] = Trust.VERIFIED

    def ask(self, do: Services) -> Ask:
        return Ask(text("A card"), (choice("list", "To the list"),))

    def answer(self, said: Said, do: Services) -> Move:
        town(do).effects.append("card answered")
        return List()


@step("test_code.send")
@dataclass(frozen=True)
class SendCode(Step):
    life: ClassVar[Life] = Life.DRAFT

    def enter(self, do: Services) -> Move | None:
        town(do).effects.append("arrived to send")
        return None

    def ask(self, do: Services) -> Ask:
        return Ask(text("Send a code?"), (choice("send", "Send"),))

    def answer(self, said: Said, do: Services) -> Move:
        return TypeCode()


@step("test_code.type")
@dataclass(frozen=True)
class TypeCode(Step):
    """A secret that is never gone on with half-way."""

    life: ClassVar[Life] = Life.SECRET

    def lapsed(self, do: Services) -> Step:
        return SendCode()

    def expects(self, said: Said) -> bool:
        return said.purpose == "lost"

    def ask(self, do: Services) -> Ask:
        new = choice("new", "New code", hidden=True)
        return Ask(text("Code?"), (new,), awaits=Awaits.CODE, example="123456", ladder=False, repeat=False)

    def answer(self, said: Said, do: Services) -> Move:
        if said.heard is Heard.EVENT:
            return Go(SendCode(), text("It was lost"))
        if said.choice == "new":
            return SendCode()
        if said.text != "123456":
            raise Refused(FULL)
        return AskSafe()


@step("test_code.safe")
@dataclass(frozen=True)
class AskSafe(Step):
    """Behind a point of no return."""

    life: ClassVar[Life] = Life.DRAFT
    no_return: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(text("Safe. Go on?"), (choice("yes", "Go on"),))

    def answer(self, said: Said, do: Services) -> Move:
        return Done()


@step("test_news.wait")
@dataclass(frozen=True)
class Wait(Step):
    """An answer from outside."""

    life: ClassVar[Life] = Life.DRAFT

    ticket: str = ""

    def enter(self, do: Services) -> Move | None:
        if self.ticket:
            return None
        town(do).effects.append("asked outside")
        return Wait(ticket=f"t{len(town(do).effects)}")

    def lapsed(self, do: Services) -> Step:
        return Wait()

    def expects(self, said: Said) -> bool:
        return said.purpose == "news" and said.text == self.ticket

    def ask(self, do: Services) -> Ask:
        return Ask(text("Asking outside"), awaits=Awaits.NOTHING)

    def answer(self, said: Said, do: Services) -> Move:
        if said.value("answer") == "no":
            raise Refused(FULL)
        return AskDay(said.value("answer"))


@step("test_page.type")
@dataclass(frozen=True)
class Page(Step):
    """Typed on a secure page only."""

    life: ClassVar[Life] = Life.DRAFT
    needs: ClassVar[Trust] = Trust.LINKED

    def ask(self, do: Services) -> Ask:
        return Ask(text("Open the page"), (choice("none", "I have none"),), awaits=Awaits.IIN, page="iin")

    def answer(self, said: Said, do: Services) -> Move:
        if said.heard is not Heard.PAGE:
            raise Refused("msg.common.page_only")
        if said.value("value") == "bad":
            raise Refused(FULL)
        return Wait() if said.value("value") == "wait" else AskDay("page")


@step("test_phone.ask")
@dataclass(frozen=True)
class AskPhone(Step):
    life: ClassVar[Life] = Life.DRAFT

    def ask(self, do: Services) -> Ask:
        own = (Choice("own", T("btn.yes")), choice("other", "Another"))
        return Ask(text("Phone?"), own, awaits=Awaits.PHONE, example="8 747 123 45 67")

    def answer(self, said: Said, do: Services) -> Move:
        return Done(text(f"Phone {said.contact or said.choice or said.text}"))


@step("test_name.ask")
@dataclass(frozen=True)
class AskGuide(Step):
    """A person's name."""

    life: ClassVar[Life] = Life.DRAFT

    def ask(self, do: Services) -> Ask:
        return Ask(text("Who guides?"), awaits=Awaits.NAME, example="Адам")

    def answer(self, said: Said, do: Services) -> Move:
        return Done(text(f"Guide {said.text}"))


@step("test_proof.code")
@dataclass(frozen=True)
class Proof(Step):
    """Who are you? A prompt, as the step-up is."""

    prompt: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(text("Prove it"), awaits=Awaits.CODE, example="1")

    def answer(self, said: Said, do: Services) -> Move:
        town(do).trust = Trust.VERIFIED
        return Return(text("Proved"))


@step("test_human.call")
@dataclass(frozen=True)
class Human(Step):
    """Calls a human and goes back."""

    of: str
    at: str
    asked: str

    def enter(self, do: Services) -> Move:
        town(do).opened.append((self.of, self.at, self.asked))
        return Return(text("Called"))


@step("test_human.talk")
@dataclass(frozen=True)
class Talk(Step):
    """A human talks: what is said is kept, the bot is silent."""

    life: ClassVar[Life] = Life.LIVE
    quiet: ClassVar[bool] = True

    def ask(self, do: Services) -> Ask:
        return Ask(text("A human is here"), (choice("menu", "Menu"),), awaits=Awaits.TEXT)

    def answer(self, said: Said, do: Services) -> Move:
        if said.choice:
            return Leave(keep=True)
        town(do).effects.append(f"{said.heard.value} {said.text or said.tap}")
        return self


def laid(said: Said, at: Step) -> Move | None:
    return Call(Talk(), then=at) if said.purpose == "human" else None


ENTRIES = Entries(
    first=lambda said: First(),
    home=lambda do: Home(),
    proof=lambda do: Proof(),
    operator=Human,
    laid=laid,
    language=language_switch.AskLanguage(),
    doors={"children": List()},
    cancel=common.Cancel(),
    stop=common.Stop(),
    resume=common.Offer,
    starts={"test_tour": AskName(), "test_code": TypeCode(), "test_news": Wait()},
    titles={flow: text(flow) for flow in ("test_tour", "test_code", "test_news", "test_page", "test_phone")},
    options=catalogue.in_every_language,
)
ENGINE = Engine(ENTRIES)


# What its steps may ask of the world.


@dataclass
class Town:
    """The world of one chat; keeps what happened in it."""

    now: datetime = START
    trust: Trust = Trust.VERIFIED
    language: str = "ru"
    is_full: bool = False
    effects: list[str] = field(default_factory=list)
    opened: list[tuple[str, str, str]] = field(default_factory=list)
    opted: list[str] = field(default_factory=list)

    @property
    def chat(self) -> Chat:
        return Chat(trust=self.trust)

    @property
    def chats(self) -> Any:
        return self

    @property
    def cases(self) -> Any:
        return self

    def opt_out(self) -> None:
        self.opted.append("out")

    def opt_in(self) -> None:
        self.opted.append("in")

    outage = ""

    def speak(self, language: str) -> None:
        self.language = language

    @property
    def do(self) -> Services:
        return cast("Services", self)

    def waits(self, **ahead: float) -> None:
        self.now += timedelta(**ahead)


def town(do: Services) -> Town:
    return cast("Town", do)
