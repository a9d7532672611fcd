"""Regimes: read whole or not at all; each number in a file is a number of the city's life."""

from __future__ import annotations

import re
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from services import regimes
from services.regimes import HERE, BadRegime, Regime, installed, load, parse
from services.workdays import built_in

MONDAY = datetime.fromisoformat("2026-11-23T10:00:00+05:00")
FILED = datetime.fromisoformat("2026-11-20T10:00:00+05:00")


def text_of(regime: str) -> str:
    return (HERE / f"{regime}.toml").read_text(encoding="utf-8")


def changed(regime: str, table: str, field: str, value: str) -> Regime:
    """The regime with one value of its file changed."""
    head, mark, rest = text_of(regime).rpartition(f"[{table}]") if table else ("", "", text_of(regime))
    body, count = re.subn(rf"(?m)^{field} = [^#\n]*", f"{field} = {value} ", rest, count=1)
    assert count == 1
    return parse(head + mark + body)


@pytest.mark.parametrize(
    ("kato", "regime"),
    [
        ("612010000", "snation_bulletin_2020"),
        ("750000000", "snation_voucher_2025"),
        ("751110000", "snation_voucher_2025"),
        ("151010000", "akt_direct_choice"),
        ("591010000", "egov_offer_2025"),
    ],
)
def test_exactly_one_regime_takes_new_applications_in_a_locality(kato: str, regime: str) -> None:
    taking = installed().taking(kato, date(2026, 11, 20))

    assert taking is not None
    assert taking.id == regime


def test_a_locality_may_hold_older_applications_of_another_regime() -> None:
    assert {item.id for item in installed().living("612010000")} == {"snation_bulletin_2020", "snation_voucher_2025"}


def test_the_date_chooses_too_and_nobody_takes_applications_where_none_is_named() -> None:
    assert installed().taking("750000000", date(2024, 12, 31)) is None
    assert installed().taking("710000000", date(2026, 11, 20)) is None


def test_a_regime_that_ended_takes_no_more_and_the_longest_prefix_wins(tmp_path: Path) -> None:
    shutil.copytree(HERE, tmp_path / "r", ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    old = tmp_path / "r" / "snation_bulletin_2020.toml"
    old.write_text(old.read_text().replace("since = 2020-01-01", "since = 2020-01-01\nuntil = 2026-12-31"))
    akt = tmp_path / "r" / "akt_direct_choice.toml"
    akt.write_text(akt.read_text().replace('takes = ["151"]', 'takes = ["151", "612010000"]'))

    found = load(tmp_path / "r")

    assert getattr(found.taking("612030000", date(2026, 12, 31)), "id", "") == "snation_bulletin_2020"
    assert found.taking("612030000", date(2027, 1, 1)) is None
    assert getattr(found.taking("612010000", date(2026, 11, 20)), "id", "") == "akt_direct_choice"


def test_two_regimes_that_claim_one_locality_do_not_start(tmp_path: Path) -> None:
    shutil.copytree(HERE, tmp_path / "r", ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    akt = tmp_path / "r" / "akt_direct_choice.toml"
    akt.write_text(akt.read_text().replace('takes = ["151"]', 'takes = ["612"]'))

    with pytest.raises(BadRegime, match="612"):
        load(tmp_path / "r")


@pytest.mark.parametrize(
    ("regime", "table", "field", "value"),
    [
        ("snation_bulletin_2020", "", "capabilities", '["flying"]'),
        ("snation_bulletin_2020", "terms.referral_valid", "n", "0"),
        ("snation_bulletin_2020", "terms.referral_valid", "unit", '"moon"'),
        ("snation_bulletin_2020", "order", "ratio", "[1]"),
        ("snation_bulletin_2020", "order", "policy", '"lot"'),
        ("snation_bulletin_2020", "age", "removal_after", '"02-31"'),
        ("snation_bulletin_2020", "", "languages", "[]"),
        ("snation_voucher_2025", "order", "age_bands", "[0, 3]"),
        ("snation_voucher_2025", "", "capabilities", '["voucher", "lapse_removal", "tabel"]'),
        # What nothing uses yet is read as closely.
        ("snation_voucher_2025", "tabel", "last_day", "31"),
        ("snation_voucher_2025", "tabel", "first_day", "11"),
        ("snation_voucher_2025", "tabel", "miss_limit", "0"),
        ("snation_voucher_2025", "tabel", "late", '"perhaps"'),
        ("snation_voucher_2025", "tabel", "dispute_counts", "0"),
        ("snation_voucher_2025", "order", "refresh_by", '"07-02"'),
        ("snation_voucher_2025", "order", "distribution_from", '"13-01"'),
        ("snation_voucher_2025", "order", "per_birth_year", '"no"'),
        ("snation_voucher_2025", "order", "age_bands", "[4, 3]"),
        ("snation_voucher_2025", "assurance", "confirm_tabel", '"stamp"'),
        ("snation_voucher_2025", "terms.voucher_restore", "uses", "0"),
        ("snation_voucher_2025", "terms.contract", "starts", '"whenever"'),
        ("snation_voucher_2025", "", "older", '["Кентау"]'),
        ("akt_direct_choice", "limits", "lapses", "0"),
        ("akt_direct_choice", "limits", "lapses", "true"),
        ("akt_direct_choice", "terms.extension", "n", "30.5"),
        ("egov_offer_2025", "age", "min_months", "72"),
        ("egov_offer_2025", "age", "remove_at", '"6"'),
        ("egov_offer_2025", "age", "group_basis", '"school"'),
        ("egov_offer_2025", "order", "ratio", "[1, 0]"),
        ("snation_bulletin_2020", "", "child_fields", '["sex"]'),
        ("snation_bulletin_2020", "terms.extension", "only_on_last_day", "1"),
    ],
)
def test_a_regime_that_is_not_whole_does_not_start(regime: str, table: str, field: str, value: str) -> None:
    with pytest.raises(BadRegime):
        changed(regime, table, field, value)


def test_a_capability_without_its_term_does_not_start() -> None:
    text = text_of("akt_direct_choice")
    with pytest.raises(BadRegime, match="parent_annul"):
        parse(re.sub(r"\[terms\.parent_annul\]\n(.+\n)+", "", text))


TERMS = [
    (regime, term, getattr(installed().get(regime).terms, term))
    for regime in installed().all
    for term in regimes.Terms.__dataclass_fields__
    if getattr(installed().get(regime).terms, term)
]


@pytest.mark.parametrize(("regime", "name", "term"), TERMS)
def test_each_deadline_of_a_file_moves_with_its_number(regime: str, name: str, term: regimes.Term) -> None:
    longer = getattr(changed(regime, f"terms.{name}", "n", str(term.n + 1)).terms, name)

    assert built_in().due(MONDAY, longer) > built_in().due(MONDAY, term)


@pytest.mark.parametrize("regime", [item.id for item in installed().all.values() if item.order.policy == "ratio"])
def test_the_order_moves_with_the_ratio(regime: str) -> None:
    before, total = {0: 0, 1: 4, 2: 9}, {0: 2, 1: 4, 2: 9}

    assert installed().get(regime).order.place(2, before, total) == 2 + 10 + 4
    assert changed(regime, "order", "ratio", "[1, 9]").order.place(2, before, total) == 2 + 10 + 2
    assert changed(regime, "order", "ratio", "[2, 9]").order.place(2, before, total) == 2 + 10 + 4


def test_the_order_moves_with_the_table_of_categories() -> None:
    order = installed().get("snation_voucher_2025").order

    assert order.rank("", 2024, 2026) == 21  # V9
    assert order.rank("", 2024, 2027) == 20  # V10: a year later the same child stands elsewhere
    assert changed("snation_voucher_2025", "order", "age_bands", "[5, 4, 3, 0]").order.rank("", 2024, 2026) == 28


@pytest.mark.parametrize("regime", list(installed().all))
def test_ages_move_with_their_numbers(regime: str) -> None:
    rules = installed().get(regime)

    assert changed(regime, "age", "remove_at", str(rules.age.remove_at + 1)).removal_year(FILED.date()) == (
        rules.removal_year(FILED.date()) + 1
    )
    assert changed(regime, "age", "min_months", "30").age.min_months == 30


def test_the_two_thousand_twenty_form_lists_only_those_out_of_turn() -> None:
    assert installed().get("snation_bulletin_2020").benefits == ("military", "special_state_body")
    assert len(installed().get("akt_direct_choice").benefits) == 9


def test_what_one_regime_says_is_not_taken_for_another() -> None:
    akt, bulletin = installed().get("akt_direct_choice"), installed().get("snation_bulletin_2020")

    assert (akt.lapses, bulletin.lapses) == (2, None)  # C5
    assert bulletin.terms.parent_annul is None  # C8
    assert not bulletin.can("parent_annul")
    assert bulletin.terms.extension != akt.terms.extension  # C6
    with pytest.raises(KeyError):
        akt.can("teleport")
