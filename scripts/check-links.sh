#!/usr/bin/env bash
# Fails if a relative link in the documents does not resolve.
#
# Checked are README.md, CONTRIBUTING.md, SECURITY.md, CHANGELOG.md, docs/ and helm/, or the files
# that are named as arguments:
# - the target is a file or folder of the tree, ignored files aside;
# - an anchor is a heading of the target (GitHub's slugs). Sources take no anchor: lines move;
# - link text that is code and leads to a .rs file names an item there: `item`, `Type::item`,
#   `path/of/file.rs::item`, or the path alone. A path is that of the target.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 - "$@" <<'PYTHON'
import functools
import pathlib
import posixpath
import re
import subprocess
import sys
import urllib.parse

LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[([^\]^]+)\]:\s*(\S+)", re.M)
FENCE = re.compile(r"^ {0,3}(```+|~~~+).*?^ {0,3}\1[`~]*[ \t]*$", re.M | re.S)
CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.M)
ID = re.compile(r"<a\s+(?:id|name)=\"([^\"]+)\"")


def blank(match):
    """As many characters and lines, none of them Markdown."""
    return re.sub(r"[^\n]", " ", match.group())


def prose(text):
    """The text without code blocks and without code that holds what looks like a link."""
    text = FENCE.sub(blank, text)
    return CODE.sub(lambda m: blank(m) if "](" in m.group(2) else m.group(), text)


def slug(heading):
    heading = LINK.sub(r"\1", heading).replace("`", "").replace("*", "")
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@functools.cache
def read(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


@functools.cache
def anchors(path):
    text = FENCE.sub(blank, read(path))
    found, seen = set(ID.findall(text)), {}
    for heading in HEADING.findall(text):
        name = slug(heading)
        count = seen.get(name, 0)
        seen[name] = count + 1
        found.add(f"{name}-{count}" if count else name)
    return found


DECLARES = (
    r"^{indent}(?:pub(?:\([^)]*\))? +)?(?:default +|const +|async +|unsafe +)*"
    r"(?:fn|struct|enum|trait|type|const|static|mod|macro_rules!) +{name}\b"
)
# The header of a block that is named after a type: its declaration or an implementation of it.
BLOCK = r"^({indent})(?:pub(?:\([^)]*\))? +)?(?:unsafe +)?(?:struct|enum|trait|mod|impl)\b[^;{{]*\b{name}\b[^;{{]*\{{"
VARIANT = r"^ +(?:pub(?:\([^)]*\))? +)?{name}\b *(?:[,({{:=]|$)"


def blocks(source, name):
    """Each block of `name`: formatted source closes it at the indent of its first line."""
    for begin in re.finditer(BLOCK.format(indent=" *", name=re.escape(name)), source, re.M):
        end = re.compile(rf"^{begin.group(1)}\}}", re.M).search(source, begin.end())
        yield source[begin.end() : end.start() if end else len(source)]


def has_item(source, item):
    """Whether the source declares the item; `Type::item` inside of a block of that type."""
    names = item.split("::")
    name = re.escape(names[-1])
    declared = re.compile(DECLARES.format(indent=" *", name=name), re.M)
    if len(names) == 1:
        return bool(declared.search(source))
    inside = re.compile(f"{declared.pattern}|{VARIANT.format(name=name)}", re.M)
    return any(inside.search(block) for block in blocks(source, names[-2]))


def check_code(text, target):
    """What is wrong with link text that is code, of a link to the source `target`."""
    path, _, item = text.partition(".rs::")
    if item:
        path += ".rs"
    elif text.endswith(".rs"):
        path, item = text, ""
    else:
        path, item = "", text
    if path and not f"/{target}".endswith(f"/{path}"):
        return f"the text names {path}, the link leads to {target}"
    item = item.removesuffix("()")
    if item and not has_item(read(target), item):
        return f"{target} has no item {item}"
    return None


def check(source, text, target, files, folders):
    if re.match(r"[a-z][a-z0-9+.-]*:", target, re.I):
        return None
    if target.startswith("/"):
        return f"{target} is absolute: links are relative"
    path, _, anchor = target.partition("#")
    path = urllib.parse.unquote(path)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), path)) if path else source
    if path not in files and path not in folders:
        return f"{target}: there is no {path}"
    if anchor and not path.endswith(".md"):
        return f"{target}: a source takes no anchor"
    if anchor and urllib.parse.unquote(anchor) not in anchors(path):
        return f"{target}: {path} has no heading #{anchor}"
    code = re.fullmatch(r"`([^`]+)`", " ".join(text.split()))
    if code and path.endswith(".rs"):
        return check_code(code.group(1), path)
    return None


def main():
    tree = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(tree, check=True, capture_output=True, text=True).stdout.split("\0")
    files = {name for name in listed if name and pathlib.Path(name).is_file()}
    folders = {str(parent) for name in files for parent in pathlib.PurePosixPath(name).parents}
    documents = sys.argv[1:] or sorted(
        name
        for name in files
        if name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
        or re.match(r"(docs|helm)/.*\.md$", name)
    )
    links, broken = 0, []
    for source in documents:
        text = prose(read(source))
        found = [(m.start(), m.group(1), m.group(2)) for m in LINK.finditer(text)]
        found += [(m.start(), m.group(1), m.group(2)) for m in REFERENCE.finditer(text)]
        for position, label, target in sorted(found):
            links += 1
            problem = check(source, label, target, files, folders)
            if problem:
                line = text.count("\n", 0, position) + 1
                broken.append(f"{source}:{line}: {problem}")
    if broken:
        print("\n".join(broken), file=sys.stderr)
        sys.exit(1)
    print(f"{links} links in {len(documents)} documents resolve")


main()
PYTHON
