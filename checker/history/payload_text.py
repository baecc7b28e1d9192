"""Payloads as text: equal JSON values, and no others, have equal texts.

A string stands for itself, unless it could be mistaken for another value, or could control a terminal: then it is written as
JSON.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

LONGEST = 80  # characters
PLAIN = re.compile(r"[A-Za-z][A-Za-z_]*[0-9:.-][A-Za-z0-9_:.-]{0,60}", re.ASCII)  # nothing but a string is written like that
QUOTED = re.compile(f'"{PLAIN.pattern}"'.encode())
EXPONENTS = 400  # a number with a larger exponent is not written out


def payload_text(raw: bytes) -> str:
    """The text of the payload that is `raw` JSON. Raises ValueError when it is none."""
    if QUOTED.fullmatch(raw):
        return raw[1:-1].decode()
    return shortened(_text(_value(raw)))


def payload_texts(raw: bytes) -> tuple[str, ...] | None:
    """The texts of the payloads in a JSON list; None if it is no list. Raises ValueError when it is no JSON."""
    value = _value(raw)
    return tuple(shortened(_text(each)) for each in value) if isinstance(value, list) else None


def _value(raw: bytes) -> Any:
    return json.loads(raw, parse_float=Decimal, parse_int=Decimal, object_pairs_hook=_object)


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these fields. Raises ValueError when one is there twice: it is anybody's guess which of them counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object in it has a field twice")
    return found


def shortened(text: str) -> str:
    """`text`; a long one by its beginning, its length and a hash."""
    if len(text) <= LONGEST:
        return text
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{text[:40]}... ({len(text):,} characters, {digest})"


def _text(value: Any) -> str:
    if isinstance(value, str) and (PLAIN.fullmatch(value) or (value.isprintable() and not _is_json(value))):
        return value
    return _json(value)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return not text.strip()  # an empty text, or blanks, cannot be seen
    except RecursionError:
        return True
    return True


def _json(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {_json(value[key])}" for key in sorted(value)) + "}"
        case list():
            return f"[{', '.join(map(_json, value))}]"
        case Decimal():
            return _number(value)
    return json.dumps(value)


def _number(value: Decimal) -> str:
    """1.0, 1 and 1e0 are equal."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # JSON knows no infinity
    text = "".join(map(str, digits)).lstrip("0")
    plain = text.rstrip("0")
    exponent += len(text) - len(plain)
    if not plain:
        return "0"
    written = plain + "0" * exponent if 0 <= exponent < EXPONENTS else f"{plain}e{exponent}"
    return f"-{written}" if sign else written
