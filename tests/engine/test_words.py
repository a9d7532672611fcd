"""What a typed word means, and what it must never be taken for."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.engine import words
from dialogs.engine.words import Option, Universal

WELCOME = (
    Option("login", ("Войти", "Кіру", "Log in")),
    Option("register", ("Регистрация", "Тіркелу", "Register")),
    Option("guest", ("Без входа", "Кірусіз", "Without login")),
)
POLICY = (
    Option(
        "accept",
        ("Принимаю политику", "Саясатты қабылдаймын", "I accept the policy"),
        words=("принимаю", "қабылдаймын", "accept"),
    ),
    Option("read", ("Читать текст", "Мәтінді оқу", "Read the text")),
    Option("refuse", ("Не согласен(на)", "Келіспеймін", "I don't accept")),
)
VOUCHER = (
    Option("agree", ("Согласен(на)", "Келісемін", "I agree")),
    Option("details", ("Подробнее", "Толығырақ", "Details")),
    Option("operator", ("Оператор", "Оператор", "Operator")),
)
MENU = (
    Option("tabel", ("Табель", "Табель", "Tabel")),
    Option("applications", ("Мои заявления", "Өтініштерім", "My applications")),
    Option("children", ("Мои дети", "Балаларым", "My children")),
    Option("places", ("Свободные места", "Бос орындар", "Free places")),
    Option("referrals", ("Направления", "Жолдамалар", "Referrals")),
)
REFERRAL = (
    Option("extend", ("Продлить", "Ұзарту", "Extend")),
    Option("annul", ("Отменить", "Бас тарту", "Cancel it")),
    Option("cannot", ("Не смогу прийти", "Бара алмаймын", "I can't come")),
)
SUBMIT = (
    Option("submit", ("Отправить", "Жіберу", "Submit")),
    Option("apply", ("Подать заявление", "Өтініш беру", "Apply")),
    Option("continue", ("Продолжить", "Жалғастыру", "Continue")),
    Option("done", ("Готово", "Дайын", "Done")),
)
YES = (Option("yes", ("Да", "Иә", "Yes")), Option("no", ("Нет", "Жоқ", "No")))


# Universal words.


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (Universal.MENU, "меню мәзір мазир menu /menu 00"),
        (Universal.BACK, "назад артқа артка back /back 0"),
        (Universal.CANCEL, "отмена болдырмау болдырма cancel /cancel"),
        (Universal.HELP, "помощь көмек комек help /help ?"),
        (Universal.OPERATOR, "оператор человек адам agent /agent 99"),
        (Universal.LANGUAGE, "язык тіл тил lang /lang"),
        (Universal.REPEAT, "повтори қайтала кайтала"),
        (Universal.OPT_OUT, "стоп stop тоқта токта /stop"),
        (Universal.OPT_IN, "старт start баста"),
        (Universal.START, "/start"),
    ],
)
def test_every_universal_word_of_the_journeys_is_heard(command: Universal, said: str) -> None:
    assert {word: words.universal(word) for word in said.split()} == dict.fromkeys(said.split(), command)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (Universal.MENU, "menyu mazir mäzir"),
        (Universal.BACK, "nazad artqa artka"),
        (Universal.CANCEL, "otmena boldyrmau boldyrmaw boldyrma"),
        (Universal.HELP, "pomosh pomosch pomoshch komek kömek"),
        (Universal.OPERATOR, "operator chelovek 4elovek adam"),
        (Universal.LANGUAGE, "yazyk til"),
        (Universal.REPEAT, "povtori qaitala qaytala kaitala"),
        (Universal.OPT_OUT, "toqta tokta"),
        (Universal.OPT_IN, "basta"),
    ],
)
def test_a_universal_word_may_be_in_latin(command: Universal, said: str) -> None:
    assert {word: words.universal(word) for word in said.split()} == dict.fromkeys(said.split(), command)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (Universal.MENU, "vty. vfpbh v2p3h ьутг"),
        (Universal.BACK, "yfpfl fhnrf fhn0f ифсл"),
        (Universal.CANCEL, "jnvtyf ,jklshvfe ,jklshvf сфтсуд"),
        (Universal.HELP, "gjvjom rjvtr r-vtr рудз"),
        (Universal.OPERATOR, "jgthfnjh xtkjdtr flfv фпуте"),
        (Universal.LANGUAGE, "zpsr дфтп"),
        (Universal.REPEAT, "gjdnjhb rfqnfkf 0fqnfkf"),
        (Universal.OPT_OUT, "cnjg njrnf nj0nf ыещз"),
        (Universal.OPT_IN, "cnfhn ,fcnf ыефке"),
    ],
)
def test_a_universal_word_may_be_on_the_wrong_layout(command: Universal, said: str) -> None:
    assert {word: words.universal(word) for word in said.split()} == dict.fromkeys(said.split(), command)


@pytest.mark.parametrize(
    "said",
    ["МЕНЮ", " Меню! ", "меню 🙏", "«меню»", "менююю", "мeню", "МEНЮ", "/MENU", "/menu@bala_bot", "00."],
)
def test_case_signs_and_look_alike_letters_do_not_hide_a_universal_word(said: str) -> None:
    assert words.universal(said) is Universal.MENU


@pytest.mark.parametrize("said", ["стол", "стопа", "столп", "стоп слово", "сто", "stopp", "stol", "не стоп"])
def test_nobody_is_opted_out_by_a_near_miss(said: str) -> None:
    assert words.universal(said) is None


@pytest.mark.parametrize("said", "123456789")
def test_a_bare_digit_is_never_a_command(said: str) -> None:
    assert words.universal(said) is None


@pytest.mark.parametrize("said", ["10", "000", "990", "0 1", "кв 99", "в 00", "+0", "999", "0.99"])
def test_command_digits_count_only_as_the_whole_message(said: str) -> None:
    assert words.universal(said) is None


@pytest.mark.parametrize("said", ["/stopp", "/menu дети", "/menu@bot дети", "//", "/", "/app", "menu@bot"])
def test_an_unknown_slash_command_is_no_universal_one(said: str) -> None:
    assert words.universal(said) is None


@pytest.mark.parametrize("said", ["ntk", "n3k", "nbk", "ук"])
def test_three_letters_on_the_wrong_layout_prove_nothing(said: str) -> None:
    assert words.universal(said) is None


@pytest.mark.parametrize("said", ["???", "？", " ?? "])
def test_question_marks_alone_ask_for_help(said: str) -> None:
    assert words.universal(said) is Universal.HELP


@pytest.mark.parametrize(
    ("said", "payload"),
    [
        ("/start", ""),
        ("/start ", ""),
        ("/START", ""),
        ("/start@bala_bot", ""),
        ("/start app_2026-118", "app_2026-118"),
        ("/start@bala_bot link_AbC", "link_AbC"),
        ("start", None),
        ("/started", None),
        ("/startabc", None),
        ("напиши /start abc", None),
        ("", None),
    ],
)
def test_start_brings_what_the_link_carried(said: str, payload: str | None) -> None:
    assert words.start_payload(said) == payload


def test_start_with_a_payload_is_still_start() -> None:
    assert words.universal("/start inv_7") is Universal.START


# Languages.


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("kk", "қазақша, казакша, Қазақша!, каз, қаз, kaz, qazaqsha, kazaksha, казахский, по-казахски"),
        ("kk", "на казахском, қазақ тілінде, rfpfrif, 0fpf0if, in Kazakh, kazakh, қaзaқшa, қазақша 🇰🇿"),
        ("ru", "рус, Русский, русский язык, на русском, по-русски, по русски, орысша, oryssha, орысша."),
        ("ru", "russkii, russkiy, heccrbq, rus, russian, in russian, орыс тілі, орыс тили"),
        ("en", "english, English, eng, in english, ағылшынша, агылшынша, agylshynsha, английский"),
        ("en", "на английском, по-английски, утпдшыр"),
    ],
)
def test_a_language_is_known_by_its_name_in_any_language(language: str, said: str) -> None:
    names = said.split(", ")

    assert {name: words.language_word(name) for name in names} == dict.fromkeys(names, language)


@pytest.mark.parametrize(
    "said",
    ["группа на русском", "казах", "я русский", "школа english", "русская", "англия", "қазақстан", "1", ""],
)
def test_a_language_inside_other_words_is_not_a_wish(said: str) -> None:
    assert words.language_word(said) is None


@pytest.mark.parametrize(
    ("said", "locale", "language"),
    [
        ("Сәлем", "", "kk"),
        ("ІНІМ", "ru", "kk"),
        ("садик Балдырған где", "ru-RU", "kk"),
        ("Здравствуйте", "kk", "ru"),
        ("Ёлка", "", "ru"),
        ("hello", "", None),
        ("salem", "kk", "kk"),
        ("1", "ru-RU", "ru"),
        ("", "en", "en"),
        ("", "EN_us", "en"),
        ("👍", "uz", None),
        ("", "", None),
    ],
)
def test_letters_tell_the_language_before_the_app_does(said: str, locale: str, language: str | None) -> None:
    assert words.guess_language(said, locale) == language


# Choosing.


@pytest.mark.parametrize("said", ["2", "2.", "2)", "(2)", "№2", "№ 2", "2️⃣", "２", " 2 ", "2!", "2 регистрация"])
def test_an_option_is_chosen_by_its_number(said: str) -> None:
    assert words.pick(said, WELCOME) == "register"


@pytest.mark.parametrize("said", ["0", "4", "22", "02", "2.5", "1 2", "1,2", "-", "+2", "2 войти"])
def test_another_number_chooses_nothing(said: str) -> None:
    assert words.pick(said, WELCOME) is None


@pytest.mark.parametrize(
    "said",
    [
        "Регистрация",
        "РЕГИСТРАЦИЯ!",
        "«регистрация» ✍️",
        "тіркелу",
        "Тиркелу",
        "тiркелу",
        "Рeгиcтрация",
        "register",
        "tirkelu",
        "tirkelw",
        "tırkelu",
        "registraciya",
        "registratsiya",
        "htubcnhfwbz",
        "HTUBCNHFWBZ",
        "n3hrtke",
        "nbhrtke",
        "купшыеук",
    ],
)
def test_an_option_is_chosen_by_its_label_in_any_language_and_script(said: str) -> None:
    assert words.pick(said, WELCOME) == "register"


@pytest.mark.parametrize(
    "said",
    [
        "регистраця",
        "региcтрацыя",
        "регитсрация",
        "ергистрация",
        "registracia",
        "тіркелуу",
        "тркелу",
        "regster",
    ],
)
def test_a_typo_still_chooses(said: str) -> None:
    assert words.pick(said, WELCOME) == "register"


@pytest.mark.parametrize("said", ["страция", "егистрация", "рег", "регистр", "администрация", "реставрация"])
def test_another_word_is_not_a_typo(said: str) -> None:
    assert words.pick(said, WELCOME) is None


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("заявления", "applications"),
        ("дети", "children"),
        ("свободные", "places"),
        ("бос", "places"),
        ("free", "places"),
        ("cdj,jlyst", "places"),
    ],
)
def test_the_first_word_no_other_option_has_is_enough(said: str, choice: str) -> None:
    assert words.pick(said, MENU) == choice


@pytest.mark.parametrize("said", ["мои", "Мои", "my", "moi", "vjb"])
def test_a_beginning_two_options_share_chooses_neither(said: str) -> None:
    assert words.pick(said, MENU) is None


def test_a_second_telling_word_is_not_enough() -> None:
    assert words.pick("места", MENU) is None


def test_two_options_with_one_label_are_told_apart_by_number_only() -> None:
    twins = (Option("a", ("Алихан С.",)), Option("b", ("Алихан С.",)))

    assert (words.pick("алихан с", twins), words.pick("2", twins)) == (None, "b")


def test_a_number_that_is_also_another_label_is_in_doubt() -> None:
    groups = (Option("older", ("2",)), Option("younger", ("1",)))

    assert words.pick("1", groups) is None


def test_a_typo_equally_near_two_options_chooses_neither() -> None:
    days = (Option("a", ("Кентай",)), Option("b", ("Кентау",)))

    assert words.pick("кентаж", days) is None


@pytest.mark.parametrize(
    ("said", "choice"),
    [("согласен", "agree"), ("согласна", "agree"), ("soglasen", "agree"), ("Келисемин", "agree")],
)
def test_an_ending_in_brackets_need_not_be_typed(said: str, choice: str) -> None:
    assert words.pick(said, VOUCHER) == choice


@pytest.mark.parametrize(
    "said",
    [
        "не согласен",
        "Не согласна!",
        "несогласен",
        "ne soglasen",
        "yt cjukfcty",
        "согласен не",
        "нет, согласен",
        "не",
        "нет",
        "жоқ",
        "жок",
        "емес",
        "no",
        "not agree",
        "I don't agree",
        "dont agree",
        "I disagree",
        "келіспеймін",
        "келиспеймин",
        "келіспеймн",
        "келіспимін",
        "келіспймін",
        "келіспемін",
        "келіскім жоқ",
        "kelispeimin",
        "kelispeymin",
        "келіспедім",
    ],
)
def test_a_no_never_agrees(said: str) -> None:
    assert words.pick(said, VOUCHER) is None


@pytest.mark.parametrize(
    "said",
    [
        "не принимаю",
        "не принимаю политику",
        "ne prinimayu",
        "қабылдамаймын",
        "саясатты қабылдамаймын",
        "саясатты қабылдамимын",
        "qabyldamaimyn",
        "i dont accept the policy",
        "do not accept",
    ],
)
def test_a_no_never_accepts_the_policy(said: str) -> None:
    assert words.pick(said, POLICY) != "accept"


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ("өтініш бермеу", SUBMIT),
        ("жалғастырма", SUBMIT),
        ("жалғастырмау", SUBMIT),
        ("жібермеу", SUBMIT),
        ("жібермеймін", SUBMIT),
        ("не отправить", SUBMIT),
        ("don't", SUBMIT),
        ("ұзартпау", REFERRAL),
        ("не продлить", REFERRAL),
        ("без продлить", REFERRAL),
        ("бас тартпау", REFERRAL),
        ("жоқ", WELCOME),
        ("нет", WELCOME),
        ("no", WELCOME),
    ],
)
def test_a_no_never_starts_a_deed(said: str, options: tuple[Option, ...]) -> None:
    assert words.pick(said, options) is None


@pytest.mark.parametrize("said", ["смогу", "бара", "прийти", "come"])
def test_half_of_a_refusal_is_not_a_refusal(said: str) -> None:
    assert words.pick(said, REFERRAL) is None


@pytest.mark.parametrize(
    ("said", "choice"), [("не согласен", "refuse"), ("не согласна", "refuse"), ("келіспеймін", "refuse")]
)
def test_a_label_that_is_a_no_itself_is_chosen(said: str, choice: str) -> None:
    assert words.pick(said, POLICY) == choice


@pytest.mark.parametrize(
    ("said", "choice"), [("нет", "no"), ("жоқ", "no"), ("жок", "no"), ("ytn", "no"), ("да", "yes")]
)
def test_yes_and_no_may_be_labels(said: str, choice: str) -> None:
    assert words.pick(said, YES) == choice


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("выйти", "Войти"),
        ("войти", "Выйти"),
        ("включить", "Выключить"),
        ("вклчить", "Выключить"),
        ("вход", "Выход"),
        ("продолжить", "Продлить"),
        ("turn on", "Turn off"),
        ("2024 год", "2023 год"),
        ("930427400001", "930427400002"),
    ],
)
def test_a_look_alike_of_another_deed_is_not_a_typo(said: str, label: str) -> None:
    assert words.pick(said, (Option("deed", (label,)),)) is None


def test_a_short_word_on_another_layout_begins_no_label() -> None:
    assert words.pick("ещё", (Option("calendar", ("В календарь", "Күнтізбеге қосу", "To calendar")),)) is None


@pytest.mark.parametrize(("said", "options"), [("не", POLICY), ("не?", POLICY), ("I", VOUCHER)])
def test_a_word_that_says_too_little_begins_no_label(said: str, options: tuple[Option, ...]) -> None:
    assert words.pick(said, options) is None


def test_a_label_without_letters_is_never_matched_by_nothing() -> None:
    assert words.pick("👍", (Option("thumb", ("👍",)),)) is None


def test_nothing_is_chosen_of_nothing() -> None:
    assert words.pick("1", ()) is None


# Legal questions.


@pytest.mark.parametrize(
    "said",
    [
        "Принимаю политику",
        "  принимаю ПОЛИТИКУ. ",
        "принимаю",
        "ПРИНИМАЮ!",
        "Саясатты қабылдаймын",
        "Саясатты кабылдаймын",
        "қабылдаймын",
        "I accept the policy",
        "accept",
        "Accept.",
    ],
)
def test_the_exact_words_accept_the_policy(said: str) -> None:
    assert words.exact(said, POLICY) == "accept"


@pytest.mark.parametrize(
    "said",
    [
        "1",
        "ок",
        "иә",
        "да",
        "👍",
        "+",
        "принимаю?",
        "приниаю",
        "принимаем",
        "политику",
        "I",
        "I accept",
        "саясатты",
        "принимаю политику 1",
        "prinimayu",
        "qabyldaimyn",
        "ghbybvf.",
        "не принимаю",
        "қабылдамаймын",
        "согласен",
        "",
    ],
)
def test_nothing_else_accepts_the_policy(said: str) -> None:
    assert words.exact(said, POLICY) is None


@pytest.mark.parametrize("said", ["не согласен", "Не согласен(на)", "не согласенна", "келіспеймін", "i dont accept"])
def test_the_exact_words_refuse_the_policy(said: str) -> None:
    assert words.exact(said, POLICY) == "refuse"


def test_a_label_that_asks_may_be_typed_with_its_question_mark() -> None:
    assert words.exact("Забыли пароль?", (Option("forgot", ("Забыли пароль?",)),)) == "forgot"


# What is nearest.


@pytest.mark.parametrize(
    ("said", "first"),
    [("заевление", "applications"), ("детишки", "children"), ("tabil", "tabel"), ("jhsylfh", "places")],
)
def test_the_likest_option_is_offered_first(said: str, first: str) -> None:
    assert words.nearest(said, MENU)[0] == first


def test_three_options_are_offered_in_their_order_where_none_is_like() -> None:
    assert words.nearest("???", MENU) == ["tabel", "applications", "children"]


def test_no_more_options_are_offered_than_there_are() -> None:
    assert len(words.nearest("да", YES)) == 2


# Yes and no.


@pytest.mark.parametrize("said", ["да", "Да!", "иә", "ия", "иа", "ИӘ", "ok", "ОК", "yes", "+", "da", "lf", "iya", "iä"])
def test_this_is_a_yes(said: str) -> None:
    assert words.yes_or_no(said) is True


@pytest.mark.parametrize("said", ["нет", "Нет.", "жоқ", "жок", "joq", "zhok", "no", "-", "—", "net", "ytn"])
def test_this_is_a_no(said: str) -> None:
    assert words.yes_or_no(said) is False


@pytest.mark.parametrize(
    "said", ["не", "да нет", "нет да", "но", "B2", "L2", "-r", "1", "0", "👍", "--", "++", "дата", ""]
)
def test_this_is_neither(said: str) -> None:
    assert words.yes_or_no(said) is None


# Codes and long numbers.


@pytest.mark.parametrize(
    "said",
    [
        "654821",
        "код 654821",
        "код654821.",
        "654 821",
        "654-821",
        "654–821",
        "６５４８２１",
        "Balabaqsha: код 654821. Никому не говорите. Действует 5 минут",
        "654821 5 минут",
        "Код: 654821\n@balabaqsha.kz #654821",
    ],
)
def test_a_code_is_found_in_its_message(said: str) -> None:
    assert words.code_in(said) == "654821"


@pytest.mark.parametrize(
    "said",
    [
        "65482",
        "6548211",
        "654821 654822",
        "930427 400001",
        "930427400001",
        "8 747 123 45 67",
        "+7 747 123-45-67",
        "87 015 556 677",
        "21.01.2027",
        "21-01-27",
        "65 48 21",
        "код не пришёл",
        "٦٥٤٨٢١",
        "x" * 196 + "6548219",
        "",
    ],
)
def test_no_code_is_made_of_other_numbers(said: str) -> None:
    assert words.code_in(said) is None


@pytest.mark.parametrize(
    "said",
    [
        "930427400001",
        "930427 400001",
        "9304-2740-0001",
        "9304.2740.0001",
        "мой ИИН 930427400001, спасибо",
        "9 3 0 4 2 7 4 0 0 0 0 1",
        "９３０４２７４００００１",
        "9304274000011",
        "слово " * 90 + "930427400001",
    ],
)
def test_a_number_like_an_iin_is_noticed(said: str) -> None:
    assert words.has_long_number(said)


@pytest.mark.parametrize("said", ["93042740000", "8 (747) 123-45-67", "87471234567", "21.01.2027", "№ 2026-118", ""])
def test_a_shorter_number_is_not_like_an_iin(said: str) -> None:
    assert not words.has_long_number(said)


# Everything at once.

NOISE = [
    "здравствуйте",
    "сәлеметсіз бе",
    "рахмет",
    "спасибо большое",
    "мне нужно в сад",
    "бакшага кою керек",
    "mesta bar ma",
    "пачему номер бальше",
    "кезегим канша",
    "не хочу удалять",
    "жойғым келмейді",
    "не істеймін",
    "stop list degen ne",
    "стоп-лист",
    "человек не отвечает",
    "меня нет дома",
    "подожди",
    "🙏🙏🙏",
    "asdfgh",
    "привет, как дела?",
    "дом 99, кв 0",
    "Алихан",
    "qwerty123",
    "...",
    "ок понятно",
]


@pytest.mark.parametrize("said", NOISE)
def test_noise_is_no_universal_word(said: str) -> None:
    assert words.universal(said) is None


@pytest.mark.parametrize("said", NOISE)
@pytest.mark.parametrize("options", [WELCOME, POLICY, VOUCHER, MENU, REFERRAL, SUBMIT, YES])
def test_noise_chooses_nothing(said: str, options: tuple[Option, ...]) -> None:
    assert words.pick(said, options) is None


@pytest.mark.parametrize("said", NOISE)
def test_noise_is_neither_an_answer_nor_a_language_nor_a_code(said: str) -> None:
    assert (words.yes_or_no(said), words.language_word(said), words.code_in(said)) == (None, None, None)


LISTENERS: list[Callable[[str], object]] = [
    words.universal,
    words.start_payload,
    words.language_word,
    words.guess_language,
    words.yes_or_no,
    words.code_in,
    words.has_long_number,
    lambda said: words.pick(said, (*WELCOME, *POLICY, *MENU)),
    lambda said: words.exact(said, (*WELCOME, *POLICY, *MENU)),
    lambda said: words.nearest(said, (*WELCOME, *POLICY, *MENU)),
]
HOSTILE = [
    *("аб" * 250, "ab" * 250, "a " * 250, "﷽ﷺ" * 250, "е\u0301" * 250, "\u200d" * 500, "0" * 500),
    *("[" * 500, "\ud800" * 9, "/start" + " " * 490, "a4" * 250, "'-=" * 160, "Принимаюю" * 55, "\0\n\t"),
]


@pytest.mark.parametrize("listen", LISTENERS)
@given(st.text(max_size=500) | st.text("абпмеәқіabpme04, .-'/?", max_size=500))
@settings(deadline=None, database=None)
def test_any_message_is_heard_in_fifty_milliseconds(listen: Callable[[str], object], said: str) -> None:
    assert seconds(listen, said) < 0.05


@pytest.mark.parametrize("listen", LISTENERS)
@pytest.mark.parametrize("said", HOSTILE)
def test_a_hostile_message_is_heard_in_fifty_milliseconds(listen: Callable[[str], object], said: str) -> None:
    assert seconds(listen, said) < 0.05


def test_only_the_beginning_of_a_long_message_is_looked_at() -> None:
    assert words.pick("регистрация" + " " * 300 + "войти", WELCOME) == "register"


def seconds(listen: Callable[[str], object], said: str) -> float:
    """Return the least of three times: neither a busy machine nor the garbage collector may fail a test."""
    times = []
    for _ in range(3):
        began = time.process_time()
        listen(said)
        times.append(time.process_time() - began)
    return min(times)
