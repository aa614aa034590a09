"""Errors as RFC 9457 problems: one table from the error tree to status, title and headers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

from api.ckan.envelope import failed, is_action
from api.language import language, pick
from api.request_facts import defect_facts
from schemas.dataset import Json
from schemas.errors import (
    BadAsk,
    BadInput,
    Busy,
    DaySpent,
    HeldBack,
    KeyTaken,
    LakeUnreachable,
    NotReady,
    Refused,
    SourceFault,
    TooLarge,
    Unidentified,
    Unknown,
    WrongMediaType,
    YishuError,
)
from schemas.request_want import Incomplete

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """How one class of error looks from outside."""

    status: int
    title: str
    title_en: str


KINDS: Mapping[type[YishuError], Kind] = {
    Refused: Kind(403, "按共享规则不予提供", "Refused by the sharing rule"),
    Unidentified: Kind(401, "未能识别调用方", "The caller is not identified"),
    Unknown: Kind(404, "没有这项内容，或您无权知晓", "No such thing, or none that you may know of"),
    WrongMediaType: Kind(415, "不支持的内容格式", "This format is not read here"),
    TooLarge: Kind(413, "请求内容过大", "The body is too long"),
    KeyTaken: Kind(409, "幂等键已用于其他内容", "The idempotency key was used for something else"),
    BadAsk: Kind(400, "请求参数有误", "A parameter of the ask is wrong"),
    BadInput: Kind(422, "内容不符合要求", "What was sent does not fit"),
    DaySpent: Kind(429, "本日用量已用完", "The day's allowance is spent"),
    Busy: Kind(429, "并发过多，请稍后再试", "Too many at once, try again shortly"),
    HeldBack: Kind(409, "该版本未通过质量校验", "The version was held back"),
    SourceFault: Kind(502, "来源系统有故障", "A department's system is at fault"),
    NotReady: Kind(503, "系统尚未就绪", "The installation is not ready"),
    YishuError: Kind(500, "内部错误", "Internal error"),
}
"""Every class of the tree finds its row through its bases."""

PLAIN: Mapping[int, Kind] = {
    404: KINDS[Unknown],
    405: Kind(405, "不支持该方法", "Method not allowed"),
    413: Kind(413, "请求内容过大", "The body is too long"),
    500: KINDS[YishuError],
}
"""What the web framework itself answers."""


def kind_of(error: YishuError) -> Kind:
    """The row of the table for this error."""
    return next(KINDS[one] for one in type(error).__mro__ if one in KINDS)


def problem(request: Request, error: YishuError, lang: str) -> Response:
    """The answer to a failed ask; `instance` is the receipt where the refusal has one, else the path."""
    kind = kind_of(error)
    body = _body(request, kind, lang) | {"detail": detail(error, lang), "code": error.code}
    headers = {"Cache-Control": "private, no-store", "Content-Language": lang, "Vary": "Authorization, Accept-Language"}
    if isinstance(error, Refused):
        body |= {"gate": error.gate, "next": error.following}
        headers |= _receipt(body, error.receipt)
    if isinstance(error, Incomplete):
        body |= {"request": error.request, "defects": [defect_facts(one, lang) for one in error.defects]}
    if isinstance(error, Unidentified):
        headers["WWW-Authenticate"] = 'Bearer realm="yishu", error="invalid_token"'
    if isinstance(error, Busy | LakeUnreachable):
        headers["Retry-After"] = str(error.after)
    return _answer(request, body, headers)


def detail(error: YishuError, lang: str) -> str:
    """What a caller is told. Faults of the installation name paths and hosts, which are the operator's to read."""
    if isinstance(error, NotReady | SourceFault):
        return pick(lang, "详情已记入运行日志，请联系平台运维人员", "the operator finds the details in the log")
    return str(error)


def plain_problem(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer where no word of ours was raised: no such path, another method, a fault of ours."""
    lang = language(request)
    kind = PLAIN.get(status, Kind(status, "请求有误", "The ask is wrong"))
    code = {404: "UNKNOWN", 405: "METHOD_NOT_ALLOWED", 500: "ERROR"}.get(status, "BAD_ASK")
    body = _body(request, kind, lang) | {"detail": pick(lang, kind.title, kind.title_en), "code": code}
    return _answer(request, body | {"status": status}, {"Cache-Control": "private, no-store", **(headers or {})})


def _body(request: Request, kind: Kind, lang: str) -> dict[str, Json]:
    return {
        "title": pick(lang, kind.title, kind.title_en),
        "status": kind.status,
        "instance": request.url.path,
    }


def _receipt(body: dict[str, Json], number: str) -> dict[str, str]:
    if not number:
        return {}
    body["instance"] = f"/api/v1/ledger/receipts/{number}"
    return {"Yishu-Receipt": number}


def _answer(request: Request, body: Mapping[str, Json], headers: Mapping[str, str]) -> Response:
    if is_action(request):
        return failed(request, body, headers)
    named = {"type": f"urn:yishu:problem:{body['code']}", **body}
    return Response(json.dumps(named, ensure_ascii=False), body["status"], dict(headers), media_type=MEDIA_TYPE)
