"""The manifests, held against the code they start and against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import get_commands

from tests.deploy.layouts import (
    KUBERNETES,
    READ_ELSEWHERE,
    commands_named_in,
    kustomization,
    manifests,
    of_kind,
    variables_read,
)
from tests.deploy.production import complaint

DEPLOYMENTS = of_kind("Deployment")
SCALED = of_kind("ScaledObject")
COMMANDS = sorted({name for path in KUBERNETES.glob("*.yaml") for name in commands_named_in(path)})


def pod(deployment: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return spec


def container(deployment: dict[str, Any]) -> dict[str, Any]:
    [only] = pod(deployment)["containers"]
    found: dict[str, Any] = only
    return found


def worker_of(pool: str) -> dict[str, Any]:
    [only] = [
        one
        for one in DEPLOYMENTS.values()
        if container(one)["command"] == ["python", "manage.py", "worker", pool]
    ]
    return only


def given() -> dict[str, str]:
    """Return the variables that every pod finds."""
    [secret, _files] = manifests("secret.example.yaml")
    return {**of_kind("ConfigMap")["showrunner"]["data"], **secret["stringData"]}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists(command: str) -> None:
    assert command in get_commands()


@pytest.mark.parametrize("pool", settings.WORKER_POOLS)
class TestPool:
    def test_is_scaled_by_the_length_of_its_queue(self, pool: str) -> None:
        worker = worker_of(pool)
        [scaled] = [
            one["spec"]
            for one in SCALED.values()
            if one["spec"]["scaleTargetRef"]["name"] == worker["metadata"]["name"]
        ]
        [trigger] = scaled["triggers"]

        assert trigger["type"] == "rabbitmq"
        assert trigger["metadata"]["queueName"] == pool
        assert trigger["metadata"]["mode"] == "QueueLength"
        assert int(trigger["metadata"]["value"]) > 0
        assert trigger["authenticationRef"]["name"] in of_kind("TriggerAuthentication")
        assert 1 <= scaled["minReplicaCount"] < scaled["maxReplicaCount"]

    def test_has_no_number_of_its_own_that_would_fight_the_scaler(self, pool: str) -> None:
        assert "replicas" not in worker_of(pool)["spec"]

    def test_gets_a_minute_to_hand_back_its_work(self, pool: str) -> None:
        assert pod(worker_of(pool))["terminationGracePeriodSeconds"] >= 60

    def test_is_asked_for_life_where_it_answers(self, pool: str) -> None:
        only = container(worker_of(pool))
        [port] = only["ports"]

        assert given()["METRICS_PORT"] == str(port["containerPort"])
        for probe in ("startupProbe", "livenessProbe"):
            assert only[probe]["httpGet"] == {"path": "/metrics", "port": port["name"]}


def test_nothing_is_scaled_that_is_no_pool() -> None:
    queues = {one["spec"]["triggers"][0]["metadata"]["queueName"] for one in SCALED.values()}

    assert queues == set(settings.WORKER_POOLS)


def test_the_scaler_reads_the_broker_from_a_key_of_the_secret() -> None:
    [row] = of_kind("TriggerAuthentication")["broker"]["spec"]["secretTargetRef"]
    [secret, _files] = manifests("secret.example.yaml")

    assert (row["parameter"], row["name"]) == ("host", secret["metadata"]["name"])
    assert secret["stringData"][row["key"]].startswith("amqp")


@pytest.mark.parametrize("role", ["relay", "consumer", "beat"])
def test_what_must_not_be_missing_runs_twice(role: str) -> None:
    assert DEPLOYMENTS[role]["spec"]["replicas"] == 2


@pytest.mark.parametrize("name", sorted(DEPLOYMENTS))
class TestDeployment:
    def test_finds_its_own_pods(self, name: str) -> None:
        wanted = DEPLOYMENTS[name]["spec"]["selector"]["matchLabels"]
        labels = DEPLOYMENTS[name]["spec"]["template"]["metadata"]["labels"]

        assert wanted.items() <= labels.items()
        assert [
            other
            for other, one in DEPLOYMENTS.items()
            if wanted.items() <= one["spec"]["template"]["metadata"]["labels"].items()
        ] == [name]

    def test_says_what_it_needs_and_where_its_memory_ends(self, name: str) -> None:
        resources = container(DEPLOYMENTS[name])["resources"]

        assert set(resources["requests"]) == {"cpu", "memory"}
        assert "memory" in resources["limits"]


@pytest.mark.parametrize("name", sorted(of_kind("PodDisruptionBudget")))
def test_a_budget_protects_one_deployment(name: str) -> None:
    wanted = of_kind("PodDisruptionBudget")[name]["spec"]["selector"]["matchLabels"]

    labels = DEPLOYMENTS[name]["spec"]["template"]["metadata"]["labels"]
    assert wanted.items() <= labels.items()


def test_every_manifest_is_applied_but_the_example() -> None:
    files = {path.name for path in KUBERNETES.glob("*.yaml")}
    patches = {patch["path"] for patch in kustomization()["patches"]}

    assert files - set(kustomization()["resources"]) - patches == {
        "kustomization.yaml",
        "secret.example.yaml",
    }


def test_every_image_is_ours_and_pinned() -> None:
    [image] = kustomization()["images"]

    assert {container(one)["image"] for one in DEPLOYMENTS.values()} == {image["name"]}
    assert image["newTag"] not in {"", "latest"}


def test_a_pod_is_told_what_it_needs_and_nothing_unread() -> None:
    read = variables_read()

    assert {name for name, is_required in read.items() if is_required} <= set(given())
    assert set(given()) - set(read) - READ_ELSEWHERE == set()


@pytest.mark.waits
def test_production_starts_with_these_variables(tmp_path: Path) -> None:
    assert complaint(given(), tmp_path) == ""
