"""Who may act: an official's act needs a person in the right role; a system by itself asks and approves nothing."""

from schemas.access import ROLES, Role, Subject
from schemas.errors import Refused, Unidentified

ROLE_MISSING = "ROLE_MISSING"
GATE = "G0"
"""It is the credential that lacks the role."""


def require(subject: Subject, *roles: Role) -> None:
    """Pass one who holds one of the roles; Refused says which it takes. Unidentified for the public."""
    if subject.public:
        raise Unidentified("this is for persons of registered organisations: send a credential")
    if not active(subject) or not subject.roles & set(roles):
        raise Refused(
            f"this needs a person in the role {_told(roles)}; this credential "
            + (
                f"is of a person with {_told(sorted(subject.roles))}"
                if subject.person
                else "is of a system, not a person"
            ),
            code=ROLE_MISSING,
            gate=GATE,
            following="ask the platform's operator for a credential of a person in that role (`yishu person add`)",
        )


def audits(subject: Subject) -> bool:
    """Whether they may read every record of the catalogue's government, whoever it concerns, and approve nothing."""
    return active(subject) and Role.SECURITY_AUDITOR in subject.roles


def active(subject: Subject) -> bool:
    """Whether the credential, its person and its organisation are active."""
    return not subject.public and subject.credential_active and subject.organisation_active


def _told(roles: tuple[Role, ...] | list[Role]) -> str:
    return ", ".join(f"{role.value} {ROLES[role][0]}" for role in roles) or "no role"
