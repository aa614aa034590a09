"""Formats of resources 信息资源格式 in their groups, and which sources and modes they fit."""

from collections.abc import Mapping

FORMATS: Mapping[str, str] = {
    **dict.fromkeys(("csv", "txt", "json", "xml"), "text"),
    **dict.fromkeys(("xls", "xlsx", "et"), "spreadsheet"),
    **dict.fromkeys(("mysql", "oracle", "postgresql", "sqlserver", "sqlite", "dm", "kingbase", "parquet"), "database"),
    **dict.fromkeys(("pdf", "ofd", "doc", "docx", "wps"), "document"),
    **dict.fromkeys(("jpg", "png", "tif"), "image"),
}
"""Format -> its group: text and spreadsheets are files of rows, databases hold rows, documents and images hold none."""

FITTING: Mapping[str, tuple[str, ...]] = {
    "csv_folder": ("text",),
    "json": ("text",),
    "json_lines": ("text",),
    "xml": ("text",),
    "fixed_width": ("text",),
    "parquet": ("database",),
    "xlsx": ("spreadsheet",),
    "sql_table": ("database",),
    "rest": ("text", "database"),
    "derived": ("database",),
    "inbox": ("text", "database"),
}
"""Kind of source -> groups of formats that such a source gives; a kind that is not here may give any."""

FILES = ("text", "spreadsheet", "document", "image")
ROWS = ("text", "spreadsheet", "database")
