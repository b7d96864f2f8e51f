"""What the deployment's files say, read as the tools that run them would."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, Final

import yaml

from clients.demo.clips import ROOT

DEPLOY: Final = ROOT / "deploy"
KUBERNETES: Final = DEPLOY / "kubernetes"
MANAGE: Final = re.compile(r"manage\.py[\s,\"]+([a-z][a-z_]+)")
# Variables that others read: Django and boto3.
READ_ELSEWHERE: Final = frozenset(
    {"DJANGO_SETTINGS_MODULE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
)


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def manifests(*names: str) -> list[dict[str, Any]]:
    """Return the objects of some manifests, of all that are applied where none is named."""
    wanted = names or tuple(kustomization()["resources"])
    return [
        found
        for name in wanted
        for found in yaml.safe_load_all((KUBERNETES / name).read_text())
        if found
    ]


def kustomization() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    return found


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """Return the applied objects of a kind by name."""
    return {found["metadata"]["name"]: found for found in manifests() if found["kind"] == kind}


def commands_named_in(path: Path) -> set[str]:
    """Return every X of `manage.py X` in a file."""
    return set(MANAGE.findall(path.read_text()))


def variables_read() -> dict[str, bool]:
    """Return each variable `config/env.py` reads, and whether a process ends without it."""
    calls = [
        node
        for node in ast.walk(ast.parse((ROOT / "config" / "env.py").read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
    ]
    return {
        str(first.value): len(call.args) == 1
        for call in calls
        if call.args and isinstance(first := call.args[0], ast.Constant)
    }


def env_file(path: Path) -> dict[str, str]:
    rows = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(row.split("=", 1) for row in rows)
