"""deploy/: what it names exists. Dashboards, alerts and the autoscaler name metrics of the server, manifests settings, ports and images."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter
from typer.testing import CliRunner

import server.cli
import trainer.cli
from gatling_core.settings import Settings
from server.gate import OPEN_PATHS
from server.serve import FINISH_S
from tests.faults.test_swaps import load, published
from tests.server.conftest import Start, case_of, model, queue, start  # noqa: F401  # pyright: ignore[reportUnusedImport]

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
IMAGES = {"gatling-server": "server", "gatling-trainer": "trainer", "gatling-balancer": "balancer"}
SPOOL_S = 10
"""For one more try to deliver what is spooled: a few times the timeout of Redis."""
FROM_KUBERNETES = {"instance", "job", "pod", "namespace"}

Document = dict[str, Any]


def manifests() -> dict[tuple[str, str], Document]:
    """By kind and name, of the files that the kustomization lists."""
    files = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())["resources"]
    documents = [d for file in files for d in yaml.safe_load_all((DEPLOY / "kubernetes" / file).read_text())]
    return {(d["kind"], d["metadata"]["name"]): d for d in documents}


MANIFESTS = manifests()
COMPOSE: Document = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
KUSTOMIZATION: Document = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())


def pods() -> Iterator[tuple[Document, Document]]:
    """Every pod template with the workload that it stands in."""
    for (kind, _), document in MANIFESTS.items():
        if kind in ("Deployment", "StatefulSet"):
            yield document, document["spec"]["template"]
        if kind == "CronJob":
            yield document, document["spec"]["jobTemplate"]["spec"]["template"]


def containers() -> Iterator[tuple[Document, Document]]:
    for _, pod in pods():
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
            yield pod["spec"], container


def expressions() -> list[str]:
    dashboard = json.loads((DEPLOY / "grafana" / "gatling.json").read_text(encoding="utf-8"))
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    adapter = yaml.safe_load((DEPLOY / "prometheus" / "adapter.yml").read_text())
    return [
        *(target["expr"] for panel in dashboard["panels"] for target in panel["targets"]),
        *(rule["expr"] for group in alerts["groups"] for rule in group["rules"]),
        *(rule[key] for rule in adapter["rules"] for key in ("seriesQuery", "metricsQuery")),
    ]


async def exposed(start: Start, folder: Path) -> dict[str, set[str]]:  # noqa: F811
    """The samples of a server that has seen a little of everything, and the labels of each."""
    failing = case_of(execution_plan={"nodes": [{"tool_name": "fail"}]})
    async with start(model=None, load=load, registry=published(folder).root, shadow="v2") as client:
        for case in (case_of(), case_of(3.0), failing):
            await client.post("/score", json=case)
        while client.service.metrics.registry.get_sample_value("gatling_shadow_energy_difference_count") != 2:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await client.post("/score", json=case_of(), headers={"sec-fetch-site": "cross-site"})
        await client.service.queue_watch.look()
        text = (await client.get("/metrics")).text
    samples: dict[str, set[str]] = {}
    for name, labels in re.findall(r"^(gatling_\w+)(?:\{(.*)\})? ", text, re.MULTILINE):
        samples.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return samples


async def test_dashboard_alerts_and_adapter_name_metrics_and_labels_that_exist(start: Start, tmp_path: Path) -> None:  # noqa: F811
    samples = await exposed(start, tmp_path)
    named: set[str] = set()
    for expression in expressions():
        metrics = re.findall(r"\bgatling_\w+", expression)
        assert metrics or "up{" in expression, expression
        assert set(metrics) <= set(samples), expression
        named |= set(metrics)
        known = set().union(*(samples[metric] for metric in metrics), FROM_KUBERNETES)
        used = re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', expression)
        grouped = [label for labels in re.findall(r"by \(([\w, ]+)\)", expression) for label in labels.split(", ")]
        assert {*used, *grouped} <= known, expression
    unseen = {name.removesuffix("_bucket") for name in samples if not name.endswith(("_created", "_sum", "_count"))} - {
        name.removesuffix("_bucket").removesuffix("_sum") for name in named
    }
    assert not unseen, "every measure answers a question on the dashboard or in an alert"


@pytest.mark.parametrize("expression", expressions())
def test_expressions_are_balanced(expression: str) -> None:
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing)


def test_alerts_say_what_is_wrong_and_how_urgent_it_is() -> None:
    (group,) = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    names = [rule["alert"] for rule in group["rules"]]
    assert len(names) == len(set(names))
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert len(rule["annotations"]["summary"]) > 10


def test_the_autoscaler_asks_for_what_the_adapter_gives() -> None:
    (rule,) = yaml.safe_load((DEPLOY / "prometheus" / "adapter.yml").read_text())["rules"]
    scaler = MANIFESTS["HorizontalPodAutoscaler", "server"]["spec"]
    assert rule["name"]["as"] in [m["pods"]["metric"]["name"] for m in scaler["metrics"] if m["type"] == "Pods"]
    target = scaler["scaleTargetRef"]
    assert (target["kind"], target["name"]) in MANIFESTS
    assert "replicas" not in MANIFESTS["Deployment", "server"]["spec"], "the autoscaler and apply would take turns"


def test_every_container_is_one_that_is_built_and_has_no_rights() -> None:
    for pod, container in containers():
        assert container["image"] in IMAGES or container["image"] == "redis:7-alpine"
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"]
        assert not rights["allowPrivilegeEscalation"]
        assert rights["capabilities"] == {"drop": ["ALL"]}
        if "resources" in container:
            assert "memory" in container["resources"]["limits"]
    listed = {image["name"] for image in KUSTOMIZATION["images"]}
    assert listed == {c["image"] for _, c in containers()} & set(IMAGES)


def test_ids_are_those_of_the_images() -> None:
    for name, file in IMAGES.items():
        dockerfile = (ROOT / "docker" / f"{file}.Dockerfile").read_text()
        assert "--uid 10001" in dockerfile
        assert "\nUSER gatling\n" in dockerfile
        for pod, container in containers():
            if container["image"] == name:
                assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == 10001


def test_settings_exist_and_have_values_that_they_take() -> None:
    (generated,) = KUSTOMIZATION["configMapGenerator"]
    pairs = dict(literal.split("=", 1) for literal in generated["literals"])
    for _, container in containers():
        pairs |= {env["name"]: env["value"] for env in container.get("env", [])}
        for source in container.get("envFrom", []):
            assert source["configMapRef"]["name"] == generated["name"]
    for name, value in pairs.items():
        field = "redis_url" if name == "REDIS_URL" else name.removeprefix("GATLING_").lower()
        annotation: Any = Settings.model_fields[field].annotation
        TypeAdapter(annotation).validate_python(value)


def test_volumes_ports_and_probes_fit() -> None:
    port = re.search(r"EXPOSE (\d+)", (ROOT / "docker" / "server.Dockerfile").read_text())
    assert port
    for pod, container in containers():
        claims = [d["spec"].get("volumeClaimTemplates", []) for d, p in pods() if p["spec"] is pod]
        volumes = {v["name"] for v in pod.get("volumes", [])} | {c["metadata"]["name"] for cs in claims for c in cs}
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
        for volume in pod.get("volumes", []):
            if "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in MANIFESTS
        ports = {p["name"]: p["containerPort"] for p in container.get("ports", [])}
        for probe in (container[key] for key in ("startupProbe", "readinessProbe", "livenessProbe") if key in container):
            if "httpGet" in probe:
                assert probe["httpGet"]["path"] in OPEN_PATHS
                assert ports[probe["httpGet"]["port"]] == int(port[1])


def test_a_server_that_ends_has_left_the_service_first_and_has_time_for_what_is_in_progress() -> None:
    (generated,) = KUSTOMIZATION["configMapGenerator"]
    drain_s = int(dict(pair.split("=", 1) for pair in generated["literals"])["GATLING_DRAIN_MS"]) / 1_000
    pod = MANIFESTS["Deployment", "server"]["spec"]["template"]["spec"]
    probe = pod["containers"][0]["readinessProbe"]
    assert drain_s > probe["periodSeconds"] * probe["failureThreshold"] + probe["timeoutSeconds"]
    assert pod["terminationGracePeriodSeconds"] >= drain_s + FINISH_S + SPOOL_S


def test_a_composed_server_has_time_for_what_is_in_progress_and_the_balancer_to_notice() -> None:
    """nginx asks nobody: it notices by a request that fails, and then leaves the server alone for `fail_timeout`."""
    settings = Settings(_env_file=None)  # pyright: ignore[reportCallIssue]
    drain_s, score_s = settings.drain_ms / 1_000, settings.score_timeout_ms / 1_000
    assert seconds(COMPOSE["server"]["stop_grace_period"]) >= drain_s + FINISH_S + SPOOL_S
    balancer = (ROOT / "docker" / "balancer.conf").read_text()
    given = {name: seconds(value) for name, value in re.findall(r"(proxy_\w+_timeout) (\d+s);", balancer)}
    assert given["proxy_read_timeout"] > score_s, "or it would give up on an answer that comes"
    assert given["proxy_connect_timeout"] + given["proxy_read_timeout"] < FINISH_S, "a request that it sends is one that finishes"
    assert "proxy_next_upstream error" in balancer


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_selectors_find_their_pods_and_services_their_ports() -> None:
    labels = {pod["metadata"]["labels"]["app.kubernetes.io/name"]: pod for _, pod in pods()}
    for workload, pod in pods():
        if "selector" in workload["spec"]:
            assert workload["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    for (kind, _), document in MANIFESTS.items():
        spec = document["spec"]
        if kind == "Service":
            pod = labels[spec["selector"]["app.kubernetes.io/name"]]
            ports = {p["name"]: p["containerPort"] for c in pod["spec"]["containers"] for p in c["ports"]}
            for port in spec["ports"]:
                assert port["port"] == ports[port["targetPort"]]
        if kind == "PodDisruptionBudget":
            assert spec["selector"]["matchLabels"]["app.kubernetes.io/name"] in labels
            assert spec["minAvailable"] < MANIFESTS["HorizontalPodAutoscaler", "server"]["spec"]["minReplicas"]
        if kind == "NetworkPolicy":
            assert spec["podSelector"]["matchLabels"]["app.kubernetes.io/name"] in labels
            for rule in spec["ingress"]:
                for peer in rule.get("from", []):
                    assert set(peer["podSelector"]["matchExpressions"][0]["values"]) <= set(labels)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl builds the overlay")
def test_with_object_storage_no_pod_mounts_the_registry_and_each_has_its_keys() -> None:
    built = subprocess.run(["kubectl", "kustomize", DEPLOY / "kubernetes-s3"], capture_output=True, text=True, check=True).stdout
    documents = {(d["kind"], d["metadata"]["name"]): d for d in yaml.safe_load_all(built)}
    claims = {name: d["spec"]["accessModes"] for (kind, name), d in documents.items() if kind == "PersistentVolumeClaim"}
    assert claims == {"taught": ["ReadWriteOnce"]}
    assert {kind_and_name for kind_and_name in MANIFESTS if kind_and_name[0] != "PersistentVolumeClaim"} <= set(documents)
    server = documents["Deployment", "server"]["spec"]["template"]["spec"]
    retrain = documents["CronJob", "retrain"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    for pod, secret in ((server, "gatling-s3-read"), (retrain, "gatling-s3-write")):
        volumes = {volume["name"] for volume in pod["volumes"]}
        assert "registry" not in volumes
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
            settings, keys = container["envFrom"]
            assert keys["secretRef"]["name"] == secret
            (config,) = [d["data"] for (_, name), d in documents.items() if name == settings["configMapRef"]["name"]]
            assert config["GATLING_REGISTRY"].startswith("s3://")
    assert {"name": "data", "persistentVolumeClaim": {"claimName": "taught"}} in retrain["volumes"]


def test_compose_gives_its_services_no_rights_either() -> None:
    balanced = yaml.safe_load((ROOT / "docker-compose.balanced.yml").read_text().replace("!reset", ""))["services"]
    services = balanced | COMPOSE
    for name in ("seed", "server", "trainer", "balancer"):
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
        assert services[name]["image"] in IMAGES
    assert services["replica"]["extends"]["service"] == "server"


def test_redis_is_the_one_of_compose() -> None:
    compose = COMPOSE["redis"]
    _, redis = next((p, c) for p, c in containers() if c["name"] == "redis")
    assert redis["command"] == compose["command"]
    assert redis["image"] == compose["image"]


@pytest.mark.parametrize("name", ["seed", "retrain"])
def test_commands_are_ones_that_the_programs_take(name: str) -> None:
    """Their --help behind the same arguments: an unknown command or option would end with 2."""
    _, container = next((p, c) for p, c in containers() if c["name"] == name)
    words = container.get("args") or container["command"][container["command"].index("server") + 1 :]
    program = {"gatling-server": server.cli.app, "gatling-trainer": trainer.cli.app}[container["image"]]
    assert CliRunner().invoke(program, [*words, "--help"]).exit_code == 0
