"""The table of task types and statuses (A5)."""

from __future__ import annotations

from integrations.vendors.hellohq.project_records import TaskType, TaskTypeStatus
from projects.mapping import OFF, Row, offers, paths_of, rows, to_store
from projects.settings import HelloHqAworkSettings

ACTIVITIES = offers(["Design", "Text", "Beratung"])
STATUSES = offers(["To do", "Fertig"])


def hq_type(name: str, *statuses: str) -> TaskType:
    found = [TaskTypeStatus(f"{name}-{s}", name, s, s == "Fertig") for s in statuses]
    return TaskType(name, name, False, found)


TYPES = [hq_type("Grafik", "Offen", "fertig"), hq_type(" text ")]


def stored(
    types: dict[str, str] | None = None, statuses: dict[str, dict[str, str]] | None = None
) -> HelloHqAworkSettings:
    return HelloHqAworkSettings(task_type_mapping=types or {}, task_status_mapping=statuses or {})


def table(answers: HelloHqAworkSettings | None = None) -> dict[tuple[str, ...], Row]:
    found = rows(TYPES, ACTIVITIES, STATUSES, answers or stored())
    return {row.path: row for row in found}


def test_a5_equal_names_are_suggested_and_others_are_empty() -> None:
    states = {path: (row.state, row.value) for path, row in table().items()}
    assert states == {
        ("Grafik",): ("empty", ""),
        ("Grafik", "Offen"): ("empty", ""),
        ("Grafik", "fertig"): ("suggested", "=Fertig"),
        (" text ",): ("suggested", "=Text"),
    }


def test_a5_a_suggestion_needs_no_storing_and_a_choice_does() -> None:
    values = {"map/Grafik": "=Design", "map/Grafik/Offen": "", "map/Grafik/fertig": "=Fertig"}
    assert to_store([*table().values()], values) == {
        "task_type_mapping": {"Grafik": "Design"}, "task_status_mapping": {}
    }  # fmt: skip


def test_a5_a_choice_of_the_equal_name_is_kept_once_it_was_explicit() -> None:
    found = table(stored({"text": "text"}, {"grafik": {"FERTIG": "To do"}}))
    assert found[(" text ",)].value == "=Text" and found[(" text ",)].state == "chosen"
    values = {row.key: row.value for row in found.values()} | {"map/Grafik/fertig": "=Fertig"}
    assert to_store([*found.values()], values) == {
        "task_type_mapping": {" text ": "Text"},
        "task_status_mapping": {"Grafik": {"fertig": "Fertig"}},
    }


def test_a5_not_to_be_transferred_is_a_choice_too() -> None:
    values = {"map/%20text%20": OFF}
    kept = to_store([*table().values()], values)
    assert kept["task_type_mapping"] == {" text ": ""}
    again = table(stored({" text ": ""}))[(" text ",)]
    assert (again.state, again.value) == ("off", OFF)


def test_a5_what_awork_has_no_more_stays_visible() -> None:
    row = table(stored({"Grafik": "Zeichnen"}))[("Grafik",)]
    assert row.is_gone and row.value == "=Zeichnen"
    assert ("=Zeichnen", "Zeichnen") in row.choices


def test_a5_what_hellohq_has_no_more_stays_until_it_is_emptied() -> None:
    found = table(stored({"Design": "Text"}))
    row = found[("Design",)]
    assert not row.is_here and row.value == "=Text" and ("", "–") in row.choices
    assert to_store([row], {row.key: row.value})["task_type_mapping"] == {"Design": "Text"}
    assert to_store([row], {row.key: ""})["task_type_mapping"] == {}


def test_a5_nothing_is_called_gone_while_a_system_does_not_answer() -> None:
    answers = stored({"Grafik": "Zeichnen"}, {"Text": {"Neu": "Backlog"}})
    found = rows(None, None, None, answers)
    assert [row.path for row in found] == [("Grafik",), ("Text",), ("Text", "Neu")]
    assert all(row.is_here and not row.is_gone for row in found)
    assert to_store(found, {}) == {
        "task_type_mapping": answers.task_type_mapping,
        "task_status_mapping": answers.task_status_mapping,
    }


def test_a5_a_blank_that_was_sent_before_awork_got_the_name_is_no_choice() -> None:
    """Between showing and saving awork answers again, or an activity is added."""
    values = {row.key: row.value for row in rows(TYPES, None, None, stored())}
    assert set(values.values()) == {""}
    kept = to_store([*table().values()], values)
    assert kept == {"task_type_mapping": {}, "task_status_mapping": {}}


def test_a5_any_name_survives_the_way_through_a_form() -> None:
    types = [hq_type("Web/App", "50 % / fertig", "Ä&<ß>"), hq_type("Web", "App")]
    found = rows(types, ACTIVITIES, STATUSES, stored())
    assert len({row.key for row in found}) == len(found)
    keys = [*(row.key for row in found), "csrfmiddlewaretoken", "map/", "map/a/b/c"]
    assert paths_of(keys) == [row.path for row in found]
