"""Webhooks on their way out: which filter wants one, and how often it is tried."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import httpx

from sandbox.wowza.engine import INSTANCE, Application, Engine

UNITS = {"MILLISECONDS": 0.001, "SECONDS": 1.0, "MINUTES": 60.0}
DEADLINE_S = 5.0
OK = 200
_on_their_way: set[asyncio.Task[None]] = set()


def tell(
    engine: Engine,
    app: Application,
    stream: str,
    name: str,
    state: str,
    told: dict[str, Any] | None = None,
) -> None:
    """Send an event to the target of every filter it fits, in the background."""
    if not engine.has_webhooks:
        return
    context = {
        "vhost": "_defaultVHost_",
        "app": app.config["name"],
        "appInstance": INSTANCE,
        "stream": stream,
        "state": state,
    }
    event = {
        "id": str(uuid.uuid4()),
        "timestamp": int(time.time() * 1000),
        "name": name,
        "source": "sandbox",
        "version": "1.0",
        "context": context,
        "data": told or {},
    }
    path = (
        f"vHost._defaultVHost_.app.{app.config['name']}.appInstance.{INSTANCE}"
        f".stream.{stream}.state.{state}"
    )
    for chosen in engine.hook_filters.values():
        target = engine.hook_targets.get(str(chosen.get("targetRef")))
        if target and chosen.get("enabled", True) and fits(str(chosen["criteria"]), path):
            task = asyncio.get_running_loop().create_task(_deliver(event, chosen, target))
            _on_their_way.add(task)
            task.add_done_callback(_on_their_way.discard)


def fits(criteria: str, path: str) -> bool:
    """Compare by levels: `*` is any one of them, `>` all that follow."""
    wanted, levels = criteria.split("."), path.split(".")
    for number, level in enumerate(wanted):
        if level == ">":
            return len(levels) > number
        if number >= len(levels) or level not in {"*", levels[number]}:
            return False
    return len(wanted) == len(levels)


async def _deliver(event: dict[str, Any], chosen: dict[str, Any], target: dict[str, Any]) -> None:
    headers = {row["name"]: row["value"] for row in target.get("headers", [])}
    pause_s = float(chosen.get("retryDelay", 1)) * UNITS[chosen.get("retryDelayUnit", "SECONDS")]
    async with httpx.AsyncClient(trust_env=False, timeout=DEADLINE_S) as client:
        for _ in range(1 + int(chosen.get("maxRetryAttempts", 0))):
            try:
                answer = await client.post(target["url"], json=event, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(pause_s)
                continue
            if answer.status_code == OK:
                return
            await asyncio.sleep(pause_s)
