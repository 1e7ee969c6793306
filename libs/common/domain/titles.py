"""Titles as they are compared: without case, marks, articles, years and countries. For want of an outside id."""

import re
import unicodedata
from collections.abc import Iterable

_TRAILING = re.compile(r"\s*\((?:\d{4}|[A-Z]{2,3})\)\s*$")
_ARTICLE = re.compile(r"^(?:the|an|a)\s+", re.IGNORECASE)


def title_key(title: str) -> str:
    """The comparable form of a title; empty when nothing of it can be compared (integrations.md 16.2)."""
    bare = title.strip()
    while (shorter := _TRAILING.sub("", bare)) != bare:
        bare = shorter
    bare = _ARTICLE.sub("", bare.replace("&", " and "))
    decomposed = unicodedata.normalize("NFKD", bare).casefold()
    return "".join(letter for letter in decomposed if letter.isalnum())


def title_keys(titles: Iterable[str]) -> list[str]:
    """The different forms of several titles of one thing, in order."""
    return list(dict.fromkeys(key for title in titles if (key := title_key(title))))
