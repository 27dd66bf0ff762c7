import pytest

from impact.show.text import plain, short, stems


def test_a_plain_text_is_on_one_line_and_turns_no_direction():
    assert plain(" two\n\nlines\t ") == "two lines"
    assert plain("a\u202e26 %\u202c b\u200f") == "a26 % b"
    assert plain("bell\a \x00\x9f") == "bell� ��"
    assert plain("עברית, 한국어, 😀") == "עברית, 한국어, 😀"


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("abcde", 5, "abcde"),
        ("abcdef", 5, "abcd…"),
        ("가나다", 6, "가나다"),
        ("가나다라", 6, "가나…"),
        ("ab cd", 4, "ab…"),
        ("", 3, ""),
        ("abc", 0, "…"),
    ],
)
def test_a_long_text_is_cut_to_the_columns_that_it_takes(text, width, cut):
    assert short(text, width) == cut


def test_a_file_name_has_letters_of_any_alphabet_digits_and_hyphens():
    assert stems(["Scrap rate (log)", "매출액", "../../etc", "a\\b:c*d", "CON", "!?", "𝐀"]) == {
        "Scrap rate (log)": "scrap-rate-log",
        "매출액": "매출액",
        "../../etc": "etc",
        "a\\b:c*d": "a-b-c-d",
        "CON": "con",
        "!?": "outcome",
        "𝐀": "a",
    }


def test_names_that_look_alike_get_files_of_their_own():
    assert list(stems(["Sales", "sales!", "sales?", "sales 2"]).values()) == [
        "sales",
        "sales-2",
        "sales-3",
        "sales-2-2",
    ]


def test_a_very_long_name_gets_a_file_name_that_a_disk_can_hold():
    assert list(stems(["가" * 300, "가" * 301]).values()) == ["가" * 60, "가" * 60 + "-2"]
