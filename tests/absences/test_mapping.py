"""P3: names, ids and the mapping between them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from absences.mapping import (
    LiveType,
    MappedName,
    TypeMapping,
    check_mapping,
    clean_name,
    current_mapping,
    format_names,
    hq_absence_of,
    name_key,
    parse_names,
    resolve_ids,
    store_mapping,
    suggest,
    type_mapping,
)
from absences.models import HqAbsence, MappedType
from integrations.models import Integration, Workspace

VACATION = LiveType("4711", "uuid-4711", "Urlaub", "day", "paid_vacation")
SICK = LiveType("4712", "uuid-4712", "Krankheit", "day", "sick_leave")
DOCTOR = LiveType("4713", "", "Arzttermin", "hour")
LIVE = [VACATION, SICK, DOCTOR]


@pytest.fixture
def integration(db: None) -> Integration:
    workspace = Workspace.objects.create(slug="nordlicht", name="Nordlicht")
    return Integration.objects.create(workspace=workspace, kind="personio-hellohq")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        (" , ,", []),
        ("Urlaub", ["Urlaub"]),
        (" Urlaub ,  Paid   vacation ", ["Urlaub", "Paid vacation"]),
        ('"Urlaub, bezahlt", Krank', ["Urlaub, bezahlt", "Krank"]),
        ('  "A ""B"", C"  ,D', ['A "B", C', "D"]),
        ('Der "freie" Tag', ['Der "freie" Tag']),
        ("Urlaub\nKrank", ["Urlaub Krank"]),
        ('""', []),
    ],
)
def test_p3_a_list_of_names_is_read(text: str, names: list[str]) -> None:
    assert parse_names(text) == names


@pytest.mark.parametrize("text", ['"Urlaub', 'A, "B, C', '"A"" , B', '"A" B', '"A"B, C'])
def test_p3_an_unclosed_quote_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_names(text)


@given(st.lists(st.text(alphabet=st.sampled_from('aÄß", \t\n[]4é'), max_size=8), max_size=6))
def test_p3_names_survive_being_written_and_read(names: list[str]) -> None:
    cleaned = [clean_name(name) for name in names if clean_name(name)]
    assert parse_names(format_names(cleaned)) == cleaned


@given(st.lists(st.text(max_size=12), max_size=4))
def test_p3_any_text_survives(names: list[str]) -> None:
    cleaned = [clean_name(name) for name in names if clean_name(name)]
    assert parse_names(format_names(cleaned)) == cleaned


@given(st.text(max_size=30))
def test_p3_a_key_is_its_own_key(name: str) -> None:
    assert name_key(clean_name(name)) == name_key(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [(" URLAUB ", "urlaub"), ("Größe", "GRÖSSE"), ("Über  zeit", "U\u0308ber zeit")],
)
def test_p3_spellings_of_one_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_p3_one_type_belongs_to_one_hq_absence_and_the_error_names_both() -> None:
    report = check_mapping({"Vacation": "Urlaub", "SpecialLeave": " URLAUB"}, [])
    (error,) = report.errors
    assert (error.field, error.code) == ("SpecialLeave", "type_mapped_twice")
    for label in (HqAbsence.VACATION.label, HqAbsence.SPECIAL_LEAVE.label, "URLAUB"):
        assert str(label) in error.message


def test_p3_two_spellings_of_one_live_type_are_twice() -> None:
    mapping = {"Vacation": "Urlaub", "SpecialLeave": "Urlaub [4711]"}
    assert [error.code for error in check_mapping(mapping, LIVE).errors] == ["type_mapped_twice"]


def test_p3_a_name_twice_for_the_same_hq_absence_counts_once() -> None:
    report = check_mapping({"Vacation": "Urlaub, urlaub, Urlaub [uuid-4711]"}, LIVE)
    assert not report.errors
    assert [one.name for one in report.resolved] == ["Urlaub"]


def test_p3_a_name_of_two_live_types_asks_to_pick() -> None:
    twin = LiveType("5000", "uuid-5000", "urlaub ", "day")
    (error,) = check_mapping({"Vacation": "Urlaub"}, [*LIVE, twin]).errors
    assert (error.field, error.code) == ("Vacation", "ambiguous_type")
    assert "Urlaub [4711]" in error.message
    assert "[5000]" in error.message


def test_p3_a_picked_type_is_unambiguous() -> None:
    twin = LiveType("5000", "uuid-5000", "urlaub", "day")
    mapping = {"Vacation": "Urlaub [4711]", "SpecialLeave": "urlaub [uuid-5000]"}
    report = check_mapping(mapping, [*LIVE, twin])
    assert not report.errors
    assert [(one.type_id, one.hq_absence) for one in report.resolved] == [
        ("4711", "Vacation"),
        ("5000", "SpecialLeave"),
    ]


def test_p3_a_picked_id_must_belong_to_the_name() -> None:
    report = check_mapping({"Vacation": "Urlaub [4712]"}, LIVE)
    assert [warning.code for warning in report.warnings] == ["unknown_type"]


def test_p3_an_unknown_name_is_only_a_warning() -> None:
    report = check_mapping({"Vacation": "Urlaub, Ferien"}, LIVE)
    assert not report.errors
    assert [(one.field, one.code) for one in report.warnings] == [("Vacation", "unknown_type")]


def test_p3_without_live_types_nothing_is_unknown() -> None:
    assert not check_mapping({"Vacation": "Ferien"}, []).warnings


def test_p3_every_error_is_reported() -> None:
    long = "x" * 201
    mapping = {"Vacation": '"Urlaub', "SickLeave": f"{long}, Krank", "ChildSick": "krank"}
    codes = [error.code for error in check_mapping(mapping, []).errors]
    assert codes == ["unclosed_quote", "name_too_long", "type_mapped_twice"]


def test_p3_a_name_that_grows_when_folded_fits_the_column() -> None:
    assert check_mapping({"Vacation": "ß" * 150}, []).errors[0].code == "name_too_long"


def test_p3_current_mapping_has_all_14(integration: Integration) -> None:
    store_mapping(integration, {"Vacation": 'Urlaub, "Frei, extra"'}, [])
    mapping = current_mapping(integration)
    assert list(mapping) == HqAbsence.values
    assert mapping["Vacation"] == 'Urlaub, "Frei, extra"'
    assert mapping["SickLeave"] == ""


def test_p3_an_error_stores_nothing(integration: Integration) -> None:
    store_mapping(integration, {"Vacation": "Urlaub"}, LIVE)
    report = store_mapping(integration, {"SickLeave": "Krank", "ChildSick": "Krank"}, LIVE)
    assert report.errors
    assert current_mapping(integration)["Vacation"] == "Urlaub"


def test_p3_storing_replaces_the_whole_mapping(integration: Integration) -> None:
    store_mapping(integration, {"Vacation": "Urlaub", "SickLeave": "Krankheit"}, LIVE)
    store_mapping(integration, {"SpecialLeave": "Urlaub"}, LIVE)
    rows = MappedType.objects.values_list("hq_absence", "type_id")
    assert list(rows) == [("SpecialLeave", "4711")]


def test_p3_the_same_mapping_again_writes_nothing(integration: Integration) -> None:
    store_mapping(integration, {"Vacation": "Urlaub"}, LIVE)
    before = list(MappedType.objects.values_list("pk", flat=True))
    store_mapping(integration, {"Vacation": "Urlaub"}, LIVE)
    assert list(MappedType.objects.values_list("pk", flat=True)) == before


def test_p3_ids_stay_when_personio_cannot_be_asked(integration: Integration) -> None:
    store_mapping(integration, {"Vacation": "Urlaub"}, LIVE)
    store_mapping(integration, {"SpecialLeave": "urlaub", "SickLeave": "Grippe"}, [])
    rows = dict(MappedType.objects.values_list("name", "type_id"))
    assert rows == {"urlaub": "4711", "Grippe": ""}


def test_p3_renaming_a_type_does_not_break_the_mapping(integration: Integration) -> None:
    store_mapping(integration, {"Vacation": "Urlaub"}, LIVE)
    renamed = [LiveType("4711", "uuid-4711", "Erholung", "day"), SICK]
    resolve_ids(integration, renamed)
    mapping = type_mapping(integration, renamed)
    assert mapping.hq_absence("4711", "uuid-4711", "Erholung") == "Vacation"
    report = store_mapping(integration, current_mapping(integration), renamed)
    assert not report.errors + report.warnings


def test_p3_a_renamed_type_may_not_be_mapped_under_its_new_name_too(
    integration: Integration,
) -> None:
    store_mapping(integration, {"Vacation": "Urlaub"}, LIVE)
    renamed = [LiveType("4711", "uuid-4711", "Erholung", "day")]
    report = store_mapping(integration, {"Vacation": "Urlaub", "SpecialLeave": "Erholung"}, renamed)
    assert [error.code for error in report.errors] == ["type_mapped_twice"]


def test_p3_names_swapped_in_personio_keep_their_types(integration: Integration) -> None:
    store_mapping(integration, {"Vacation": "Urlaub", "SickLeave": "Krankheit"}, LIVE)
    swapped = [
        LiveType("4711", "uuid-4711", "Krankheit", "day"),
        LiveType("4712", "uuid-4712", "Urlaub", "day"),
    ]
    resolve_ids(integration, swapped)
    mapping = type_mapping(integration, swapped)
    assert mapping.hq_absence("4711", "", "Krankheit") == "Vacation"
    assert mapping.hq_absence("4712", "", "Urlaub") == "SickLeave"


def test_p3_a_type_made_anew_is_found_by_saving_again(integration: Integration) -> None:
    store_mapping(integration, {"Vacation": "Urlaub"}, LIVE)
    anew = [LiveType("6000", "uuid-6000", "Urlaub", "day")]
    resolve_ids(integration, anew)
    assert type_mapping(integration, anew).hq_absence("6000", "", "Urlaub") is None
    store_mapping(integration, {"Vacation": "Urlaub"}, anew)
    assert type_mapping(integration, anew).hq_absence("6000", "", "Urlaub") == "Vacation"


def test_p3_a_run_binds_names_and_changes_nothing_else(integration: Integration) -> None:
    store_mapping(integration, {"Vacation": "URLAUB, Ferien", "SickLeave": "Krankheit"}, [])
    before = current_mapping(integration)
    resolve_ids(integration, LIVE)
    assert current_mapping(integration) == before
    rows = {row.name: (row.type_id, row.type_id_v2) for row in MappedType.objects.all()}
    assert rows == {
        "URLAUB": ("4711", "uuid-4711"),
        "Ferien": ("", ""),
        "Krankheit": ("4712", "uuid-4712"),
    }


def test_p3_two_entries_for_one_type_are_never_guessed(integration: Integration) -> None:
    """From a file, without Personio: both names turn out to be the same type."""
    mapping = {"Vacation": "Urlaub", "SpecialLeave": "Urlaub [4711]"}
    assert not store_mapping(integration, mapping, []).errors
    resolve_ids(integration, LIVE)
    assert not MappedType.objects.exclude(type_id="").exists()
    assert type_mapping(integration, LIVE).hq_absence("4711", "", "Urlaub") is None


def test_p3_a_name_of_two_live_types_maps_neither(integration: Integration) -> None:
    store_mapping(integration, {"Vacation": "Urlaub"}, [])
    twins = [VACATION, LiveType("5000", "", "Urlaub", "day")]
    resolve_ids(integration, twins)
    mapping = type_mapping(integration, twins)
    assert mapping.hq_absence("4711", "", "Urlaub") is None
    assert mapping.hq_absence("5000", "", "Urlaub") is None


def test_p3_from_v1_to_v2_and_back(integration: Integration) -> None:
    """v2 knows no v1 ids: the v2 id leads, and the blank one is filled when v1 is read."""
    v2 = [LiveType("", "uuid-4711", "Urlaub", "day")]
    store_mapping(integration, {"Vacation": "Urlaub"}, v2)
    assert type_mapping(integration, v2).hq_absence("uuid-4711", "uuid-4711", "x") == "Vacation"
    resolve_ids(integration, LIVE)
    assert type_mapping(integration, LIVE).hq_absence("4711", "", "x") == "Vacation"
    assert type_mapping(integration, v2).hq_absence("", "uuid-4711", "x") == "Vacation"


def test_p3_a_v1_id_without_v2_id_is_bound_by_name_once(integration: Integration) -> None:
    store_mapping(integration, {"PrivateAbsence": "Arzttermin"}, LIVE)
    v2 = [LiveType("", "uuid-4713", "Arzttermin", "hour")]
    resolve_ids(integration, v2)
    row = MappedType.objects.get()
    assert (row.type_id, row.type_id_v2) == ("4713", "uuid-4713")


def test_p3_a_run_reads_the_mapping_with_one_query(integration: Integration) -> None:
    store_mapping(integration, {"Vacation": "Urlaub", "SickLeave": "Krankheit"}, LIVE)
    with CaptureQueriesContext(connection) as queries:
        mapping = type_mapping(integration, LIVE)
    assert len(queries) == 1
    assert hash(mapping) == hash(TypeMapping(mapping.entries))


def test_p3_a_name_counts_only_while_no_id_is_known() -> None:
    mapping = TypeMapping(
        (MappedName("Vacation", "Urlaub", "4711"), MappedName("SickLeave", "Krank"))
    )
    assert mapping.hq_absence("9", "", "Urlaub") is None
    assert mapping.hq_absence("9", "", " KRANK ") == "SickLeave"
    assert mapping.hq_absence("", "", "Ferien") is None


def test_p3_workspaces_do_not_share_a_mapping(integration: Integration) -> None:
    other = Integration.objects.create(
        workspace=Workspace.objects.create(slug="b", name="B"), kind="personio-hellohq"
    )
    store_mapping(integration, {"Vacation": "Urlaub"}, LIVE)
    store_mapping(other, {"SickLeave": "Urlaub"}, LIVE)
    assert type_mapping(integration).hq_absence("4711", "", "") == "Vacation"
    assert type_mapping(other).hq_absence("4711", "", "") == "SickLeave"


@pytest.mark.parametrize(
    ("label", "absence"),
    [
        ("Holiday", "Vacation"),
        ("urlaub", "Vacation"),
        ("Vacation", "Vacation"),
        ("SICKLEAVE", "SickLeave"),
        ("Unbezahlte Krankheit (>6 Wochen)", "SickLeaveUnpaid"),
        ("Ferien", None),
    ],
)
def test_p3_labels_in_both_languages_and_api_values(label: str, absence: str | None) -> None:
    assert hq_absence_of(label) == absence


def test_p3_suggestions_by_name_then_category() -> None:
    live = [
        LiveType("1", "", "Urlaub", "day"),
        LiveType("2", "", "Sonderurlaub", "day", "paid_vacation"),
        LiveType("3", "", "Frühjahrsruhe", "day", "paid_vacation"),
        LiveType("4", "", "Elternschaft", "day", "maternity_parental_leave"),
        LiveType("", "u5", "Krankmeldung", "day"),
    ]
    assert suggest(live) == {
        "1": "Vacation",
        "2": "SpecialLeave",
        "3": "Vacation",
        "u5": "SickLeave",
    }


def test_p3_no_suggestion_for_types_of_the_same_name() -> None:
    assert suggest([VACATION, LiveType("5000", "", "URLAUB", "day")]) == {}
