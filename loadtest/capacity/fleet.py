"""What a fleet's parts take: memory of its processes, of a device's session, of Redis, and bytes in PostgreSQL for each mailbox.

    PUSHMAIL_PROGRAM=target/release/pushmail python3 loadtest/capacity/fleet.py target/release/pushmail-loadtest [--devices 2000]

Has `pushmail-loadtest stage --shape fleet` set a fleet up whose mailboxes are watched, reads what it takes, connects all devices to one
delivery process with `pushmail listen`, and reads again. Prints a JSON document.
"""

import argparse
import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

POSTGRES = "/usr/lib/postgresql/15/bin"


def children(process):
    """The processes that this one started, and those that these did."""
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child)] + children(int(child))
    return found


def arguments(process):
    return Path(f"/proc/{process}/cmdline").read_bytes().decode().split("\0")[:-1]


def anonymous(process):
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def by_part(stage):
    """The gateway's processes by their role, and the ports of the servers."""
    parts = {"watcher": [], "delivery": [], "control": []}
    for process in children(stage):
        words = arguments(process)
        name = Path(words[0]).name if words else ""
        if name == "pushmail" and words[1] in parts:
            parts[words[1]].append(process)
        elif name.startswith("nats-server"):
            parts["nats"] = process
        elif name.startswith("redis-server"):
            parts["redis"] = process
    return parts


def redis_port(process):
    words = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return int(words.rsplit(":", 1)[1].split()[0])


def ask_redis(port, *words):
    with socket.create_connection(("127.0.0.1", port)) as one:
        one.sendall((" ".join(words) + "\r\n").encode())
        answer = one.makefile("rb")
        head = answer.readline().decode().strip()
        if head.startswith("$"):
            return answer.read(int(head[1:])).decode()
        return head


def redis(port):
    """Its memory, and its keys with what each takes."""
    info = dict(line.split(":", 1) for line in ask_redis(port, "INFO", "memory").splitlines() if ":" in line)
    keys = subprocess.run(["redis-cli", "-p", str(port), "--scan"], capture_output=True, text=True, check=True)
    take = lambda key: int(ask_redis(port, "MEMORY", "USAGE", key, "SAMPLES", "0").lstrip(":") or 0)
    groups = {}
    for key in keys.stdout.split():
        name = key.rsplit(":", 1)[-1] if key.count(":") < 3 else ":".join(key.split(":")[:2])
        count, size = groups.get(name, (0, 0))
        groups[name] = (count + 1, size + take(key))
    return {"used_memory": int(info["used_memory"]), "keys": {name: {"count": c, "bytes": b} for name, (c, b) in groups.items()}}


def postgres_url(stage):
    """As a watcher's configuration has it."""
    for process in children(stage):
        words = arguments(process)
        if "--config" in words:
            for line in Path(words[words.index("--config") + 1]).read_text().splitlines():
                if line.startswith("url") and "postgres://" in line:
                    return line.split('"')[1]
    raise AssertionError("no PostgreSQL")


def tables(url):
    query = (
        "SELECT relname || ' ' || c.reltuples::bigint || ' ' || pg_total_relation_size(c.oid) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND relkind = 'r'"
    )
    psql = lambda text: subprocess.run([f"{POSTGRES}/psql", "-Atc", text, url], capture_output=True, text=True, check=True).stdout
    psql("VACUUM FULL ANALYZE")
    rows = [line.split() for line in psql(query).splitlines()]
    return {name: {"rows": int(count), "bytes": int(size)} for name, count, size in rows if int(count) > 0}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("loadtest")
    parser.add_argument("--devices", type=int, default=2000)
    args = parser.parse_args()
    program = os.environ["PUSHMAIL_PROGRAM"]
    with tempfile.TemporaryDirectory(prefix="pushmail-capacity-") as name:
        folder = Path(name)
        stage = subprocess.Popen(
            [args.loadtest, "stage", "--shape", "fleet", "--devices", str(args.devices), "--rate", "1", "--pods", "1"]
            + ["--hasty-log", "--out", folder / "stage.json"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(folder / "stage.log").open("w"), text=True,
        )
        listen = None
        try:
            ready = stage.stdout.readline()
            assert "ready" in ready, (folder / "stage.log").read_text()
            sheet = json.loads((folder / "stage.json").read_text())
            (folder / "ca.pem").write_text(sheet["ca_pem"])
            (folder / "tokens").write_text("\n".join(sheet["tokens"]))
            (folder / "tokens").chmod(0o600)
            time.sleep(30)
            parts = by_part(stage.pid)
            take = lambda role: [anonymous(process) for process in parts[role]]
            result = {"machine": sheet["machine"], "devices": args.devices}
            result |= {"control_bytes": take("control"), "watcher_bytes": take("watcher"), "delivery_bytes": take("delivery")}
            port = redis_port(parts["redis"])
            result["redis"] = redis(port)
            output = (folder / "listen").open("w")
            listen = subprocess.Popen(
                [program, "listen", "--json", "--endpoint", sheet["gateways"][0], "--gateway-ca", folder / "ca.pem"]
                + ["--token-file", folder / "tokens"], stdout=output, stderr=output, stdin=subprocess.DEVNULL,
            )
            connected = 0
            for _ in range(240):
                time.sleep(1)
                connected = (folder / "listen").read_text().count('"type":"connected"')
                if connected >= args.devices:
                    break
            time.sleep(60)
            with_devices = take("delivery")
            result |= {"connected": connected, "delivery_with_devices_bytes": with_devices}
            grown = sum(with_devices) - sum(result["delivery_bytes"])
            result["bytes_a_session"] = round(grown / max(connected, 1))
            result["redis_with_devices"] = redis(port)
            result["postgres"] = tables(postgres_url(stage.pid))
            print(json.dumps(result))
        finally:
            if listen:
                listen.terminate()
            stage.stdin.close()
            stage.wait()


if __name__ == "__main__":
    main()
