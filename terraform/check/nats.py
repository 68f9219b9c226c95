"""Runs the servers of NATS' rendered chart on this machine: `nats.py RENDERED NATS-SERVER`.

Fails if the chart does not say what keeps events, or if the servers do not become one cluster in which the watcher's user makes a stream
with three replicas, over TLS.
"""

import contextlib
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time

import yaml

TLS = "/etc/nats-tls"
ROLES = ("control", "delivery", "watcher")
DEADLINE = 40


def main(rendered: str, program: str) -> None:
    objects = [each for each in yaml.safe_load_all(pathlib.Path(rendered).read_text()) if each]
    files = next(each["data"] for each in objects if each["kind"] == "ConfigMap")
    servers = next(each["spec"] for each in objects if each["kind"] == "StatefulSet")
    says_what_keeps_events(files["nats.conf"], servers)
    with tempfile.TemporaryDirectory() as folder:
        makes_a_replicated_stream(files, servers, program, pathlib.Path(folder))


def says_what_keeps_events(configuration: str, servers: dict) -> None:
    pod = servers["template"]["spec"]
    claims = {claim["metadata"]["name"] for claim in servers["volumeClaimTemplates"]}
    store = re.search(r"^\s*store_dir: (\S+)$", configuration, re.M)
    on_a_claim = store and any(
        mount["mountPath"] == store[1] and mount["name"] in claims for mount in pod["containers"][0]["volumeMounts"]
    )
    apart = any(
        each["topologyKey"].endswith("/zone") and each["whenUnsatisfiable"] == "DoNotSchedule" and each.get("minDomains") == 3
        for each in pod["topologySpreadConstraints"]
    )
    for holds, mistake in [
        (re.search(r"^\s*sync_interval: always$", configuration, re.M), "acknowledged does not mean that it is on disk"),
        (on_a_claim, "the log is not on a claimed disk"),
        (apart, "two servers may be in one zone"),
        (re.search(r"^\s*verify: true$", configuration, re.M), "anybody may join the servers"),
    ]:
        if not holds:
            sys.exit(mistake)


def makes_a_replicated_stream(files: dict, servers: dict, program: str, folder: pathlib.Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
        + ["-subj", "/CN=nats", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
        check=True,
        capture_output=True,
    )
    (folder / "ca.crt").write_bytes((folder / "tls.crt").read_bytes())
    ports = [[free_port() for _ in ("clients", "monitor", "cluster")] for _ in range(servers["replicas"])]
    with contextlib.ExitStack() as running:
        for number, (clients, monitor, cluster) in enumerate(ports):
            here = folder / str(number)
            here.mkdir()
            text = files["nats.conf"].replace(TLS, str(folder)).replace("/data", str(here)).replace("/run/nats", str(here))
            text = text.replace("port: 4222", f"listen: 127.0.0.1:{clients}").replace("http: 8222", f"http: 127.0.0.1:{monitor}")
            text = text.replace("port: 6222", f"listen: 127.0.0.1:{cluster}")
            for other, (_, _, route) in enumerate(ports):
                text = re.sub(rf"nats-route://\S+-{other}\.\S+:6222", f"nats-route://127.0.0.1:{route}", text)
            (here / "nats.conf").write_text(text)
            (here / "users.conf").write_text(files["users.conf"])
            environment = dict(os.environ, POD_NAME=f"nats-{number}", **{f"NATS_{role.upper()}": f"the-{role}" for role in ROLES})
            log = running.enter_context(open(here / "log", "w"))
            server = subprocess.Popen([program, "-c", here / "nats.conf"], env=environment, stdout=log, stderr=log)
            running.callback(server.wait)
            running.callback(server.kill)
        inbox = re.search(r"user: watcher\s.*?subscribe: \{ allow: \[\"([^\"]+)>\"", files["users.conf"], re.S)[1]
        answer = until_it_answers(ports[0][0], folder, inbox)
        if answer.get("config", {}).get("num_replicas") != 3:
            logs = "\n".join((folder / str(number) / "log").read_text()[-2000:] for number in range(len(ports)))
            sys.exit(f"the watcher got no stream with three replicas: {answer}\n{logs}")


def until_it_answers(port: int, folder: pathlib.Path, inbox: str) -> dict:
    last = {}
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        try:
            last = stream_of_three(port, folder, inbox)
            if "config" in last:
                break
        except (OSError, ValueError) as error:
            last = {"error": repr(error)}
        time.sleep(0.3)
    return last


def stream_of_three(port: int, folder: pathlib.Path, inbox: str) -> dict:
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        plain.recv(65536)  # INFO
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as server:
            stream = {"name": "ev", "subjects": ["ev.>"], "storage": "file", "num_replicas": 3}
            body = json.dumps(stream).encode()
            login = json.dumps({"user": "watcher", "pass": "the-watcher", "verbose": False, "pedantic": False, "tls_required": True})
            server.sendall(f"CONNECT {login}\r\nSUB {inbox}check 1\r\nPUB $JS.API.STREAM.CREATE.ev {inbox}check {len(body)}\r\n".encode())
            server.sendall(body + b"\r\n")
            received = b""
            while b"MSG" not in received or not received.endswith(b"}\r\n"):
                more = server.recv(65536)
                if not more or b"-ERR" in more:
                    raise ValueError(more)
                received += more
                if b"PING" in more:
                    server.sendall(b"PONG\r\n")
            return json.loads(received[received.rindex(b"MSG") :].split(b"\r\n", 1)[1])


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


if __name__ == "__main__":
    main(*sys.argv[1:])
