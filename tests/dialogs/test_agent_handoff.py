"""A human: topic, queue, conversation, and back to the same question."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.desk import Desk
from dialogs.engine.texts import T
from services.desk import Role, Staff
from services.refused import Refused
from storage import agents, desk_reads
from storage import desk as storage_desk
from storage.do import Deed
from storage.models import instant
from tests.city import CHANNELS, LANGUAGES, TELEGRAM, WHATSAPP, City, Parent, words_of
from tests.dialogs import journeys


def agent(city: City, login: str = "ainur", shown: str = "Айнур", role: Role = Role.AGENT) -> Staff:
    def hire(deed: Deed) -> Staff:
        made = agents.add(deed, login=login, shown=shown, role=role, password_hash="x", secret="S" * 32)
        agents.set_status(deed, made, "online")
        return made

    made: Staff = city.deed(hire)
    return made


def desk(city: City) -> Desk:
    return Desk(city.handler)


def queued(city: City, channel: str = TELEGRAM, language: str = "ru") -> Parent:
    parent = journeys.at_iin(city, channel, language)
    parent.says(parent.say("btn.operator"))
    parent.taps("btn.skip")
    return parent


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parent_talks_to_an_agent_and_comes_back_to_the_same_question(
    city: City, channel: str, language: str
) -> None:
    ainur = agent(city)
    parent = queued(city, channel, language)
    assert parent.say("msg.agent.queue", position=1, wait=10) in parent.sees
    question = "registration.ask_iin"

    parent.says("Где мой код?")
    city.deed(lambda deed: desk(city).take(deed, ainur, 1001))
    city.send()
    assert parent.sees == parent.say("msg.agent_handoff.joined", agent="Айнур")
    city.deed(lambda deed: desk(city).reply(deed, ainur, 1001, "Сейчас посмотрю"))
    city.move(seconds=4)
    assert "Сейчас посмотрю" not in parent.sees
    city.move(seconds=1)
    assert parent.sees == f"{parent.say('msg.agent_handoff.prefix', agent='Айнур')}\nСейчас посмотрю"
    before = parent.sees
    assert parent.says("спасибо") == before
    city.deed(lambda deed: desk(city).close(deed, ainur, 1001, "solved", "", faq_gap=False))
    city.send()
    assert parent.sees == parent.say("msg.agent.rate")
    parent.taps("btn.yes")

    assert parent.state in (question, "resume_prompt.offer")


# Who is spoken to.


def talking(city: City, channel: str = TELEGRAM, language: str = "ru") -> tuple[Parent, Staff]:
    """A parent and the agent who took their case."""
    ainur = agent(city)
    parent = queued(city, channel, language)
    city.deed(lambda deed: desk(city).take(deed, ainur, 1001))
    city.send()
    return parent, ainur


def answers(city: City, staff: Staff, text: str, number: int = 1001) -> int:
    message: int = city.deed(lambda deed: desk(city).reply(deed, staff, number, text))
    return message


def lines(city: City, staff: Staff) -> list[tuple[str, str]]:
    """What the desk reads."""
    card: desk_reads.Card = city.deed(lambda deed: desk_reads.card(deed, staff, 1001))
    return [(line.who, line.words) for line in card.lines]


def test_everything_typed_goes_to_the_human_and_the_bot_is_silent(city: City) -> None:
    parent, ainur = talking(city)
    before = len(parent.bot_messages)

    for text in ("1", "помощь", "Қазақша", "930427400001"):
        parent.says(text)
    parent.sends("photo")

    assert len(parent.bot_messages) == before
    assert lines(city, ainur) == [
        ("parent", "1"),
        ("parent", "помощь"),
        ("parent", "Қазақша"),
        ("parent", "••••••••0001"),
        ("parent", ""),
    ]


@pytest.mark.parametrize("secret", ["мой код 123456", "пароль: qwerty", "123 456"])
def test_no_secret_is_kept_for_the_desk(city: City, secret: str) -> None:
    parent, ainur = talking(city)

    parent.says(secret)

    assert not any(word in repr(lines(city, ainur)) for word in ("123456", "123 456", "qwerty"))


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_menu_opens_only_after_a_yes_and_the_conversation_stays(city: City, channel: str) -> None:
    parent, ainur = talking(city, channel)

    assert parent.says("меню") == parent.say("msg.agent_handoff.menu_while_live")
    parent.taps("btn.yes")
    assert parent.state.endswith(("welcome", "guest_menu"))
    answers(city, ainur, "Вы здесь?")
    city.move(seconds=5)
    parent.says("да, я здесь")

    assert lines(city, ainur)[-1] == ("parent", "да, я здесь")


def test_the_menu_while_waiting_keeps_the_place(city: City) -> None:
    parent = queued(city)

    parent.taps("btn.menu")

    assert parent.state == "first_start.guest_menu"
    assert city.rows('SELECT state FROM "case"') == [("new",)]


def test_a_button_of_the_bot_still_works_under_the_words_of_a_human(city: City) -> None:
    parent, ainur = talking(city)
    parent.says("меню")
    parent.taps("btn.yes")
    answers(city, ainur, "Нажмите «Войти»")
    city.move(seconds=5)

    parent.taps("r_login")

    assert parent.state == "login.gate"


def test_an_agent_opens_a_screen_and_only_the_parent_presses(city: City) -> None:
    parent, ainur = talking(city)

    city.deed(lambda deed: desk(city).open_screen(deed, ainur, 1001, "login"))
    city.send()
    said = parent.say("msg.agent_handoff.opened_flow", flow=T("flow.login"))
    assert parent.sees.startswith(said)
    assert parent.state == "login.choose"
    parent.says("оператор")

    assert parent.state == "agent_handoff.live"


# Before it is sent.


def test_a_reply_can_be_taken_back_for_five_seconds(city: City) -> None:
    parent, ainur = talking(city)
    before = parent.sees
    message = answers(city, ainur, "Ошибка")
    city.move(seconds=4)

    words = city.deed(lambda deed: storage_desk.undo(deed, ainur, 1001, message))
    city.move(seconds=60)

    assert (words, parent.sees) == ("Ошибка", before)
    assert city.rows('SELECT state, replied_at FROM "case"') == [("taken", None)]


def test_what_is_sent_cannot_be_taken_back(city: City) -> None:
    _, ainur = talking(city)
    message = answers(city, ainur, "Здравствуйте")
    city.move(seconds=5)

    with pytest.raises(Refused, match=r"err\.desk\.sent"):
        city.deed(lambda deed: storage_desk.undo(deed, ainur, 1001, message))


def test_of_two_agents_who_take_one_wins(city: City) -> None:
    queued(city)
    ainur, marat = agent(city), agent(city, "marat", "Марат")
    city.deed(lambda deed: desk(city).take(deed, ainur, 1001))

    with pytest.raises(Refused, match=r"err\.desk\.taken") as lost:
        city.deed(lambda deed: desk(city).take(deed, marat, 1001))

    assert lost.value.names == {"agent": "Айнур"}


def test_only_the_holder_speaks_and_notes_never_leave(city: City) -> None:
    parent, ainur = talking(city)
    marat = agent(city, "marat", "Марат")
    before = len(parent.bot_messages)

    with pytest.raises(Refused, match=r"err\.desk\.not_yours"):
        answers(city, marat, "Я помогу")
    city.deed(lambda deed: storage_desk.note(deed, marat, 1001, "спросить про сад"))
    city.move(minutes=1)

    assert len(parent.bot_messages) == before
    assert lines(city, ainur) == [("note", "спросить про сад")]


@pytest.mark.parametrize("text", ["", "   ", "а" * 1401, "Жду до {date}"])
def test_what_cannot_be_sent_is_refused_at_once(city: City, text: str) -> None:
    _, ainur = talking(city)

    with pytest.raises(Refused, match=r"err\.desk\.(empty|too_long|blanks)"):
        answers(city, ainur, text)


# WhatsApp's window.


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_day_later_the_template_brings_the_answer(city: City, language: str) -> None:
    parent, ainur = talking(city, WHATSAPP, language)
    parent.says("Когда придёт ответ?")
    city.move(hours=25)

    answers(city, ainur, "Ответ пришёл")
    answers(city, ainur, "Посмотрите")
    city.move(minutes=1)
    template = parent.bot_messages[-1]["payload"]
    assert (template["template"], parent.labels) == ("tpl_agent_reply", [parent.say("btn.show_answer")])
    assert "Ответ пришёл" not in repr(parent.bot_messages)
    parent.taps("btn.show_answer")

    prefix = parent.say("msg.agent_handoff.prefix", agent="Айнур")
    assert [words_of(item["payload"]) for item in parent.bot_messages[-2:]] == [
        f"{prefix}\nОтвет пришёл",
        f"{prefix}\nПосмотрите",
    ]


def test_a_case_closed_behind_a_closed_window_is_told_when_the_parent_is_back(city: City) -> None:
    parent, ainur = talking(city, WHATSAPP)
    city.move(hours=25)
    before = len(parent.bot_messages)
    city.deed(lambda deed: desk(city).close(deed, ainur, 1001, "silent", "Итог", faq_gap=False))
    city.move(minutes=1)
    assert len(parent.bot_messages) == before

    said = parent.says("Я вернулась")

    assert said.startswith(parent.say("msg.agent_handoff.over"))
    assert city.rows("SELECT count(*) FROM outbox WHERE state='failed'") == [(0,)]


# Hours.


def closed(city: City, language: str = "ru", channel: str = TELEGRAM) -> Parent:
    """A parent who calls on a Saturday."""
    city.clock.at = datetime(2026, 12, 5, 7, 0, tzinfo=UTC)
    parent = journeys.at_iin(city, channel, language)
    parent.says("оператор")
    parent.taps("btn.skip")
    return parent


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_out_of_hours_a_question_is_kept_for_the_morning(city: City, channel: str, language: str) -> None:
    parent = closed(city, language, channel)
    hours = T("label.hours_run", first=T("wd.0"), last=T("wd.4"), opens="9:00", closes="18:00")
    assert parent.sees == parent.say("msg.agent.closed", hours=hours)
    parent.taps("btn.leave_question")

    said = parent.says("Почему не приходит код?")

    assert said.startswith(parent.say("msg.operator.received", number=1001, hours=hours))
    assert parent.state == "registration.ask_iin"
    due = city.rows('SELECT due_at FROM "case"')[0][0]
    assert instant(due) == datetime(2026, 12, 7, 4, 15, tzinfo=UTC)


def test_out_of_hours_a_call_can_be_asked_for(city: City) -> None:
    parent = closed(city)
    ainur = agent(city)
    parent.taps("btn.call_me")
    parent.says("+7 747 123 45 67")

    said = parent.taps("r_tomorrow")

    slot = T("label.slot_morning", day=date(2026, 12, 7))
    assert parent.say("msg.callback_request.done", slot=slot) in said
    assert city.deed(lambda deed: storage_desk.phone_of(deed, ainur, 1)) == "+77471234567"


# The end.


def test_no_help_with_a_comment_opens_the_case_again_for_a_senior(city: City) -> None:
    parent, ainur = talking(city)
    city.deed(lambda deed: desk(city).close(deed, ainur, 1001, "solved", "Код отправлен", faq_gap=False))
    city.send()
    parent.taps("btn.no")

    said = parent.says("Код так и не пришёл")

    assert parent.say("msg.agent_rating.reopened") in said
    assert city.rows('SELECT state, priority, team, rating, reopened FROM "case"') == [("new", 2, "senior", "no", 1)]


def test_within_a_day_the_same_agent_goes_on(city: City) -> None:
    parent, ainur = talking(city)
    city.deed(lambda deed: desk(city).close(deed, ainur, 1001, "solved", "", faq_gap=False))
    city.send()
    parent.taps("btn.yes")
    parent.says("оператор")

    parent.taps("r_reopen")

    assert parent.state == "agent_handoff.live"
    assert city.rows('SELECT state, holder_id, reopened FROM "case"') == [("taken", ainur.id, 1)]


def test_after_a_day_a_new_case_is_opened(city: City) -> None:
    parent, ainur = talking(city)
    city.deed(lambda deed: desk(city).close(deed, ainur, 1001, "solved", "", faq_gap=False))
    city.move(days=3)

    parent.says("оператор")

    assert parent.say("r_reopen") not in parent.labels


def test_a_parent_who_says_nothing_is_warned_then_the_case_is_closed(city: City) -> None:
    parent, ainur = talking(city)
    answers(city, ainur, "Помогло?")
    city.move(minutes=45, seconds=5)
    city.deed(desk(city).tick)
    city.send()
    assert parent.sees == parent.say("msg.agent_handoff.silence")
    city.move(minutes=15)

    city.deed(desk(city).tick)
    city.send()

    assert parent.sees == parent.say("msg.agent.rate")
    assert city.rows('SELECT state, reason FROM "case"') == [("closed", "silent")]


def test_who_moves_up_in_the_queue_is_told_where_they_stand(city: City) -> None:
    ainur = agent(city)
    queued(city)
    second = queued_on(city, WHATSAPP, phone="+77015550011")
    assert second.say("msg.agent.queue", position=2, wait=20) in second.sees
    city.deed(lambda deed: desk(city).take(deed, ainur, 1001))
    city.move(minutes=6)

    city.deed(desk(city).tick)
    city.send()

    assert second.sees == second.say("msg.agent.queue", position=1, wait=10)


def queued_on(city: City, channel: str, **known: str) -> Parent:
    parent = journeys.at_iin(city, channel, **known)
    parent.says("оператор")
    parent.taps("btn.skip")
    return parent
