"""Short cuts to where a test begins.

`known` is whatever City.parent may be told; `owner` is somebody who has a phone already.
"""

from __future__ import annotations

from typing import Any

from bot.channels import Kept
from dialogs.engine import conversation
from dialogs.engine.catalogue import say
from dialogs.engine.said import Heard, Said
from dialogs.engine.step import Step
from dialogs.engine.texts import Text
from services import demo_city
from services.iin import Iin, Sex, check_digit
from services.names import PersonName
from services.persons_file import PersonRow
from services.registry import Answer, ChildAnswer, Status, to_values
from storage import drafts
from storage.events import Event
from storage.registry import put_people
from tests.city import TELEGRAM, WHATSAPP, City, Parent, words_of

AIGERIM = "930427400001"
BAUYRZHAN = "900914300007"
ALIKHAN = "230315500002"
DANA = "210802600002"
TIMUR = "241111500008"
NO_NATIONALITY = "260505500000"


# Registration.


def started(city: City, channel: str = TELEGRAM, language: str = "ru", **known: Any) -> Parent:
    """A parent who chose a language and reads the welcome."""
    owner = known.pop("owner", None)
    parent = Parent(city, channel, owner) if owner else city.parent(channel, **known)
    parent.says("/start")
    parent.taps(f"lang.{language}")
    return parent


def at_iin(city: City, channel: str = TELEGRAM, language: str = "ru", **known: Any) -> Parent:
    """A parent asked for their IIN."""
    parent = started(city, channel, language, **known)
    parent.taps("btn.register")
    gives_phone(parent)
    return parent


def other(channel: str) -> str:
    """The other of the two channels."""
    return TELEGRAM if channel == WHATSAPP else WHATSAPP


def gives_phone(parent: Parent) -> None:
    if parent.channel == WHATSAPP:
        parent.taps("btn.yes")
    else:
        parent.shares_contact()


def gives_iin(parent: Parent, iin: str = AIGERIM) -> None:
    if parent.channel == WHATSAPP:
        parent.submits(value=iin)
    else:
        parent.says(iin)


def at_policy(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = AIGERIM, **known: Any) -> Parent:
    """A parent who reads what becomes of their data."""
    parent = at_iin(city, channel, language, **known)
    gives_iin(parent, iin)
    return parent


def at_policy_by_document(city: City, channel: str = TELEGRAM, document: str = "N12345678", **known: Any) -> Parent:
    """A parent without an IIN who reads what becomes of their data."""
    parent = at_iin(city, channel, row=known.pop("row", demo_city.NO_IIN_MOTHER), **known)
    parent.taps("btn.no_iin")
    gives_iin(parent, document)
    return parent


def at_code(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = AIGERIM, **known: Any) -> Parent:
    """A parent who waits for the code of a registration."""
    parent = at_policy(city, channel, language, iin, **known)
    parent.taps("btn.accept_policy")
    return parent


def at_check(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = AIGERIM, **known: Any) -> Parent:
    """A parent who typed the right code."""
    parent = at_code(city, channel, language, iin, **known)
    parent.says(parent.code)
    return parent


def at_password(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = AIGERIM, **known: Any) -> Parent:
    """A parent asked for a password."""
    parent = at_check(city, channel, language, iin, **known)
    parent.taps("btn.all_correct")
    return parent


def at_remember(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = AIGERIM, **known: Any) -> Parent:
    """A parent whose account was just opened."""
    parent = at_password(city, channel, language, iin, **known)
    parent.submits(hash="$argon2id$test", salt="s", mark="m")
    return parent


def registered(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = AIGERIM, **known: Any) -> Parent:
    """A registered parent, remembered for 30 days, at the end of the registration."""
    parent = at_remember(city, channel, language, iin, **known)
    parent.taps("btn.yes")
    return parent


def registered_unconfirmed(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    """A parent whose phone the registry does not know: nobody confirmed that the IIN is theirs."""
    return registered(city, channel, language, "910612400003", row=demo_city.NO_PHONE_PARENT)


# Codes.


def wrong_code(parent: Parent) -> str:
    """Six digits that are not the code."""
    return "111111" if parent.code != "111111" else "222222"


def code_to(city: City, phone: str) -> str:
    """The digits of the last SMS to a phone."""
    return "".join(sign for sign in city.phones.sms_of(phone)[-1]["text"] if sign.isdigit())[:6]


def sms_refused(city: City, nth: int = -1) -> None:
    """The gateway did not take the last SMS (or the `nth`): the conversation that waits for it hears so."""
    uid, subject, address = city.rows("SELECT uid, subject, address_id FROM outbox WHERE kind='code' ORDER BY id")[nth]
    said = Said(Heard.EVENT, purpose="sms_failed", text=subject)
    city.turn(Event("sms", "", f"{uid}-failed", Kept(said).body(), address_id=address))


# Login.


def logging_in(city: City, channel: str = TELEGRAM, language: str = "ru", **known: Any) -> Parent:
    """A parent who waits for the code of a login."""
    parent = started(city, channel, language, **known)
    parent.taps("btn.login")
    parent.taps("btn.sms_code")
    if channel == WHATSAPP:
        parent.taps("btn.yes")
    else:
        parent.shares_contact()
    return parent


# Children.


def at_child_iin(city: City, channel: str = TELEGRAM, language: str = "ru", **known: Any) -> Parent:
    """A registered parent asked for a child's IIN."""
    parent = registered(city, channel, language, **known)
    parent.taps("btn.add_child")
    return parent


def with_child(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = ALIKHAN) -> Parent:
    """A parent who just saved a child."""
    parent = at_child_iin(city, channel, language)
    saves_child(parent, iin)
    return parent


def saves_child(parent: Parent, iin: str) -> None:
    gives_iin(parent, iin)
    parent.taps("btn.save")


def at_card(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = ALIKHAN) -> Parent:
    """A parent who reads a child's card."""
    parent = with_child(city, channel, language, iin)
    parent.taps("btn.my_children")
    parent.taps(parent.labels[0])
    return parent


def at_removal(city: City, channel: str = TELEGRAM, language: str = "ru", iin: str = ALIKHAN) -> Parent:
    """A parent asked whether to remove the child."""
    parent = at_card(city, channel, language, iin)
    parent.taps("btn.remove_from_list")
    return parent


def child_iin(number: int) -> Iin:
    """An IIN of a boy born in March 2023, another for each number."""
    starts = (f"2303{day:02}5{number:04}" for day in range(1, 28))
    eleven = next(digits for digits in starts if check_digit(digits) is not None)
    return Iin(f"{eleven}{check_digit(eleven)}")


def child_row(first: str = "Али", *, number: int = 500, iin: Iin | None = None, last: str = "Сабитов") -> PersonRow:
    """A child of Айгерим as the registry knows it."""
    iin = iin or child_iin(number)
    name = PersonName(last, first, "Бауыржанұлы")
    return PersonRow(iin, None, name, iin.born, Sex.MALE, "kazakh", Status.ACTIVE, (), (Iin(AIGERIM),))


def registry_knows(city: City, *people: PersonRow) -> None:
    """Put people into the person registry, in place of those with the same number."""
    city.deed(lambda deed: put_people(deed, people))


def registry_answers(city: City, answer: Answer | ChildAnswer) -> None:
    """The registry outside answers the newest question put to it."""
    ticket, address = city.rows("SELECT uid, address_id FROM job ORDER BY id DESC LIMIT 1")[0]
    values = tuple(sorted(to_values(answer).items()))
    said = Said(Heard.EVENT, purpose="registry", text=ticket, values=values)
    city.turn(Event("registry", "", ticket, Kept(said).body(), address_id=address))


# Seen.


def sentence(parent: Parent, text: Text) -> str:
    """Return a sentence, a plural too, in this chat's language."""
    return say(text, parent.language)


def lately(parent: Parent) -> str:
    """Return the words of the bot's last two messages: Telegram takes a key away with one and asks with the next."""
    return "\n\n".join(words_of(item["payload"]) for item in parent.bot_messages[-2:])


def stands_at(parent: Parent, step: Step) -> None:
    """Put a parent at a step, as a release with a bug might have stored it."""
    person, talk = parent.person, parent.talk
    stored = conversation.dump(talk.arrive(step, parent.city.clock.now()))
    parent.city.deed(lambda deed: drafts.keep(deed, person, {"talk": stored, "screens": {}}, expires_at=None))
