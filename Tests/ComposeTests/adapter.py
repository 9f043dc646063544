#!/usr/bin/env python3
"""Print the model of a Compose project in the shape of the Compose cases.

usage: adapter.py PATH/TO/hale -f FILE [-f FILE ...]

Runs `hale config --format json` with the arguments it is given and rewrites each service: durations in seconds,
amounts in bytes, ports as lists. Ends with the exit status of hale."""

import json
import re
import subprocess
import sys

SECONDS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
AS_THEY_ARE = ["image", "command", "entrypoint", "restart", "working_dir", "user", "stop_signal", "container_name"]


def seconds(text):
    """A canonical duration such as 1m30s as a number."""
    if text is None:
        return None
    parts = re.findall(r"([\d.]+)(ns|µs|ms|s|m|h)", text)
    return round(sum(float(amount) * SECONDS[unit] for amount, unit in parts), 9)


def healthcheck(check):
    if check is None:
        return None
    shape = {"test": check.get("test"), "retries": check.get("retries"), "disable": check.get("disable", False)}
    for key in ["interval", "timeout", "start_period", "start_interval"]:
        shape[key + "_s"] = seconds(check.get(key))
    return shape


def service(model):
    deploy = model.get("deploy") or {}
    limits = (deploy.get("resources") or {}).get("limits") or {}
    memory = limits.get("memory") or model.get("mem_limit")
    ports = [[port.get(key) for key in ("published", "target", "protocol", "host_ip")] for port in model.get("ports", [])]
    shape = {key: model.get(key) for key in AS_THEY_ARE}
    shape.update(
        environment=model.get("environment") or {},
        ports=ports,
        healthcheck=healthcheck(model.get("healthcheck")),
        depends_on={name: needed["condition"] for name, needed in model.get("depends_on", {}).items()},
        mem_limit=int(memory) if memory else None,
        cpus=limits.get("cpus") or model.get("cpus"),
        volumes=model.get("volumes") or [],
        stop_grace_period_s=seconds(model.get("stop_grace_period")),
        replicas=deploy.get("replicas", model.get("scale")),
        networks=[] if model.get("network_mode") else sorted(model.get("networks") or ["default"]),
        labels=model.get("labels") or {},
    )
    return shape


def main():
    hale, *arguments = sys.argv[1:]
    result = subprocess.run([hale, "config", "--format", "json", *arguments], capture_output=True, text=True)
    sys.stderr.write(result.stderr)
    if result.returncode:
        sys.exit(result.returncode)
    services = json.loads(result.stdout)["services"]
    print(json.dumps({"services": {name: service(model) for name, model in services.items()}}))


main()
