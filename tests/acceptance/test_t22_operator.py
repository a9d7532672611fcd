"""T22: hours, queue, card, two agents, undo, WhatsApp's window, rating: parents and the desk from outside."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from dialogs.engine.catalogue import say
from dialogs.engine.texts import T
from tests.acceptance.running import RunningBot
from tests.fakes.telegram import FakeTelegram

LANGUAGES = {"kk": "Қазақша", "ru": "Русский"}


class Agent:
    """A colleague of the contact centre, in a browser without a browser."""

    def __init__(self, bot: RunningBot) -> None:
        self._bot, self._csrf = bot, ""
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def signs_in(self, login: str) -> Agent:
        async with self._http.post(f"{self._bot.address}/desk/demo/{login}") as answer:
            found = re.search(r'data-csrf="([^"]+)"', await answer.text())
        assert found is not None
        self._csrf = found[1]
        return self

    async def reads(self, path: str) -> str:
        async with self._http.get(f"{self._bot.address}{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def does(self, path: str, **form: str) -> dict[str, Any]:
        call = self._http.post(f"{self._bot.address}{path}", data=form, headers={"X-CSRF": self._csrf})
        async with call as answer:
            return dict(await answer.json()) | {"status": answer.status}

    async def leaves(self) -> None:
        await self._http.close()


@pytest.fixture
async def desk(bot: RunningBot) -> AsyncIterator[dict[str, Agent]]:
    """Айнур and Марат on shift."""
    agents = {login: await Agent(bot).signs_in(login) for login in ("ainur", "marat")}
    yield agents
    for one in agents.values():
        await one.leaves()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_parent_on_telegram(
    telegram: FakeTelegram, bot: RunningBot, desk: dict[str, Agent], language: str
) -> None:
    phone = telegram.phone(user_id=522, first_name="Айгерим", language_code="kk")
    ainur, marat = desk["ainur"], desk["marat"]

    async def sees(key: str, **names: object) -> None:
        words = say(T(key, **names), language)
        await phone.wait_for(lambda seen: words in seen.last.text, timeout=60)

    # Saturday noon: nobody is there, the question is kept for Monday.
    await bot.post("/demo/clock", {"to": "2026-12-05T12:00:00+05:00"})
    await phone.start()
    await sees("msg.start.language")
    await phone.tap(LANGUAGES[language])
    await sees("msg.start.welcome")
    await phone.text("/agent")
    await sees("msg.agent_handoff.topic")
    await phone.tap(say(T("btn.skip"), language))
    hours = T("label.hours_run", first=T("wd.0"), last=T("wd.4"), opens="9:00", closes="18:00")
    await sees("msg.agent.closed", hours=hours)
    await phone.tap(say(T("btn.leave_question"), language))
    await sees("msg.agent_handoff.leave_message")
    await phone.text("930427400001, код 123456")
    await sees("msg.operator.received", number=1001, hours=hours)

    # Monday: the board shows it, two take, one wins; nothing secret is on the card.
    await bot.post("/demo/clock", {"to": "2026-12-07T10:00:00+05:00"})
    await ainur.signs_in("ainur")  # a session lives for a shift
    await marat.signs_in("marat")
    assert "#1001" in await ainur.reads("/desk/queue?tab=free")
    assert (await ainur.does("/desk/cases/1001/take"))["status"] == 200
    assert (await marat.does("/desk/cases/1001/take"))["status"] == 409
    card = await ainur.reads("/desk/cases/1001")
    assert "••••••••0001" in card
    assert "first_start.welcome" in card
    assert not any(secret in card for secret in ("930427400001", "123456"))
    await sees("msg.agent_handoff.joined", agent="Айнур")

    # A colleague's words and a note stay here; what is taken back never arrives; what is sent does.
    assert (await marat.does("/desk/cases/1001/reply", text="Это Марат"))["status"] == 409
    await ainur.does("/desk/cases/1001/note", text="// проверить код")
    undone = await ainur.does("/desk/cases/1001/reply", text="Не то")
    assert (await ainur.does("/desk/cases/1001/undo", message=str(undone["message"])))["text"] == "Не то"
    await ainur.does("/desk/cases/1001/reply", text="Здравствуйте! Чем помочь?")
    await phone.wait_for(lambda seen: "Чем помочь?" in seen.last.text, timeout=60)
    assert not any(words in phone.transcript for words in ("Это Марат", "проверить код", "Не то"))

    # The bot is silent, the menu is a question, the conversation goes to a colleague with its history.
    await phone.text("Как войти?")
    await phone.text("меню")
    await sees("msg.agent_handoff.menu_while_live")
    await phone.tap(say(T("btn.no"), language))
    await ainur.does("/desk/cases/1001/transfer", to="marat", reason="вопрос о входе")
    await phone.wait_for(lambda seen: "Марат" in seen.transcript, timeout=60)
    assert "Как войти?" in await marat.reads("/desk/cases/1001")

    # It ends with one question, and what was no help is opened again.
    await marat.does("/desk/cases/1001/close", reason="solved", summary="Готово")
    await sees("msg.agent.rate")
    await phone.tap(say(T("btn.no"), language))
    await sees("msg.agent_rating.comment")
    await phone.text("Не помогло")
    await sees("msg.agent_rating.reopened")
    queue = await ainur.reads("/desk/queue?tab=free")
    assert "P2" in queue
    assert "#1001" in queue


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_parent_on_whatsapp_whose_window_closed(bot: RunningBot, desk: dict[str, Agent], language: str) -> None:
    ainur = desk["ainur"]
    person = (await bot.post("/demo/people", {"name": "Гость"}))["id"]

    async def shown() -> list[dict[str, Any]]:
        state = await bot.get(f"/demo/state?person={person}")
        return list(state["phones"]["whatsapp"]["messages"])

    async def says(text: str) -> None:
        await bot.post("/demo/phones/whatsapp/say", {"person": person, "kind": "text", "text": text})

    await bot.post("/demo/clock", {"to": "2026-12-07T10:00:00+05:00"})
    await ainur.signs_in("ainur")
    for words in ("Сәлем", LANGUAGES[language], "оператор", say(T("btn.skip"), language), "Где мой ребёнок в очереди?"):
        await says(words)
    await ainur.does("/desk/cases/1001/take")
    await bot.move_clock(hours=25)
    await ainur.signs_in("ainur")
    assert say(T("desk.window_shut"), "ru") in await ainur.reads("/desk/cases/1001")

    await ainur.does("/desk/cases/1001/reply", text="Номер в очереди: 12")
    await bot.move_clock(seconds=1)
    template = [message for message in await shown() if message["payload"].get("template")][-1]
    assert template["payload"]["template"] == "tpl_agent_reply"
    assert "Номер в очереди" not in repr(await shown())
    action = template["payload"]["actions"][0]
    tap = {"person": person, "kind": "tap", "message": template["id"], "data": action["id"], "label": action["title"]}
    await bot.post("/demo/phones/whatsapp/say", tap)
    await bot.move_clock(seconds=1)

    assert "Номер в очереди: 12" in repr((await shown())[-1])
