"""Samples of calls for the page of a dataset, ready to paste; the credential is a placeholder."""

from urllib.parse import urlencode

from api.pages.asking import Asking
from schemas.access import Basis, Mode
from schemas.dataset import Dataset


def curl(base: str, dataset: Dataset, found: Asking) -> str:
    """Rows as CSV on the command line."""
    secret = "" if found.decision.basis is Basis.OPEN else "  -H 'Authorization: Bearer ys_…' \\\n"
    return f"curl --fail --output {dataset.key}.csv \\\n{secret}  '{_url(base, dataset, found, 'csv')}'"


def python(base: str, dataset: Dataset, found: Asking) -> str:
    """Rows as an Arrow table, with the standard library and pyarrow."""
    headers = "" if found.decision.basis is Basis.OPEN else ', headers={"Authorization": "Bearer ys_…"}'
    return (
        "from urllib.request import Request, urlopen\n"
        "import pyarrow as pa\n\n"
        f'request = Request("{_url(base, dataset, found, "arrow")}"{headers})\n'
        "with urlopen(request) as answer:\n"
        '    print(answer.headers["Yishu-Receipt"], answer.headers["Yishu-Version"])\n'
        "    table = pa.ipc.open_stream(answer).read_all()"
    )


def _url(base: str, dataset: Dataset, found: Asking, format: str) -> str:
    page = "1000" if found.mode is Mode.QUERY else ""
    told = {"purpose": found.purpose, "grant": found.grant, "format": format, "limit": page}
    return f"{base}api/v1/datasets/{dataset.key}/rows?{urlencode({k: v for k, v in told.items() if v})}"
