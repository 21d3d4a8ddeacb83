"""People, through SCIM. There is no PUT and no DELETE of users.

A PUT would blank what other systems own (the expense extension), a DELETE may erase for good.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from integrations.remote import BadAnswer, OutcomeUnknown, Page, Rejected
from integrations.vendors.http import Transport
from integrations.vendors.travelperk.paging import PAGE, Listing, Rows, params, rows_of
from integrations.vendors.travelperk.records import ScimUser, UserDraft
from integrations.vendors.travelperk.refusals import VENDOR
from integrations.vendors.travelperk.rest import Calls
from integrations.vendors.travelperk.scim import (
    ATTRIBUTES,
    attribute_of,
    decode_user,
    encode_changes,
    encode_user,
    equals,
)
from integrations.vendors.values import mapping, text

_USERS = "/Users"


class UserCalls:
    def __init__(self, scim: Transport) -> None:
        self._scim, self._users = scim, Calls(scim)

    def users(self, cursor: str = "", *, without: Collection[str] = ()) -> Iterator[Page[ScimUser]]:
        """All users, archived ones included. Goes on after `cursor`, of an earlier page.

        `without`: text fields that are left empty, so that personal data that nobody selected is
        not kept ("gender", "birth_date").
        """
        blank: dict[str, Any] = dict.fromkeys(without, "")
        listing = Listing(self._fetch({}), lambda row: replace(decode_user(row), **blank))
        return listing.pages(cursor)

    def user(self, id: str) -> ScimUser:
        """Raises NotFound."""
        return self._users.one(_USERS, id, decode_user)

    def find_user(self, user_name: str) -> ScimUser | None:
        """The user with this login, archived or not; upper and lower case are the same."""
        wanted = user_name.strip().casefold()
        return self._find("user_name", user_name.strip(), lambda name: name.casefold() == wanted)

    def find_user_by_external_id(self, external_id: str) -> ScimUser | None:
        """The user with this external id, in this spelling; of several the active one."""
        return self._find("external_id", external_id, lambda found: found == external_id)

    def create_user(self, draft: UserDraft) -> ScimUser:
        """Create a user, with one unsafe request. Returns what TravelPerk made of it.

        Raises AlreadyExists for a user name or external id that is taken, even by an archived
        user; Rejected, and sends nothing, for a draft that cannot be written.
        """
        try:
            body = encode_user(draft)
        except ValueError as error:
            raise Rejected(VENDOR, str(error)) from None
        data = self._scim.write("POST", _USERS, json=body).data
        try:
            return decode_user(mapping(data, "user"))
        except ValueError as error:
            detail = str(error)
        if data is None and (found := self.find_user(draft.user_name)):
            return found
        raise OutcomeUnknown(VENDOR, f"created, but the answer is unusable: {detail}")

    def patch_user(self, id: str, changes: Mapping[str, Any]) -> ScimUser:
        """Set these fields (names of ScimUser) in one atomic PATCH; no other field is touched.

        An empty value takes the attribute away. Returns the user as it is afterwards. Raises
        AlreadyExists when the new user name or external id is taken; Rejected, and sends nothing,
        for an unknown field or an empty required one.
        """
        try:
            body = encode_changes(changes) if changes else {}
        except ValueError as error:
            raise Rejected(VENDOR, str(error)) from None
        return self._users.patch(_USERS, id, body, decode_user)

    def archive_user(self, id: str) -> ScimUser:
        """No login and no new trips from now on; the profile and its past stay [inferred]."""
        return self.patch_user(id, {"active": False})

    def unarchive_user(self, id: str) -> ScimUser:
        return self.patch_user(id, {"active": True})

    def _fetch(self, filter: Mapping[str, str]) -> Callable[[int], Rows]:
        def fetch(read: int) -> Rows:
            asked = params(filter, startIndex=read + 1, count=PAGE)
            return rows_of(self._users.collection(_USERS, asked), "Resources", "totalResults")

        return fetch

    def _find(self, name: str, value: str, fits: Callable[[str], bool]) -> ScimUser | None:
        """By filter; where the filter is refused, among all users. Either way `fits` decides."""
        if not value:
            return None
        try:
            rows = self._matching(name, fits, {"filter": equals(ATTRIBUTES[name], value)})
        except Rejected as error:
            if error.status != 400:
                raise
            rows = self._matching(name, fits, {})
        try:
            found = [decode_user(row) for row in rows]
        except ValueError as error:
            raise BadAnswer(VENDOR, str(error)) from None
        return min(found, key=lambda user: not user.active, default=None)

    def _matching(self, name: str, fits: Callable[[str], bool], filter: Mapping[str, str]) -> Any:
        pages = Listing(self._fetch(filter), lambda row: row).pages()
        rows = (row for page in pages for row in page.records)
        return [row for row in rows if fits(text(attribute_of(row, name)))]
