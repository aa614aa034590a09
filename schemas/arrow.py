"""Arrow schemas of datasets: what Parquet files and Arrow streams of a contract look like."""

import hashlib

import pyarrow as pa

from schemas.dataset import Dataset, Field, FieldType, Kind

_SIMPLE = {
    Kind.STRING: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.DOUBLE: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: pa.timestamp("us", tz="UTC"),
}


def arrow_type(of: FieldType) -> pa.DataType:
    """string, int64, float64, bool, date32, timestamp[us, UTC] or decimal128(precision, scale)."""
    return pa.decimal128(of.precision, of.scale) if of.kind is Kind.DECIMAL else _SIMPLE[of.kind]


def arrow_field(of: Field) -> pa.Field:
    """Always nullable: what a contract requires is judged by its rules, so that nothing is lost on the way."""
    return pa.field(of.name, arrow_type(of.type), nullable=True)


def arrow_schema(dataset: Dataset) -> pa.Schema:
    """The declared columns in the contract's order."""
    return pa.schema([arrow_field(f) for f in dataset.fields])


def schema_hash(schema: pa.Schema) -> str:
    """Hex sha256 over names and types, in order; metadata does not count."""
    text = "\n".join(f"{f.name} {f.type}" for f in schema)
    return hashlib.sha256(text.encode()).hexdigest()
