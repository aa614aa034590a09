"""Organisation codes 组织机构代码 (GB 11714-1997): 8 characters and a check character.

The numbers of organisations before 2015; they live on as places 9 to 17 of the unified social credit code. The standard
prints a hyphen before the check character (`D2143569-X`) and leaves it out in machines: so do we, since two spellings
would never meet in a join.
"""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "0123456789X"
"""Check character by its value modulo 11."""
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def organisation_check(first: str) -> str:
    """The 9th character for the first 8; ValueError names a character outside the alphabet."""
    total = 0
    for character, weight in zip(first, WEIGHTS, strict=True):
        if character not in _VALUES:
            raise ValueError(f"organisation code: found the character {character!r}, expected 0-9 and A-Z")
        total += _VALUES[character] * weight
    return CHECKS[-total % 11]


def check_organisation_code(code: str) -> str:
    """The code itself where it is right; ValueError says what is wrong: hyphen, length, alphabet, check character."""
    if len(code) == 10 and code[8] == "-":
        raise ValueError(f"organisation code {code!r}: found a hyphen, expected 9 characters without it")
    if len(code) != 9:
        raise ValueError(f"organisation code {code!r}: found {len(code)} characters, expected 9")
    expected = organisation_check(code[:8])
    if code[8] != expected:
        raise ValueError(
            f"organisation code {code!r}: found the check character {code[8]!r}, expected {expected!r} at the end"
        )
    return code


def is_organisation_code(code: str) -> bool:
    """Whether `check_organisation_code` lets it through."""
    try:
        check_organisation_code(code)
    except ValueError:
        return False
    return True
