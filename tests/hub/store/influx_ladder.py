"""Stand-ins for InfluxDB 2, which cannot be installed where this is built; docs/influxdb.md says what each proves.

`WriteShim` passes v2 writes on to a real influxd 1.x, which parses the line protocol and answers with its own errors.
`FakeInflux` keeps points in memory and answers the Flux that the hub emits, and no other, with annotated CSV.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import http.server
import io
import json
import re
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ORG, BUCKET, TOKEN = "home", "veilleuse", "secret-token"

Point = tuple[str, tuple[tuple[str, str], ...], int]
Field = str | float | int

_CONFIGURATION = """
bind-address = "127.0.0.1:{rpc}"
reporting-disabled = true
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[http]
  bind-address = "127.0.0.1:{http}"
  log-enabled = false
[monitor]
  store-enabled = false
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_influxd() -> str | None:
    return shutil.which("influxd") or shutil.which("influxd", path="/usr/sbin:/usr/bin")


@contextmanager
def influxd(folder: Path) -> Iterator[str]:
    """Run a real influxd 1.x from Debian on loopback and yield its URL; it has one database."""
    program = find_influxd()
    assert program is not None
    port = free_port()
    path = folder / "influxd.conf"
    path.write_text(_CONFIGURATION.format(folder=folder, rpc=free_port(), http=port))
    with (folder / "influxd.log").open("wb") as log:
        process = subprocess.Popen([program, "-config", str(path)], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(400):
            try:
                influxql(url, f"CREATE DATABASE {BUCKET}")
                break
            except OSError:
                assert process.poll() is None, (folder / "influxd.log").read_text()
                threading.Event().wait(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


def influxql(url: str, query: str) -> list[dict[str, object]]:
    """Run InfluxQL and return the rows of its first statement."""
    body = urllib.parse.urlencode({"q": query, "db": BUCKET, "epoch": "u"}).encode()
    with urllib.request.urlopen(f"{url}/query", body, timeout=5) as answer:
        (result,) = json.load(answer)["results"]
    rows: list[dict[str, object]] = []
    for series in result.get("series", []):
        tags = series.get("tags", {})
        rows += [dict(zip(series["columns"], values, strict=True)) | tags for values in series["values"]]
    return rows


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if self.headers.get("Authorization") != f"Token {TOKEN}":
            status, answer = 401, _problem("unauthorized", "unauthorized access")
        else:
            status, answer = self.server.answer(url.path, query, body)
        self.send_response(status)
        self.send_header("Content-Type", "text/csv" if url.path.endswith("query") else "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.failing: int | None = None
        "Status with which every request is answered."

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, path: str, query: dict[str, str], body: bytes) -> tuple[int, bytes]:
        raise NotImplementedError

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class WriteShim(_Server):
    """`/api/v2/write` in front of influxd 1.x."""

    def __init__(self, upstream: str) -> None:
        super().__init__()
        self._upstream = upstream

    def answer(self, path: str, query: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if path != "/api/v2/write":
            return 404, _problem("not found", "path not found")
        precision = {"ns": "n", "us": "u", "ms": "ms", "s": "s"}[query.get("precision", "ns")]
        parameters = urllib.parse.urlencode({"db": query["bucket"], "precision": precision})
        request = urllib.request.Request(f"{self._upstream}/write?{parameters}", body, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, b""
        except urllib.error.HTTPError as error:
            with error:
                said = json.loads(error.read())["error"]
            return error.code, _problem("invalid" if error.code == 400 else "not found", said)


class FakeInflux(_Server):
    """Points in memory; understands the Flux of `hub.store.line_protocol` and refuses everything else."""

    def __init__(self) -> None:
        super().__init__()
        self.points: dict[Point, dict[str, Field]] = {}
        self.queries: list[str] = []

    def answer(self, path: str, query: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if self.failing is not None:
            return self.failing, _problem("internal error", "told to fail")
        if path == "/api/v2/write":
            assert query == {"org": ORG, "bucket": BUCKET, "precision": "us"}
            for line in body.decode().split("\n"):
                point, fields = parse_line(line)
                self.points.setdefault(point, {}).update(fields)
            return 204, b""
        assert path == "/api/v2/query"
        flux = json.loads(body)["query"]
        self.queries.append(flux)
        try:
            return 200, self._run(flux).encode()
        except ValueError as error:
            return 400, _problem("invalid", f"this fake does not understand: {error}")

    def _run(self, flux: str) -> str:
        stages = [stage.strip() for stage in re.split(r"\n\s*\|> ", flux.strip())]
        if stages[0] != f'from(bucket: "{BUCKET}")':
            raise ValueError(stages[0])
        tables = self._select(stages[1], stages[2])
        rest = "|".join(re.sub(r"\(.*", "", stage) for stage in stages[3:])
        rows: list[dict[str, Field]]
        if rest == "filter|group|count":
            count = sum(len(table) for table in tables.values())
            return _csv([{"_value": count}] if count else [])
        if rest == "last|pivot|keep|group":
            rows = [table[-1] for table in tables.values()]
        elif rest == "pivot|keep|group|sort":
            rows = sorted((row for table in tables.values() for row in table), key=lambda row: row["_time"])
        else:
            raise ValueError(rest)
        keep = next(stage for stage in stages if stage.startswith("keep("))
        names = json.loads(keep[keep.index("[") : keep.index("]") + 1])
        return _csv([{name: row[name] for name in names} for row in rows])

    def _select(self, span: str, condition: str) -> dict[object, list[dict[str, Field]]]:
        bounds = re.fullmatch(r"range\(start: time\(v: (\d+)\), stop: time\(v: (\d+)\)\)", span)
        wanted = re.fullmatch(r"filter\(fn: \(r\) => (.*)\)", condition, re.DOTALL)
        if bounds is None or wanted is None or int(bounds[1]) >= int(bounds[2]):
            raise ValueError(f"{span} {condition}")
        tests = {
            name: json.loads(text.replace("\\${", "${"))
            for name, text in re.findall(r'r\.(\w+) == ("(?:[^"\\]|\\.)*")', wanted[1])
        }
        start, stop = int(bounds[1]) // 1000, int(bounds[2]) // 1000
        tables: dict[object, list[dict[str, Field]]] = {}
        for (name, tags, time), fields in sorted(self.points.items(), key=lambda item: item[0][2]):
            row: dict[str, Field] = {"_measurement": name, **dict(tags)}
            if start <= time < stop and all(row.get(key) == value for key, value in tests.items()):
                moment = f"{time // 1_000_000:d}"
                row |= fields | {"_time": _rfc3339(int(moment), time % 1_000_000)}
                tables.setdefault((name, tags), []).append(row)
        return tables


def parse_line(line: str) -> tuple[Point, dict[str, Field]]:
    """Parse one line of line protocol by its grammar."""
    pattern = re.compile(r'((?:\\.|[^ ])+) ((?:"(?:\\.|[^"])*"|[^ ])+) (-?\d+)')
    found = pattern.fullmatch(line)
    assert found is not None, line
    name, *tags = re.split(r"(?<!\\),", found[1])
    pairs = tuple(sorted(_pair(tag) for tag in tags))
    fields: dict[str, Field] = {}
    for field in re.findall(r'(?:"(?:\\.|[^"])*"|[^,])+', found[2]):
        key, _, text = field.partition("=")
        if text.startswith('"'):
            fields[key] = text[1:-1]
        else:
            fields[key] = int(text[:-1]) if text.endswith("i") else float(text)
    return (name, pairs, int(found[3])), fields


def _pair(tag: str) -> tuple[str, str]:
    key, value = re.split(r"(?<!\\)=", tag, maxsplit=1)
    assert value
    return key, re.sub(r"\\([ ,=])", r"\1", value)


def _rfc3339(seconds: int, microseconds: int) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    fraction = f".{microseconds:06d}".rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _csv(rows: list[dict[str, Field]]) -> str:
    """Return annotated CSV as InfluxDB 2 documents it."""
    if not rows:
        return "\r\n"
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = list(rows[0])
    writer.writerow(["#datatype", "string", "long", *("string" for _ in names)])
    writer.writerow(["#group", "false", "false", *("false" for _ in names)])
    writer.writerow(["#default", "_result", "", *("" for _ in names)])
    writer.writerow(["", "result", "table", *names])
    for row in rows:
        writer.writerow(["", "", "0", *(row[name] for name in names)])
    out.write("\r\n")
    return out.getvalue()


def _problem(code: str, message: str) -> bytes:
    return json.dumps({"code": code, "message": message}).encode()
