"""What all parts of a model file share."""

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import Any

from pydantic import AfterValidator, BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from include.retraining.errors import UnknownNameError
from include.retraining.registry import check_name


def known(kind: str) -> AfterValidator:
    """Accept names that the registry has in a table, and dotted paths."""

    def check(name: str) -> str:
        try:
            return check_name(kind, name)
        except UnknownNameError as error:
            raise ValueError(str(error)) from error

    return AfterValidator(check)


class Documented(BaseModel):
    """A model whose fields are described by the text below each.

    pydantic's own `use_attribute_docstrings` reads the source of every model when it is imported: half of the time
    that a model file's classes take, in every process that parses a DAG.
    """

    model_config = ConfigDict(frozen=True)

    @classmethod
    def field_descriptions(cls) -> dict[str, str]:
        """Text below each field; empty where there is none."""
        texts = {}
        for field, text in pairwise(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(cls))))):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(written))):
                    texts[name] = inspect.cleandoc(written)
        return {name: texts.get(name, "") for name in cls.model_fields}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in cls.field_descriptions().items():
            if text and name in properties:
                properties[name]["description"] = text
        return schema


class Closed(Documented):
    """Frozen, and no field that is not declared."""

    model_config = ConfigDict(extra="forbid")


class Use(Documented):
    """Something named by `use`, with its own parameters beside the name."""

    model_config = ConfigDict(extra="allow")

    @property
    def params(self) -> dict[str, Any]:
        """All keys but `use`."""
        return dict(self.model_extra or {})
