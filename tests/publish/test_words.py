import pytest

from impact.publish import PublishError
from impact.publish.words import words


def test_every_language_says_every_word():
    assert words("ko").keys() == words("en").keys()


def test_a_language_without_words_is_refused():
    with pytest.raises(PublishError) as caught:
        words("fr")
    assert str(caught.value) == (
        "A page's language must be one of en, ko; saw 'fr'. "
        "Choose one of them, or add its words to impact/publish/words.py."
    )
