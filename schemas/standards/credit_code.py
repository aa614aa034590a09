"""Unified social credit codes 统一社会信用代码 (GB 32100-2015): 18 characters, the last one a check character.

The first two may be letters: village collectives (农村集体经济组织) are registered under N, others under A and Y.
"""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 characters: no I, O, S, V, Z."""
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def check_character(first: str) -> str:
    """The 18th character for the first 17; ValueError names a character outside the alphabet."""
    total = 0
    for character, weight in zip(first, WEIGHTS, strict=True):
        if character not in _VALUES:
            raise ValueError(f"credit code: found the character {character!r}, expected {ALPHABET}")
        total += _VALUES[character] * weight
    return ALPHABET[-total % 31]


def check_credit_code(code: str) -> str:
    """The code itself where it is right; ValueError says what is wrong: length, alphabet, division digits, check."""
    if len(code) != 18:
        raise ValueError(f"credit code {code!r}: found {len(code)} characters, expected 18 characters")
    expected = check_character(code[:17])
    if not code[2:8].isdigit():
        raise ValueError(
            f"credit code {code!r}: found {code[2:8]!r} at places 3 to 8, expected six digits of a division"
        )
    if code[17] != expected:
        raise ValueError(
            f"credit code {code!r}: found the check character {code[17]!r}, expected {expected!r} at the end"
        )
    return code


def is_credit_code(code: str) -> bool:
    """Whether `check_credit_code` lets it through."""
    try:
        check_credit_code(code)
    except ValueError:
        return False
    return True
