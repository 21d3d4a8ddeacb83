"""The words that helloHQ's handlers share."""

from __future__ import annotations

from werkzeug.wrappers import Response

from sandbox.http import Refusal, json_response
from sandbox.odata.model import EntityType

READ, WRITE = "read_all", "write_all"


def odata_error(status: int, message: str) -> Response:
    return json_response({"error": {"code": "", "message": message}}, status)


def not_found(type: EntityType, id: int) -> Refusal:
    return Refusal(odata_error(404, f"{type.name} with id {id} was not found."))
