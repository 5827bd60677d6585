"""The format of `server.json`, revision 2025-12-11, as far as this server uses it.

Written from the published rules (static.modelcontextprotocol.io/schemas/2025-12-11). Stricter
than those in one respect: a field that is not described here is refused, so that a misspelt
one cannot pass as an extension.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

_Line = Annotated[str, StringConstraints(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class StdioTransport(_Strict):
    type: Literal["stdio"]


class EnvironmentVariable(_Strict):
    """A variable to be set for the package; `placeholder` is shown where a value goes."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
    description: _Line
    placeholder: _Line | None = None
    is_required: bool = Field(default=False, alias="isRequired")
    is_secret: bool = Field(default=False, alias="isSecret")


class Package(_Strict):
    registry_type: Literal["pypi", "npm", "nuget", "oci", "mcpb"] = Field(alias="registryType")
    identifier: _Line
    version: _Line
    runtime_hint: Literal["uvx", "npx", "docker", "dnx"] | None = Field(
        default=None, alias="runtimeHint"
    )
    transport: StdioTransport
    environment_variables: list[EnvironmentVariable] = Field(
        default=[], alias="environmentVariables"
    )

    @field_validator("version")
    @classmethod
    def _one_version(cls, version: str) -> str:
        if version == "latest" or version[0] in "^~<>=" or version.endswith((".x", ".*")):
            raise ValueError("must be one version, neither a range nor 'latest'")
        return version


class ServerJson(_Strict):
    """The whole file."""

    schema_: Literal[
        "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
    ] = Field(alias="$schema")
    name: Annotated[
        str,
        StringConstraints(
            min_length=3, max_length=200, pattern=r"^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$"
        ),
    ]
    title: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    description: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    version: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    packages: Annotated[list[Package], Field(min_length=1)]
