"""Bank card numbers 银行卡号: 12 to 19 digits, the last one a Luhn check digit (ISO/IEC 7812-1)."""


def luhn_sum(digits: str) -> int:
    """Sum over the digits from the right, every second one doubled and its digits added; a multiple of 10 is right."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total


def check_bank_card(number: str) -> str:
    """The number itself where it is right; ValueError says what is wrong, without repeating the number."""
    if not (number.isascii() and number.isdigit()):
        raise ValueError("bank card: found characters that are no digits, expected digits only")
    if not 12 <= len(number) <= 19:
        raise ValueError(f"bank card: found {len(number)} digits, expected 12 to 19")
    if luhn_sum(number) % 10:
        raise ValueError(f"bank card: found the check digit {number[-1]}, expected another one")
    return number


def is_bank_card(number: str) -> bool:
    """Whether `check_bank_card` lets it through."""
    try:
        check_bank_card(number)
    except ValueError:
        return False
    return True
