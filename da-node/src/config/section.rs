//! A section of the file in one table: what is read, how it is checked, and what the example says.

use std::num::{NonZeroU16, NonZeroU32, NonZeroUsize};
use std::ops::RangeInclusive;
use std::time::Duration;

/// What the example shows for an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// A value, because the section needs one.
    Required(String),
    /// The value that the option has if the file does not name it.
    ByDefault(String),
    /// A value of an option that has no default.
    ForExample(String),
}

/// One option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    /// Its key in the section.
    pub(super) key: &'static str,
    /// Its value in the example, as TOML.
    pub(super) shown: Shown,
    /// What it is.
    pub(super) what: &'static str,
    /// What a number may be.
    pub(super) range: Option<RangeInclusive<u64>>,
}

/// One section with its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DescribedSection {
    /// Its name; empty for what stands before all sections.
    pub(super) name: &'static str,
    /// What it is.
    pub(super) what: &'static str,
    /// Whether the file may be without it.
    pub(super) is_optional: bool,
    /// Its options.
    pub(super) options: Vec<Described>,
}

/// The raw form of a section.
pub(super) trait Section {
    /// Adds this section, and then those within it.
    fn describe(sections: &mut Vec<DescribedSection>);
}

impl<T: Section> Section for Option<T> {
    fn describe(sections: &mut Vec<DescribedSection>) {
        let first = sections.len();
        T::describe(sections);
        if let Some(section) = sections.get_mut(first) {
            section.is_optional = true;
        }
    }
}

/// How the number in the file counts a setting of type `T`.
pub(super) trait Unit<T> {
    /// The setting of a number that is within the option's range.
    fn setting(number: u64) -> T;
    /// The number of a setting.
    fn number(setting: &T) -> u64;
}

/// Milliseconds: keys end in `_ms`.
pub(super) struct Millis;
/// Seconds: keys end in `_s`.
pub(super) struct Seconds;
/// Things, or bytes where the key says so.
pub(super) struct Count;

impl Unit<Duration> for Millis {
    fn setting(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    fn number(setting: &Duration) -> u64 {
        u64::try_from(setting.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Unit<Duration> for Seconds {
    fn setting(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    fn number(setting: &Duration) -> u64 {
        setting.as_secs()
    }
}

impl Unit<u64> for Count {
    fn setting(number: u64) -> u64 {
        number
    }

    fn number(setting: &u64) -> u64 {
        *setting
    }
}

impl Unit<u32> for Count {
    fn setting(number: u64) -> u32 {
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    fn number(setting: &u32) -> u64 {
        u64::from(*setting)
    }
}

/// A count of at least 1; the ranges of such options begin there.
macro_rules! non_zero {
    ($($non_zero:ty),+) => {$(
        impl Unit<$non_zero> for Count {
            fn setting(number: u64) -> $non_zero {
                number
                    .try_into()
                    .ok()
                    .and_then(<$non_zero>::new)
                    .unwrap_or(<$non_zero>::MIN)
            }

            fn number(setting: &$non_zero) -> u64 {
                setting.get() as u64
            }
        }
    )+};
}

non_zero!(NonZeroU16, NonZeroU32, NonZeroUsize);

/// Declares a section: its raw form as the file has it, the check of its numbers, its description.
///
/// Comments are what the example says. The first rows are options that are checked by hand:
/// `key: Type = Shown;`. Rows of `numbers` set a field of a configuration, within a range, in a unit:
/// `key: Unit in range => .field;`. They become `Option<u64>`, and `numbers()` gives the configuration
/// with what the file names set.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        struct $raw:ident in $section:literal {
            $(
                $(#[doc = $what:literal])+
                $key:ident: $type:ty = $shown:expr;
            )*
        }
        $(numbers of $config:ty, by default $defaults:expr => {
            $(
                $(#[doc = $means:literal])+
                $number:ident: $unit:ident in $range:expr
                    => $(.$field:ident)* $([$index:expr])?;
            )+
        })?
        $(sections { $($name:ident: $within:ty,)+ })?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $raw {
            $($(#[doc = $what])+ pub(super) $key: $type,)*
            $($($(#[doc = $means])+ pub(super) $number: Option<u64>,)+)?
            $($(pub(super) $name: $within,)+)?
        }

        $(impl $raw {
            /// The configuration with the numbers that the file names.
            pub(super) fn numbers(&self) -> Result<$config, $crate::config::ConfigError> {
                let mut config = $defaults;
                $(if let Some(number) = self.$number {
                    let field = concat!($section, ".", stringify!($number));
                    let number = $crate::config::settings::within(field, number, $range)?;
                    config$(.$field)*$([$index])? = <$unit as Unit<_>>::setting(number);
                })+
                Ok(config)
            }
        })?

        impl Section for $raw {
            fn describe(sections: &mut Vec<DescribedSection>) {
                $(let defaults: $config = $defaults;)?
                sections.push(DescribedSection {
                    name: $section,
                    what: concat!($($about),+).trim_ascii(),
                    is_optional: false,
                    options: vec![
                        $(Described {
                            key: stringify!($key),
                            shown: $shown,
                            what: concat!($($what),+).trim_ascii(),
                            range: None,
                        },)*
                        $($(Described {
                            key: stringify!($number),
                            shown: Shown::ByDefault(
                                <$unit as Unit<_>>::number(
                                    &defaults$(.$field)*$([$index])?,
                                )
                                .to_string(),
                            ),
                            what: concat!($($means),+).trim_ascii(),
                            range: Some($range),
                        },)+)?
                    ],
                });
                $($(<$within as Section>::describe(sections);)+)?
            }
        }
    };
}

pub(super) use section;
