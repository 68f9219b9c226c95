"""Prints what charts/pushmail/values.schema.json is to be: `config` from services/pushmail/src/config.default.toml.

usage: schema.py ROOT-OF-THE-REPOSITORY
"""

import json, re, sys, tomllib

root = sys.argv[1]
text = open(f"{root}/services/pushmail/src/config.default.toml").read()
defaults = tomllib.loads(text)
# What follows from other values, or cannot be the same for all pods.
OWN = {
    "listen",
    "tls",
    "upstream.ca_file",
    "upstream.egress",
    "watcher.fleet.name",
    "registry.url",
    "leases.url",
    "leases.ca_file",
    *(f"eventlog.nats.{k}" for k in ("servers", "user", "password", "credentials_file", "ca_file", "require_tls")),
}
ENUM = {"log.format": ["text", "json"], "upstream.lot.tls_park": ["frozen", "unbuffered"], "eventlog.nats.replicas": [1, 3]}
comments, said, section = {}, [], ""
for line in text.splitlines():
    if line.startswith("# "):
        said.append(line[2:])
    elif m := re.match(r"\[(.*)\]$", line):
        section = m[1]
        said = []
    elif m := re.match(r"(\w+) = ", line):
        comments[f"{section}.{m[1]}"] = " ".join(said)
        said = []
    elif not line:
        said = []


def setting(path, value):
    s = {}
    if path in comments and comments[path]:
        s["description"] = comments[path]
    if path in ENUM:
        return {**s, "enum": ENUM[path]}
    if isinstance(value, bool):
        return {**s, "type": "boolean"}
    if isinstance(value, int):
        return {**s, "type": "integer", "minimum": 0}
    if isinstance(value, float):
        return {**s, "type": "number", "minimum": 0, "maximum": 1}
    if isinstance(value, list):
        return {**s, "type": "array", "items": {"type": "string", "minLength": 1}}
    if re.fullmatch(r"\d+(us|ms|s|min|h|d)", value):
        return {**s, "$ref": "#/definitions/duration"}
    return {**s, "type": "string"}


def table(value, path):
    props = {}
    for k, v in value.items():
        inner = f"{path}.{k}" if path else k
        if inner in OWN:
            continue
        props[k] = table(v, inner) if isinstance(v, dict) else setting(inner, v)
    return {"type": "object", "additionalProperties": False, "properties": props}


def obj(description=None, required=(), **props):
    o = {"description": description} if description else {}
    o |= {"type": "object", "additionalProperties": False, "properties": props}
    if required:
        o["required"] = list(required)
    return o


def ref(name, description=None):
    return ({"description": description} if description else {}) | {"$ref": f"#/definitions/{name}"}


def string(description=None, **more):
    return ({"description": description} if description else {}) | {"type": "string"} | more


def integer(description=None, minimum=0, **more):
    return ({"description": description} if description else {}) | {"type": "integer", "minimum": minimum} | more


def boolean(description):
    return {"description": description, "type": "boolean"}


def array(items, description=None):
    return ({"description": description} if description else {}) | {"type": "array", "items": items}


def secret(description):
    return obj(description, existingSecret=ref("name", "The secret's name."), key=ref("key", "Its key."))


defs = {
    "name": string("A name in Kubernetes, or nothing.", pattern="^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$", maxLength=253),
    "key": string("A key of a secret.", pattern="^[-._a-zA-Z0-9]+$"),
    "duration": string(None, pattern="^[0-9]+(us|ms|s|min|h|d)$"),
    "strings": {"type": "object", "additionalProperties": {"type": "string"}},
    "quantity": {"type": ["string", "number"], "pattern": "^[0-9.]+([eE][0-9]+|m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$"},
    "quantities": {"type": "object", "additionalProperties": ref("quantity")},
    "resources": obj("What a container asks for, and may take at most.", requests=ref("quantities"), limits=ref("quantities")),
    "countOrPercent": {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]{1,3}%$"}]},
    "port": integer(None, 1, maximum=65535),
    "selector": obj(
        "Labels of pods or namespaces.",
        matchLabels=ref("strings"),
        matchExpressions=array(
            obj(
                None,
                ["key", "operator"],
                key=string(),
                operator={"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
                values=array(string()),
            )
        ),
    ),
    "peer": obj(
        "Who, as in a NetworkPolicy.",
        podSelector=ref("selector"),
        namespaceSelector=ref("selector"),
        ipBlock=obj(None, ["cidr"], cidr=string(), **{"except": array(string())}),
    )
    | {"minProperties": 1},
    "peers": array(ref("peer")),
    "toleration": obj(
        None,
        key=string(),
        operator={"enum": ["Exists", "Equal"]},
        value=string(),
        effect={"enum": ["NoSchedule", "PreferNoSchedule", "NoExecute"]},
        tolerationSeconds=integer(),
    ),
    "service": obj(
        "The Service.",
        type={"description": "How it can be reached.", "enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
        port=ref("port"),
        annotations=ref("strings"),
    ),
}


def role(description, **more):
    return obj(
        description,
        **more,
        resources=ref("resources"),
        maxUnavailable=ref("countOrPercent", "How many pods an eviction may take at a time."),
        podAnnotations=ref("strings"),
        nodeSelector=ref("strings"),
        tolerations=array(ref("toleration")),
        priorityClassName=ref("name"),
    )


serving = dict(
    preStopSeconds=integer("How long a pod that leaves waits before it drains.", maximum=300),
    service=ref("service"),
    clients=ref("peers", "Who may call; none: everybody."),
)
replicas = integer("How many pods.", 1)
user = obj(None, existingSecret=ref("name", "The role's secret."))
properties = dict(
    **{"global": {"description": "Of a chart that has this one as a part. Not used.", "type": "object"}},
    nameOverride=ref("name", "The chart's name in labels."),
    fullnameOverride=ref("name", "What the names of all objects begin with."),
    image=obj(
        "The image of all roles.",
        repository=string(None, minLength=1),
        tag=string("Empty: the chart's appVersion."),
        pullPolicy={"enum": ["Always", "IfNotPresent", "Never"]},
        pullSecrets=array(ref("name"), "Names of secrets."),
    ),
    masterKey=obj(
        "The master key, as `pushmail master-key` prints it.",
        existingSecret=ref("name", "The secret's name."),
        key=ref("key", "Its key."),
        acceptedKey=string("Its key with a second one, which is accepted too; empty: none.", pattern="^[-._a-zA-Z0-9]*$"),
    ),
    tls=obj(
        "The listeners' certificate.",
        existingSecret=ref("name", "A secret of type kubernetes.io/tls."),
        caKey=string("The key of its authority; empty: a public one.", pattern="^[-._a-zA-Z0-9]*$"),
    ),
    adminKey=secret("The admin key, as `pushmail admin-key` prints it."),
    postgresql=obj(
        "The registry.",
        existingSecret=ref("name"),
        key=ref("key", "Its key with the URL."),
        ca=secret("Who signed the server's certificate."),
    ),
    redis=obj(
        "The leases.",
        existingSecret=ref("name"),
        key=ref("key", "Its key with the URL."),
        ca=secret("Who signed the server's certificate."),
    ),
    nats=obj(
        "The event log.",
        servers=array(string(None, pattern="^(nats|tls)://[^@\\s/]+$"), "URLs, without a user."),
        requireTls=boolean("Refuse servers without TLS."),
        ca=secret("Who signed the servers' certificates."),
        auth=obj(
            "How a role shows who it is.",
            method={"enum": ["none", "password", "credentials"]},
            keys=obj("Keys of the roles' secrets.", user=ref("key"), password=ref("key"), credentials=ref("key")),
            control=user,
            delivery=user,
            watcher=user,
        ),
    ),
    config={
        "description": "Settings of pushmail, as docs/configuration.md names them; what follows from other values is not among them."
    }
    | table(defaults, ""),
    listen=obj(
        "Where pods listen.",
        address={"description": "An address; IPv6 in brackets.", "type": "string", "pattern": "^([0-9.]+|\\[[0-9a-fA-F:.]+\\])$"},
    ),
    mailServers=obj("The servers of mailboxes.", ca=secret("Authorities to trust besides the system's.")),
    control=role("Serves operators and tenants' backends.", replicas=replicas, **serving),
    delivery=role(
        "Serves devices.",
        replicas=replicas,
        **serving,
        autoscaling=obj(
            "As many pods as the load needs.",
            enabled=boolean("Instead of replicas."),
            minReplicas=integer(None, 1),
            maxReplicas=integer(None, 1),
            targetCpuPercent=integer("Of the request.", 1),
            targetMemoryPercent=integer("Of the request.", 1),
        ),
    ),
    watcher=role(
        "Holds the connections to mail servers.",
        replicas=replicas,
        pool=obj(
            "How many the operator makes.",
            targetAccountsPerWorker=integer("How many accounts each should have.", 1, maximum=1_000_000),
            minWorkers=integer(None, 1, maximum=1000),
            maxWorkers=integer(None, 1, maximum=1000),
            surge=integer("How many more while they are replaced.", maximum=100),
            egress=array(
                obj(
                    "A network that leads out.",
                    ["network", "address"],
                    network=string("A NetworkAttachmentDefinition, as NAME or NAMESPACE/NAME.", minLength=1),
                    address=string("What its connections are translated to.", minLength=1),
                )
            ),
        ),
    ),
    operator=role("Sizes and rolls the watchers.", enabled=boolean("Run it."), replicas=replicas),
    serviceAccount=obj(
        "The pods' account, which has no rights.", create=boolean("Make it."), name=ref("name"), annotations=ref("strings")
    ),
    podSecurity=obj("Who the pods run as.", user=integer("User and group; not root.", 1)),
    topologySpread=obj(
        "How a role's pods are spread.",
        keys=array(string(None, minLength=1), "Labels of nodes."),
        whenUnsatisfiable={"enum": ["ScheduleAnyway", "DoNotSchedule"]},
    ),
    podDisruptionBudget=obj("Limits to evictions.", enabled=boolean("Make them.")),
    networkPolicy=obj(
        "Who may talk to whom.",
        enabled=boolean("Make the policies."),
        metricsFrom=ref("peers", "Who reads /metrics; none: nobody."),
        stores=ref("peers", "Where the stores are; none: anywhere."),
        storePorts=array(ref("port")),
        apiServerPorts=array(ref("port"), "Where the API server listens."),
        extraEgress=array(
            obj(
                "A rule of egress.",
                to=ref("peers"),
                ports=array(obj(None, ["port"], port=ref("port"), protocol={"enum": ["TCP", "UDP"]})),
            )
        ),
    ),
    prometheusRule=obj("Alerts, for the Prometheus operator.", enabled=boolean("Make them."), labels=ref("strings")),
    grafanaDashboards=obj("Dashboards, for Grafana's sidecar.", enabled=boolean("Make them."), labels=ref("strings")),
    podMonitor=obj(
        "For the Prometheus operator.",
        enabled=boolean("Make it."),
        interval=string(None, pattern="^[0-9]+(ms|s|m|h)$"),
        labels=ref("strings"),
    ),
    test=obj(
        "What `helm test` does.",
        mail=obj(
            "Mail through the release's own processes.",
            enabled=boolean("Send some, where there is a certificate."),
            existingSecret=ref("name", "The secret with the certificate of the test's mail server."),
        ),
    ),
    evaluation=obj(
        "Stores inside of the release, to try pushmail.",
        enabled=boolean("Make them, and the secrets that are missing."),
        images=obj("Their images.", **{s: string(None, minLength=1) for s in ("nats", "redis", "postgresql")}),
        persistence=obj(
            "Their disks.",
            enabled=boolean("Claims, instead of nothing that lasts."),
            size=ref("quantity"),
            storageClassName=ref("name"),
        ),
    ),
)
schema = (
    {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Values of the chart pushmail"}
    | obj(None, **properties)
    | {"definitions": defs}
)
print(json.dumps(schema, indent=2, ensure_ascii=False))
