"""Read model files; every problem is reported with file, line, reason and the nearest allowed name."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from include.retraining.errors import SpecError
from include.retraining.spec.base import Documented
from include.retraining.spec.model import ModelSpec

Location = tuple[int | str, ...]
POLICY_SECTIONS = ("retrain", "promotion", "trainer")
"""Sections of a model file that a policy file may replace."""
_ALLOWED = ", ".join(POLICY_SECTIONS)


@dataclass(frozen=True)
class LoadedSpecs:
    """The sound model files of a folder by model name, and the messages on broken ones by path."""

    specs: dict[str, ModelSpec] = field(default_factory=dict)
    errors: dict[Path, str] = field(default_factory=dict)


def model_files(folder: Path) -> list[Path]:
    """All model files of a folder, by name."""
    return sorted(path for path in folder.glob("*.y*ml") if path.suffix in {".yaml", ".yml"})


def load_specs(folder: Path, only: str | None = None) -> LoadedSpecs:
    """Read every model file of a folder, or the one that describes the model `only`.

    A broken file never hides a sound one.
    """
    loaded = LoadedSpecs()
    for path in model_files(folder):
        if only is not None and path.stem != only:
            continue
        try:
            spec = load_spec(path)
        except SpecError as error:
            loaded.errors[path] = str(error)
            continue
        if spec.name == path.stem:
            loaded.specs[spec.name] = spec
        else:
            remedy = f"rename the file to {spec.name}.yaml or the model to {path.stem}"
            loaded.errors[path] = f"{path}: the model is called {spec.name!r}; {remedy}"
    return loaded


def load_spec(path: Path) -> ModelSpec:
    """Read one model file.

    Raises
    ------
    SpecError
        Naming each problem with its line.
    """
    text = _read(path)
    root = _compose(text, path)
    lines = dict(_lines(root))
    try:
        return ModelSpec.model_validate(_load(text, path))
    except ValidationError as error:
        problems = [_problem(details, lines) for details in error.errors(include_url=False)]
        raise SpecError(_render(path, text, problems)) from error


def load_policy(path: Path, spec: ModelSpec) -> ModelSpec:
    """Read a policy file: sections of a model file that take the place of those of a model.

    Raises
    ------
    SpecError
        Naming each problem with its line; also when the file has a section that is no policy.
    """
    text = _read(path)
    root = _compose(text, path, f"a policy file is a mapping of {_ALLOWED}")
    lines = dict(_lines(root))
    others = [name for name in _keys(root) if name not in POLICY_SECTIONS]
    problems = [(lines[(name,)], f"{name}: no part of a policy. Allowed: {_ALLOWED}") for name in others]
    found: dict[str, Any] = {}
    for name, value in (_load(text, path) or {}).items():
        section = type(getattr(spec, name)) if name in POLICY_SECTIONS else None
        try:
            found |= {name: section.model_validate(value)} if section is not None else {}
        except ValidationError as error:
            placed = [{**one, "loc": (name, *one["loc"])} for one in error.errors(include_url=False)]
            problems += [_problem(cast("ErrorDetails", one), lines) for one in placed]
    if problems:
        raise SpecError(_render(path, text, problems))
    return spec.model_copy(update=found)


def _keys(root: yaml.MappingNode) -> list[str]:
    return [str(key.value) for key, _ in root.value]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: cannot be read: {error}"
        raise SpecError(message) from error


def _load(text: str, path: Path) -> Any:
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except ValueError as error:  # a scalar that YAML itself cannot build, for example the date 2013-02-30
        message = f"{path}: {error}"
        raise SpecError(message) from error


def _compose(
    text: str, path: Path, expected: str = "a model file is a mapping that starts with `name: …`"
) -> yaml.MappingNode:
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise SpecError(_render(path, text, [(line, f"not valid YAML: {error.problem}")])) from error
    if not isinstance(root, yaml.MappingNode):
        message = f"{path}: {expected}; this one is empty or a list"
        raise SpecError(message)
    if repeated := list(_repeated(root)):
        raise SpecError(_render(path, text, repeated))
    return root


def _repeated(node: yaml.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                yield line, f"{key.value}: stands twice, first on line {seen[key.value]}"
            seen[key.value] = line
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item)


def _lines(node: yaml.Node, location: Location = ()) -> Iterator[tuple[Location, int]]:
    """Line of each value; a key's own line where the value is a block below it."""
    if location == ():
        yield location, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*location, key.value), key.start_mark.line + 1
            yield from _lines(value, (*location, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*location, index), item.start_mark.line + 1
            yield from _lines(item, (*location, index))


def _problem(details: ErrorDetails, lines: dict[Location, int]) -> tuple[int, str]:
    location = tuple(details["loc"])
    known = location
    while known not in lines:
        known = known[:-1]
    # behind `known` stand names of union branches, which are ours and not the reader's
    where = location if details["type"] in {"missing", "extra_forbidden"} else known
    dotted = ".".join(str(part) for part in where) or "the file"
    return lines[known], f"{dotted}: {_reason(details)}"


def _reason(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    name = str(details["loc"][-1]) if details["loc"] else ""
    allowed = _fields_at(details["loc"][:-1])
    if kind == "extra_forbidden":
        return f"unknown field.{_did_you_mean(name, list(allowed))} Allowed here: {', '.join(allowed)}"
    if kind == "missing":
        return f"missing. {allowed.get(name) or 'It is required.'}"
    if kind == "literal_error":
        expected = str(context.get("expected", ""))
        names = [part.strip(" '") for part in expected.replace(" or ", ", ").split(",")]
        return f"{details['input']!r} is not allowed.{_did_you_mean(str(details['input']), names)} Allowed: {expected}"
    if kind == "string_pattern_mismatch":
        return f"{details['input']!r} does not match {context.get('pattern')}"
    message = details["msg"].removeprefix("Value error, ")
    return message if kind == "value_error" else f"{message}; got {details['input']!r}"


def _fields_at(location: Location) -> dict[str, str]:
    """Field names of the model at a location, with their descriptions."""
    model: Any = ModelSpec
    for part in location:
        if isinstance(part, int):
            continue
        found = _model_of(model.model_fields[part].annotation) if part in model.model_fields else None
        model = found or model
    descriptions: dict[str, str] = model.field_descriptions()
    return descriptions


def _model_of(annotation: Any) -> type[Documented] | None:
    if isinstance(annotation, type) and issubclass(annotation, Documented):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if found := _model_of(part):
            return found
    return None


def _did_you_mean(name: str, allowed: list[str]) -> str:
    near = difflib.get_close_matches(name, allowed, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _render(path: Path, text: str, problems: list[tuple[int, str]]) -> str:
    source = text.splitlines()
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    parts = [f"{path}: {count}"]
    for line, reason in sorted(set(problems)):
        excerpt = source[line - 1].rstrip() if line <= len(source) else ""
        parts.append(f"  line {line}: {reason}\n    {line:>4} | {excerpt}")
    return "\n".join(parts)
