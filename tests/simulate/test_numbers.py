import math

import numpy as np

from impact.simulate.numbers import KINDS, OFFICES, SERIALS, STRIDE, business_numbers, check_digit

SAMSUNG = 124_81_00998  # a number that is public, whose check digit is valid


def plain_check(number):
    """The tax office's rule, digit by digit (korea.md 5.2)."""
    digits = [int(sign) for sign in f"{number:010d}"]
    s = sum(w * d for w, d in zip((1, 3, 7, 1, 3, 7, 1, 3, 5), digits[:9], strict=True)) + digits[8] * 5 // 10
    return (10 - s % 10) % 10 == digits[9]


def test_the_check_digit_is_that_of_the_tax_office():
    assert check_digit(np.array([SAMSUNG // 10])).tolist() == [SAMSUNG % 10]


def test_numbers_are_valid_and_have_ten_digits():
    numbers = business_numbers(np.arange(3000), 123)
    assert all(plain_check(number) and len(str(number)) == 10 for number in numbers)


def test_no_number_is_given_twice_until_all_are_given():
    total = OFFICES * len(KINDS) * SERIALS
    assert math.gcd(STRIDE, total) == 1
    some = np.r_[np.arange(50_000), np.arange(total - 50_000, total)]
    assert len(np.unique(business_numbers(some, 7))) == len(some)


def test_the_numbers_of_a_panel(whole):
    numbers = whole().firms["firm"].unique()
    assert len(numbers) == 4000
    assert all(plain_check(int(number)) for number in numbers)
