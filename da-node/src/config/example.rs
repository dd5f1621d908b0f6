//! The commented example: every option, with its default.

use super::raw::RawConfig;
use super::section::{Described, DescribedSection, Section as _, Shown};

/// What stands at the top of the example.
const HEAD: &str = "\
# A Weft node's configuration: every option, with its default. Remove the `#` before an option to set it, and
# the `#` before the header of its section if there is one.
# Relative paths are relative to this file. Numbers have their allowed range after their explanation.
# Generated from the tables in da-node/src/config/raw.rs by `just docs-generated`.
";

/// The text of `weft.example.toml`: what a node needs at least, and every other option commented out,
/// with its default or an example.
#[must_use]
pub fn example() -> String {
    let text = written(&sections(), |section, option| {
        !section.is_optional && matches!(option.shown, Shown::Required(_))
    });
    format!("{HEAD}{text}")
}

/// Every section of the file.
pub(super) fn sections() -> Vec<DescribedSection> {
    let mut sections = Vec::new();
    RawConfig::describe(&mut sections);
    sections
}

/// A file of these sections, in which the options that are not `set` are comments. So is the head of a
/// section that needs an option which is not set.
pub(super) fn written(
    sections: &[DescribedSection],
    set: impl Fn(&DescribedSection, &Described) -> bool,
) -> String {
    let mut text = String::new();
    for section in sections {
        let is_whole = section
            .options
            .iter()
            .all(|option| !matches!(option.shown, Shown::Required(_)) || set(section, option));
        text.push('\n');
        if !section.name.is_empty() {
            let mark = if is_whole { "" } else { "#" };
            text += &format!("# {}\n{mark}[{}]\n", section.what, section.name);
        }
        for option in &section.options {
            let mark = if set(section, option) { "" } else { "#" };
            text += &format!(
                "{}\n{mark}{} = {}\n",
                comment(option),
                option.key,
                value(option)
            );
        }
    }
    text
}

/// The line above an option.
fn comment(option: &Described) -> String {
    let what = option.what;
    match &option.range {
        Some(range) => format!("# {what} {} to {}.", range.start(), range.end()),
        None => format!("# {what}"),
    }
}

fn value(option: &Described) -> &str {
    match &option.shown {
        Shown::Required(value) | Shown::ByDefault(value) | Shown::ForExample(value) => value,
    }
}
