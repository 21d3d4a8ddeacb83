"""People of helloHQ and awork, matched by e-mail address (G4), and who may be on a task."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from absences.people import ALL_USERS, Users, active_users, email_key
from integrations.engine.stream import (
    Flow,
    Item,
    Reads,
    Recipe,
    Snapshot,
    Stream,
    Which,
    World,
    Write,
)
from integrations.models import Integration, Link
from integrations.vendors.awork.records import User
from projects.config import Config
from projects.words import AW_USERS, PEOPLE


class AworkUsers:
    """Right: everybody of the workspace itself. Of several addresses, the one that helloHQ knows;
    who has those of several people there is nobody's match."""

    vendor = "awork"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        known = {email_key(user.email) for user in reads[ALL_USERS].records}
        listing = reads[AW_USERS]
        items = {
            user.id: Item(
                user.id, {}, label=user.name, key=_key(user, known), rank=0 if user.is_active else 1
            )
            for user in listing.records
            if not (user.is_external or user.is_agent)
        }
        unreadable = frozenset(part.id for part in listing.malformed)
        return Snapshot(items, listing.complete, listing.complete, unreadable=unreadable)

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("people are only matched")

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


def _key(user: User, known: set[str]) -> str:
    keys = list(dict.fromkeys(email_key(address) for address in user.emails))
    fitting = [key for key in keys if key in known]
    return "" if len(fitting) > 1 else next(iter([*fitting, *keys]), "")


def people_stream(config: Config) -> Stream:
    return Stream(PEOPLE, Users(config.today), AworkUsers(), rules=(), flow=Flow.MATCH)


def able(reads: Reads, world: World, config: Config) -> frozenset[str]:
    """helloHQ ids of matched people who are active in both systems: only they come and go."""
    hq = active_users(reads, config.today)
    awork = {user.id for user in reads[AW_USERS].records if user.is_active}
    return frozenset(
        id for id in hq if (partner := world.partner(PEOPLE, Which.LEFT, id)) and partner in awork
    )


class People:
    """The matched people as they are stored; for writing, also in a run that goes on elsewhere.

    To be asked on the main thread only.
    """

    def __init__(self, integration: Integration) -> None:
        self.integration = integration

    @cached_property
    def hq_ids(self) -> Mapping[str, str]:
        """helloHQ ids by awork ids."""
        links = Link.objects.filter(integration=self.integration, stream=PEOPLE)
        rows = links.exclude(left_id=None).values_list("right_id", "left_id")
        return {awork: hq for awork, hq in rows if awork and hq}

    @cached_property
    def awork_ids(self) -> Mapping[str, str]:
        return {hq: awork for awork, hq in self.hq_ids.items()}

    def awork_id(self, hq_id: str) -> str:
        """Raises KeyError for somebody who is not matched."""
        return self.awork_ids[hq_id]
