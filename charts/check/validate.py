"""Validates rendered manifests strictly: unknown fields are refused.
usage: validate.py SWAGGER.json [--crd FILE.yaml]... MANIFEST.yaml...
Needs PyYAML and jsonschema."""

import json, re, sys, tomllib, yaml, jsonschema


class Loader(yaml.SafeLoader):
    """A key that is there twice is an error."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            k = self.construct_object(key, deep=True)
            if k in seen:
                raise yaml.YAMLError(f"key twice: {k} {key.start_mark}")
            seen.add(k)
        return super().construct_mapping(node, deep)


def strict(schema):
    """The same schema, closed: what it does not name is refused."""
    if isinstance(schema, list):
        return [strict(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: strict(v) for k, v in schema.items() if not k.startswith("x-") and k not in ("format", "description", "default")}
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    if (
        "properties" in out
        and isinstance(out["properties"], dict)
        and "type" in out
        and "additionalProperties" not in out
        and not schema.get("x-kubernetes-preserve-unknown-fields")
    ):
        out["additionalProperties"] = False
    return out


def kinds(swagger):
    found = {}
    for name, d in swagger["definitions"].items():
        for g in d.get("x-kubernetes-group-version-kind", []):
            api = f'{g["group"]}/{g["version"]}' if g["group"] else g["version"]
            found.setdefault((api, g["kind"]), name)
    return found


def restricted(kind, spec, where):
    """Pod security standard "restricted", and what this chart adds."""
    pod = spec.get("securityContext", {})
    if not pod.get("runAsNonRoot"):
        yield f"{where}: runAsNonRoot"
    if pod.get("runAsUser") == 0:
        yield f"{where}: root"
    if pod.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield f"{where}: seccomp"
    if spec.get("automountServiceAccountToken") is not False:
        yield f"{where}: token"
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key):
            yield f"{where}: {key}"
    allowed = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
    for v in spec.get("volumes", []):
        if set(v) - {"name"} - allowed:
            yield f"{where}: volume {v}"
    for c in spec["containers"] + spec.get("initContainers", []):
        s = c.get("securityContext", {})
        if s.get("allowPrivilegeEscalation") is not False:
            yield f"{where}: escalation"
        if not s.get("readOnlyRootFilesystem"):
            yield f"{where}: writable root"
        if s.get("capabilities", {}) != {"drop": ["ALL"]}:
            yield f"{where}: capabilities"
        if "memory" not in c.get("resources", {}).get("requests", {}):
            yield f"{where}: no request of memory"
        for p in ("livenessProbe", "readinessProbe"):
            if kind != "Pod" and p not in c:
                yield f"{where}: no {p}"
        volumes = {v["name"] for v in spec.get("volumes", [])} | {t["metadata"]["name"] for t in spec.get("claims", [])}
        for m in c.get("volumeMounts", []):
            if m["name"] not in volumes:
                yield f"{where}: mount without volume {m['name']}"


def pods(doc):
    if doc["kind"] == "Pod":
        return doc["metadata"], doc["spec"]
    if doc["kind"] in ("Deployment", "StatefulSet"):
        t = doc["spec"]["template"]
        return t["metadata"], {**t["spec"], "claims": doc["spec"].get("volumeClaimTemplates", [])}
    return None


def selects(selector, labels):
    if not all(labels.get(k) == v for k, v in (selector.get("matchLabels") or {}).items()):
        return False
    return all(labels.get(e["key"]) in e["values"] for e in selector.get("matchExpressions", []) if e["operator"] == "In")


def seconds(duration):
    number, unit = re.fullmatch(r"(\d+)([a-z]+)", duration).groups()
    return int(number) * {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400}[unit]


def component(metadata):
    return metadata.get("labels", {}).get("app.kubernetes.io/component")


def ends_in_time(docs):
    """A pod has the time that its settings give to a drain, and 10 s to notice and to stop."""
    pages = [d["data"]["pushmail.toml"] for d in docs if d["kind"] == "ConfigMap" and "pushmail.toml" in d["data"]]
    for page in pages:
        settings = tomllib.loads(page)
        needs = {
            "control": 0,
            "delivery": seconds(settings["delivery"]["drain_spread"]) + seconds(settings["delivery"]["drain_grace"]),
            "watcher": seconds(settings["watcher"]["fleet"]["hand_over_within"]),
        }
        for d in docs:
            metadata, spec = pods(d) or ({}, {})
            part = component(metadata)
            if d["kind"] == "Pod" or part not in needs:
                continue
            waits = spec["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            if spec["terminationGracePeriodSeconds"] < needs[part] + waits + 10:
                yield f'{d["kind"]}/{d["metadata"]["name"]}: no time for a drain'


def peers(policy):
    """The components of the same release that a network policy lets in or out."""
    for rule in policy.get("ingress", []) + policy.get("egress", []):
        for peer in rule.get("from", []) + rule.get("to", []):
            for e in peer.get("podSelector", {}).get("matchExpressions", []):
                if e["key"] == "app.kubernetes.io/component":
                    yield from e["values"]


VERBS = {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
NAMED = {"statefulsets": "StatefulSet", "statefulsets/scale": "StatefulSet", "leases": "Lease"}


def access(docs):
    """Who may do what: all that is named is there."""
    ids = {(d["kind"], d["metadata"]["name"]) for d in docs}
    accounts = {c: d["metadata"]["name"] for d in docs if d["kind"] == "ServiceAccount" and (c := component(d["metadata"]))}
    for d in docs:
        at = f'{d["kind"]}/{d["metadata"]["name"]}'
        if d["kind"] == "RoleBinding":
            named = [d["roleRef"]] + d["subjects"]
            yield from (f"{at}: no {n['kind']} {n['name']}" for n in named if (n["kind"], n["name"]) not in ids)
        if d["kind"] == "Role":
            for rule in d["rules"]:
                yield from (f"{at}: no such verb: {verb}" for verb in set(rule["verbs"]) - VERBS)
                for resource in rule["resources"]:
                    for name in rule.get("resourceNames", []):
                        if (NAMED.get(resource), name) not in ids:
                            yield f"{at}: no {resource} {name}"
        if d["kind"] == "WatcherPool" and ("StatefulSet", d["spec"]["statefulSet"]) not in ids:
            yield f"{at}: no StatefulSet {d['spec']['statefulSet']}"
        if p := pods(d):
            own = accounts.get(component(p[0]))
            if own and p[1].get("serviceAccountName") != own:
                yield f"{at}: not {own}'s rights"
            for c in p[1]["containers"]:
                for lease in re.findall(r"--lease=(\S+)", " ".join(c.get("args", []))):
                    if ("Lease", lease) not in ids:
                        yield f"{at}: no Lease {lease}"


def together(docs):
    """What has to fit among the objects of one release."""
    ids = [(d["kind"], d["metadata"]["name"]) for d in docs]
    for i in set(ids):
        if ids.count(i) > 1:
            yield f"twice: {i}"
    labels = [p[0]["labels"] for d in docs if (p := pods(d))]
    for d in docs:
        at = f'{d["kind"]}/{d["metadata"]["name"]}'
        if len(d["metadata"]["name"]) > 63:
            yield f"{at}: long name"
        s = d.get("spec", {})
        if d["kind"] in ("Service",) and not any(selects({"matchLabels": s["selector"]}, l) for l in labels):
            yield f"{at}: selects nothing"
        if d["kind"] in ("PodDisruptionBudget", "PodMonitor") and not any(selects(s["selector"], l) for l in labels):
            yield f"{at}: selects nothing"
        if d["kind"] == "NetworkPolicy":
            if not any(selects(s["podSelector"], l) for l in labels):
                yield f"{at}: selects nothing"
            for part in peers(s):
                if not any(l["app.kubernetes.io/component"] == part for l in labels):
                    yield f"{at}: no pods of {part}"
        if d["kind"] in ("Deployment", "StatefulSet") and not selects(s["selector"], s["template"]["metadata"]["labels"]):
            yield f"{at}: does not select its pods"
        if d["kind"] == "HorizontalPodAutoscaler" and ("Deployment", s["scaleTargetRef"]["name"]) not in ids:
            yield f"{at}: no target"
        if d["kind"] == "StatefulSet" and ("Service", s["serviceName"]) not in ids:
            yield f"{at}: no service"
        if p := pods(d):
            for v in p[1].get("volumes", []):
                if "configMap" in v and ("ConfigMap", v["configMap"]["name"]) not in ids:
                    yield f"{at}: no ConfigMap {v['configMap']['name']}"
                n = v.get("secret", {}).get("secretName", "")
                if n.endswith(("-evaluation", "-evaluation-tls", "-evaluation-mail")) and ("Secret", n) not in ids:
                    yield f"{at}: no Secret {n}"
            for c in p[1]["containers"]:
                for service in re.findall(r"[/=]([-a-z0-9]+)\.[-a-z0-9]+\.svc\b", " ".join(c.get("args", []))):
                    if ("Service", service) not in ids:
                        yield f"{at}: no Service {service}"
                for e in c.get("env", []):
                    r = e.get("valueFrom", {}).get("secretKeyRef")
                    if r and r["name"].endswith("-evaluation"):
                        own = [x for x in docs if x["kind"] == "Secret" and x["metadata"]["name"] == r["name"]]
                        if not own or r["key"] not in own[0]["stringData"]:
                            yield f"{at}: no key {r}"
        if d["kind"] == "ConfigMap" and "pushmail.toml" in d["data"]:
            try:
                tomllib.loads(d["data"]["pushmail.toml"])
            except tomllib.TOMLDecodeError as e:
                yield f"{at}: {e}"


def main(args):
    swagger, crds, files = json.load(open(args.pop(0))), [], []
    while args:
        a = args.pop(0)
        if a == "--crd":
            crds.append(yaml.safe_load(open(args.pop(0))))
        else:
            files.append(a)
    names, definitions = kinds(swagger), strict(swagger["definitions"])
    definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] = {"type": ["string", "number"]}
    custom = {
        (f'{c["spec"]["group"]}/{v["name"]}', c["spec"]["names"]["kind"]): strict(v["schema"]["openAPIV3Schema"])
        for c in crds
        for v in c["spec"]["versions"]
    }
    for s in custom.values():
        s["properties"] |= {name: {"type": "string"} for name in ("apiVersion", "kind")}
        s["properties"]["metadata"] = {"$ref": "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
    bad = 0
    for file in files:
        errors, docs = [], [d for d in yaml.load_all(open(file), Loader) if d]
        for d in docs:
            key = (d.get("apiVersion"), d.get("kind"))
            at = f"{d.get('kind')}/{d.get('metadata', {}).get('name')}"
            if key in names:
                schema = {"$ref": f"#/definitions/{names[key]}", "definitions": definitions}
            elif key in custom:
                schema = {**custom[key], "definitions": definitions}
            else:
                errors.append(f"{at}: unknown {key}")
                continue
            for e in jsonschema.Draft4Validator(schema).iter_errors(d):
                errors.append(f"{at}: {'.'.join(map(str, e.absolute_path))}: {e.message[:200]}")
            if p := pods(d):
                errors += restricted(d["kind"], p[1], at)
        errors += together(docs)
        errors += access(docs)
        errors += ends_in_time(docs)
        bad += len(errors)
        print(f"{file}: {len(docs)} objects, {len(errors)} errors")
        for e in errors:
            print("  ", e)
    return 1 if bad else 0


sys.exit(main(sys.argv[1:]))
