"""Memory and disk of a NATS server for the log's subjects, of which each mailbox with an event has one.

    python3 loadtest/capacity/nats.py SERVER [--subjects 100000 300000] [--events 1] [--bytes 600] [--rest 180]

SERVER is the program nats-server. Starts one with JetStream in a folder of its own, makes the log's streams as the gateway does (one replica), and
stores so many events in each subject. Prints a JSON document; nothing is left.
"""

import argparse
import hashlib
import json
import os
import platform
import socket
import subprocess
import tempfile
import time
from pathlib import Path

SHARDS = 4096
NAMES = "0123456789abcdefghjkmnpqrstvwxyz"


class Client:
    """As much of NATS as this takes: publish without an answer, and ask JetStream's API."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.lines = self.socket.makefile("rb")
        self.lines.readline()
        self.socket.sendall(b'CONNECT {"verbose":false,"headers":true}\r\nSUB answers 1\r\nPING\r\n')
        assert self.lines.readline() == b"PONG\r\n"

    def ask(self, subject, body):
        body = json.dumps(body).encode()
        self.socket.sendall(f"PUB {subject} answers {len(body)}\r\n".encode() + body + b"\r\n")
        while True:
            line = self.lines.readline()
            if line.startswith(b"MSG"):
                size = int(line.split()[-1])
                answer = json.loads(self.lines.read(size + 2)[:size])
                assert "error" not in answer, answer
                return answer
            if line.startswith(b"PING"):
                self.socket.sendall(b"PONG\r\n")
            else:
                assert not line.startswith(b"-ERR"), line

    def publish(self, subjects, body):
        put = b"".join(b"PUB %s %d\r\n%s\r\n" % (subject, len(body), body) for subject in subjects)
        self.socket.sendall(put)


def stream(number):
    """The stream's settings, as crates/eventlog/nats/src/streams.rs has them."""
    return {
        "name": f"EVENTS_{number}",
        "subjects": [f"ev.{number}.>", f"fence.{number}.>"],
        "storage": "file",
        "num_replicas": 1,
        "discard": "new",
        "max_age": 7 * 24 * 3600 * 10**9,
        "duplicate_window": 300 * 10**9,
        "allow_direct": True,
        "allow_rollup_hdrs": True,
        "allow_msg_ttl": True,
        "allow_atomic": True,
        "republish": {"src": "ev.>", "dest": "live.>"},
    }


def subject(number, streams):
    """That of the mailbox with this number, as long as a real one: a shard, a tenant's id and an account's."""
    hashed = hashlib.sha256(number.to_bytes(8)).digest()
    shard = int.from_bytes(hashed[:2]) >> 4
    name = "".join(NAMES[byte % 32] for byte in hashed[2:28])
    place = shard * streams // SHARDS
    return f"ev.{place}.{shard}.ten_{NAMES[:26]}.acc_{name}".encode()


def anonymous(process):
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no RssAnon")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def rested(process, seconds):
    """The anonymous memory after a rest. Go's runtime gives back what is free bit by bit, and looks for it every two minutes."""
    time.sleep(seconds)
    return anonymous(process)


def stored(client, streams):
    states = [client.ask(f"$JS.API.STREAM.INFO.EVENTS_{one}", {})["state"] for one in range(streams)]
    return {key: sum(state[key] for state in states) for key in ["messages", "bytes", "num_subjects"] if key in states[0]}


def fill(client, wanted, args):
    """Stores the events of the mailboxes from one number to another, one round after the other."""
    first, last = wanted
    body = os.urandom(args.bytes)
    total = stored(client, args.streams)["messages"]
    for _ in range(args.events):
        for begin in range(first, last, 500):
            numbers = range(begin, min(begin + 500, last))
            client.publish([subject(number, args.streams) for number in numbers], body)
            total += len(numbers)
            if begin % 10_000 == 0:
                await_stored(client, total, args)
    await_stored(client, total, args)


def await_stored(client, total, args):
    deadline = time.monotonic() + 300
    while stored(client, args.streams)["messages"] < total:
        assert time.monotonic() < deadline, "the server stores nothing"
        time.sleep(0.05)


def measure(args, server):
    client = Client(server.port)
    for number in range(args.streams):
        client.ask(f"$JS.API.STREAM.CREATE.EVENTS_{number}", stream(number))
    before = rested(server.process.pid, 5)
    rows = []
    first = 0
    for subjects in args.subjects:
        fill(client, (first, subjects), args)
        first = subjects
        filled = anonymous(server.process.pid)
        rest = rested(server.process.pid, args.rest)
        disk = subprocess.run(["du", "-sb", server.folder / "data"], capture_output=True, check=True).stdout
        rows.append({
            "subjects": subjects,
            "events": stored(client, args.streams)["messages"],
            "bytes_when_filled": filled,
            "bytes_at_rest": rest,
            "at_rest_a_subject": round((rest - before) / subjects, 1),
            "disk_bytes_an_event": round(int(disk.split()[0]) / (subjects * args.events), 1),
        })
    server.end()
    begin = time.monotonic()
    server.start()
    ready = time.monotonic() - begin
    again = rested(server.process.pid, args.rest)
    restarted = {"ready_s": round(ready, 2), "bytes_at_rest": again, "at_rest_a_subject": round((again - before) / first, 1)}
    return {"baseline_bytes": before, "rows": rows, "restarted": restarted}


class Server:
    """A server with its data in a folder."""

    def __init__(self, program, folder):
        self.program, self.folder, self.port = program, folder, free_port()
        # When it syncs makes no difference to its memory.
        config = f'listen: "127.0.0.1:{self.port}"\njetstream {{ store_dir: "{folder}/data", sync_interval: "2m" }}\n'
        (folder / "nats.conf").write_text(config)
        self.start()

    def start(self):
        log = (self.folder / "log").open("a")
        self.process = subprocess.Popen([self.program, "-c", self.folder / "nats.conf"], stderr=log, stdout=log)
        for _ in range(600):
            try:
                client = Client(self.port)
                client.ask("$JS.API.INFO", {})
                return
            except (OSError, AssertionError, IndexError):
                time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def end(self):
        self.process.terminate()
        self.process.wait()


def commit():
    told = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("--subjects", type=int, nargs="+", default=[100_000, 300_000])
    parser.add_argument("--events", type=int, default=1, help="in each subject")
    parser.add_argument("--bytes", type=int, default=600, help="of an event")
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--rest", type=int, default=180, help="seconds before memory is read")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pushmail-capacity-") as folder:
        server = Server(args.server, Path(folder))
        try:
            version = subprocess.run([args.server, "--version"], capture_output=True, text=True, check=True).stdout.strip()
            result = {"server": version, "commit": commit(), "processor": processor(), "processors": os.cpu_count()}
            result |= {"events_a_subject": args.events, "bytes_an_event": args.bytes}
            print(json.dumps(result | measure(args, server)))
        finally:
            server.end()


if __name__ == "__main__":
    main()
