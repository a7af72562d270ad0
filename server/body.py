"""From the bytes of a body to a contract: a size cap on the stream, strict JSON, and the field's name when something is wrong."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import islice
from typing import Any, NoReturn, TypeVar, cast

import msgspec
from pydantic import ValidationError
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from gatling_core import limits
from gatling_core.distinct import RepeatedKey, distinct
from gatling_core.errors import LimitExceeded
from gatling_core.schemas import Case, Contract, check_plain
from server.errors import BodyTooLarge, FieldError, InvalidFields, NotJson, Overloaded, SlowBody, UnsupportedMedia
from server.misspelt import LABELS, misspelt
from server.problems import MAX_ERRORS

INLINE_BYTES = 65_536
"""Larger bodies are parsed in a thread: a 4 MiB policy must not hold up everybody else's small case."""

READ_TIMEOUT_MS = 30_000
"""A client that sends its body more slowly than this is cut off."""

# curl sends -d as a form and scripts send no type at all: only what cannot be JSON is refused.
_JSON_LIKE = frozenset(
    {"", "application/json", "text/json", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream"}
)

_ESCAPED_COLON = re.compile(rb"\\u003[aA]")

_INPUT = "Input should be "
_AN_OBJECT = f"{_INPUT}an object"
_NO_OBJECT = frozenset({"dict_type", "model_type", "model_attributes_type"})
"""Pydantic speaks of dictionaries and of instances of its models there."""

C = TypeVar("C", bound=Contract)

Take = Callable[[int], None]


class Room:
    """Bytes of request bodies in memory together: many slow clients must not fill it. Used on the event loop only."""

    def __init__(self, max_bytes: int) -> None:
        self.held = 0
        self._max_bytes = max_bytes

    @contextmanager
    def share(self) -> Generator[Take]:
        """What one request takes, until its end.

        Raises:
            Overloaded: by `take`, when there is no room for so many bytes more.
        """
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if self.held + size > self._max_bytes:
                raise Overloaded("too many bodies are in progress; try again shortly")
            taken += size
            self.held += size

        try:
            yield take
        finally:
            self.held -= taken


async def read_body(request: Request, *, max_bytes: int, take: Take = lambda size: None) -> bytes:
    """The whole body; `take` is told of every part of it as it arrives.

    Raises:
        UnsupportedMedia: declared as something that is clearly not JSON, or compressed.
        BodyTooLarge: by its Content-Length, or as soon as more than `max_bytes` have arrived.
        SlowBody: not complete after `READ_TIMEOUT_MS`.
    """
    _check_media(request)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise BodyTooLarge(f"at most {max_bytes} bytes are accepted, {declared} were announced")
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_TIMEOUT_MS / 1_000):
            async for chunk in request.stream():
                size += len(chunk)
                if size > max_bytes:
                    raise BodyTooLarge(f"at most {max_bytes} bytes are accepted")
                take(len(chunk))
                chunks.append(chunk)
    except TimeoutError:
        raise SlowBody(f"the body was not complete after {READ_TIMEOUT_MS} ms") from None
    return b"".join(chunks)


def _check_media(request: Request) -> None:
    media = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    if media not in _JSON_LIKE and not media.endswith("+json"):
        raise UnsupportedMedia(f"the body is declared as {media[:100]}; send application/json")
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", ""}:
        raise UnsupportedMedia("compressed bodies are not accepted")


async def parse_body(contract: type[C], body: bytes) -> C:
    """`parse`, off the event loop when the body is large enough to hold it up."""
    if len(body) <= INLINE_BYTES:
        return parse(contract, body)
    return await asyncio.to_thread(parse, contract, body)


def parse(contract: type[C], body: bytes) -> C:
    """The body as `contract`.

    Raises:
        NotJson: broken JSON, invalid UTF-8, NaN or Infinity, a repeated key (two readers would see two different cases).
        LimitExceeded: nested deeper than can be read.
        InvalidFields: the fields that are wrong.
    """
    return validate(contract, decode(body))


def decode(body: bytes) -> Any:
    """Strict JSON. Numbers too large for an int are left to validation, which can name their field.

    An object keeps the last of equal keys: a document that repeats one has fewer colons when it is written again. Where a colon
    may be escaped that proves nothing, and the slower reader decides.
    """
    try:
        document = msgspec.json.decode(body)
        if not _ESCAPED_COLON.search(body) and msgspec.json.encode(document).count(b":") == body.count(b":"):
            return document
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        pass
    return _explained(body)


def _explained(body: bytes) -> Any:
    """As `decode`, slower: what is wrong is named."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise NotJson(f"byte {error.start} is not UTF-8") from None
    try:
        return _load(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise LimitExceeded(f"nested deeper than {limits.MAX_DEPTH} levels") from None
    except ValueError:  # an integer of more digits than Python converts
        return _load(text, parse_int=float)


def _load(text: str, **options: Any) -> Any:
    try:
        return json.loads(text, object_pairs_hook=distinct, parse_constant=_refuse_constant, **options)
    except RepeatedKey as error:
        raise NotJson(str(error)) from None


def _refuse_constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is not JSON")


def validate(contract: type[C], document: Any) -> C:
    """`document` as `contract`.

    Raises:
        InvalidFields: it is not; says which fields are wrong.
    """
    if isinstance(document, dict):
        fields = cast("dict[str, Any]", document)
        if wrong := list(islice(misspelt(contract, fields), MAX_ERRORS)):
            raise InvalidFields(wrong)
        document = {key: value for key, value in fields.items() if key not in LABELS} if contract is Case else fields
    try:
        return contract.model_validate(document)
    except ValidationError as error:
        raise InvalidFields(_wrong_fields(error, document)) from None


def _wrong_fields(error: ValidationError, document: Any) -> list[FieldError]:
    try:
        check_plain(document)  # first, because Pydantic names what is too deep or no text by each type that it tried
    except PydanticCustomError as problem:
        return [FieldError(str((problem.context or {}).get("field", "")), problem.message())]
    found: dict[str, list[str]] = {}
    for item in error.errors(include_url=False, include_input=False):
        inner = (item.get("ctx") or {}).get("field")
        path = [*_path(item["loc"], document, item["type"] == "missing"), *([str(inner)] if inner else [])]
        message = _AN_OBJECT if item["type"] in _NO_OBJECT else item["msg"]
        found.setdefault(".".join(path), []).append(message)
    # Several for one field are of the types that it may have: an object or a valid string.
    return [
        FieldError(field, " or ".join([said, *(m.removeprefix(_INPUT) for m in more)])) for field, (said, *more) in found.items()
    ]


def _path(location: tuple[int | str, ...], document: Any, is_missing: bool) -> list[str]:
    """The parts of Pydantic's location that lead through the document; the rest are names of union branches."""
    path: list[str] = []
    for part in location:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            continue
        path.append(str(part))
    return [*path, str(location[-1])] if is_missing else path
