"""What the webhook of a follow is signed with: made anew from the installation's secret, stored nowhere."""

import hashlib
import hmac

from schemas.following import Follow


def secret(installation: bytes, follow: Follow) -> bytes:
    """32 bytes for Standard Webhooks."""
    told = f"yishu follow {follow.organisation} {follow.salt}"
    return hmac.digest(installation, told.encode(), hashlib.sha256)
