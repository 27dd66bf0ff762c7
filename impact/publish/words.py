"""The few words that an engine adds to a page, under the keys that Quarto gives them.

Both engines take them from here, so a page says the same whichever of them made it.
"""

from __future__ import annotations

from impact.publish import PublishError

_WORDS = {
    "en": {
        "crossref-fig-title": "Figure",
        "crossref-tbl-title": "Table",
        "crossref-fig-prefix": "Figure",
        "crossref-tbl-prefix": "Table",
        "crossref-sec-prefix": "Section",
        "callout-note-title": "Note",
        "callout-tip-title": "Tip",
        "callout-warning-title": "Warning",
        "callout-important-title": "Important",
        "callout-caution-title": "Caution",
        "made-with-quarto": "This page was made with Quarto.",
        "made-with-lite": "This page was made with the lite engine of impact.",
    },
    "ko": {
        "crossref-fig-title": "그림",
        "crossref-tbl-title": "표",
        "crossref-fig-prefix": "그림",
        "crossref-tbl-prefix": "표",
        "crossref-sec-prefix": "섹션",
        "callout-note-title": "참고",
        "callout-tip-title": "도움말",
        "callout-warning-title": "경고",
        "callout-important-title": "중요",
        "callout-caution-title": "주의",
        "made-with-quarto": "이 문서는 Quarto로 만들었습니다.",
        "made-with-lite": "이 문서는 impact의 간이 엔진으로 만들었습니다.",
    },
}


def words(language: str) -> dict[str, str]:
    """Return the words of one language, for example ``words("ko")["crossref-fig-title"]``."""
    if language not in _WORDS:
        raise PublishError(
            f"A page's language must be one of {', '.join(_WORDS)}; saw {language!r}. "
            "Choose one of them, or add its words to impact/publish/words.py."
        )
    return dict(_WORDS[language])
