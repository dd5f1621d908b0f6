//! Serde by `Display` and `FromStr`, for types whose text form is their JSON form.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{
    Deserializer, Serializer,
    de::{Error, Visitor},
};

/// Writes `value` as its text.
pub(crate) fn serialize<T: fmt::Display, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Reads a value from its text.
pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr,
    T::Err: fmt::Display,
    D: Deserializer<'de>,
{
    struct Text<T>(PhantomData<T>);
    impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Text<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Text(PhantomData))
}

/// The same for a list.
pub(crate) mod list {
    use std::{fmt, str::FromStr};

    use serde::{Deserialize, Deserializer, Serializer, ser::SerializeSeq};

    /// One item of a list, read from its text.
    pub(crate) struct Item<T>(pub(crate) T);

    impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Item<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            super::deserialize(deserializer).map(Self)
        }
    }

    /// Writes every item as its text.
    pub(crate) fn serialize<T: fmt::Display, S: Serializer>(
        values: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(values.len()))?;
        for value in values {
            list.serialize_element(&format_args!("{value}"))?;
        }
        list.end()
    }

    /// Reads every item from its text.
    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
    where
        T: FromStr<Err: fmt::Display>,
        D: Deserializer<'de>,
    {
        let items = Vec::<Item<T>>::deserialize(deserializer)?;
        Ok(items.into_iter().map(|Item(value)| value).collect())
    }
}

/// The same for a list that may be null.
pub(crate) mod optional_list {
    use std::{fmt, str::FromStr};

    use serde::{Deserialize, Deserializer, Serializer};

    use super::list;

    /// Writes null, or every item as its text.
    pub(crate) fn serialize<T: fmt::Display, S: Serializer>(
        values: &Option<Vec<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match values {
            Some(values) => list::serialize(values, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads null, or every item from its text.
    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
    where
        T: FromStr<Err: fmt::Display>,
        D: Deserializer<'de>,
    {
        let items = Option::<Vec<list::Item<T>>>::deserialize(deserializer)?;
        Ok(items.map(|items| items.into_iter().map(|list::Item(value)| value).collect()))
    }
}
