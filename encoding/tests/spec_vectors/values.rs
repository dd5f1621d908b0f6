//! The vectors' values as this crate's types, and back.

use serde_yaml_ng::Value;
use weft_encoding::{Cell, ColumnIndex, Row, VerifyError};

/// Why an input is refused, in words: the vectors say no more than that it is.
pub(crate) type Refused = String;

pub(crate) fn field<'a>(input: &'a Value, name: &str) -> &'a Value {
    input
        .get(name)
        .unwrap_or_else(|| panic!("the input has no {name}"))
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_sequence().expect("a list")
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("text");
    hex::decode(text.strip_prefix("0x").expect("0x")).expect("hex")
}

pub(crate) fn array<const N: usize>(value: &Value) -> Result<[u8; N], Refused> {
    let bytes = bytes(value);
    let len = bytes.len();
    bytes
        .try_into()
        .map_err(|_| format!("{len} bytes where {N} are expected"))
}

pub(crate) fn row(value: &Value) -> Result<Row, Refused> {
    Row::from_bytes(&bytes(value)).map_err(|error| error.to_string())
}

pub(crate) fn cells(value: &Value) -> Result<Vec<Cell>, Refused> {
    list(value)
        .iter()
        .map(|cell| cell_from(&bytes(cell)))
        .collect()
}

pub(crate) fn cell_from(bytes: &[u8]) -> Result<Cell, Refused> {
    Cell::from_bytes(bytes).map_err(|error| error.to_string())
}

pub(crate) fn indices(value: &Value) -> Result<Vec<usize>, Refused> {
    list(value)
        .iter()
        .map(|index| {
            let index = index.as_u64().ok_or("no index")?;
            usize::try_from(index).map_err(|error| error.to_string())
        })
        .collect()
}

pub(crate) fn columns(value: &Value) -> Result<Vec<ColumnIndex>, Refused> {
    indices(value)?
        .into_iter()
        .map(|index| ColumnIndex::new(index).map_err(|error| error.to_string()))
        .collect()
}

/// A list of 48-byte points of one kind.
pub(crate) fn points<T>(value: &Value, from: impl Fn([u8; 48]) -> T) -> Result<Vec<T>, Refused> {
    list(value)
        .iter()
        .map(|point| array(point).map(&from))
        .collect()
}

pub(crate) fn text(bytes: &[u8]) -> Value {
    Value::String(format!("0x{}", hex::encode(bytes)))
}

pub(crate) fn texts<T: AsRef<[u8]>>(items: &[T]) -> Value {
    Value::Sequence(items.iter().map(|item| text(item.as_ref())).collect())
}

pub(crate) fn cell_texts(cells: &[Cell]) -> Value {
    Value::Sequence(cells.iter().map(|cell| text(cell.as_bytes())).collect())
}

/// `true`, `false`, or refused.
pub(crate) fn verdict(result: Result<(), VerifyError>) -> Result<Value, Refused> {
    match result {
        Ok(()) => Ok(Value::Bool(true)),
        Err(VerifyError::InvalidProof { .. }) => Ok(Value::Bool(false)),
        Err(error) => Err(error.to_string()),
    }
}
