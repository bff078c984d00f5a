#!/usr/bin/env python3
"""Measures netglobe beside globe.gl and cobe: CPU time and memory of all processes of each, frame by frame.

The peers run in a headless Chromium that draws on the CPU, as netglobe does here. Each case gets a fresh browser. The
page counts its frames and tells this server where the measured ones begin and end; the server reads /proc. Nothing goes
beyond 127.0.0.1.
"""

import argparse
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ARCS = [0, 100, 1_000, 5_000, 20_000, 100_000]
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
SIZE = (1280, 720)
BEGIN, END = "<!-- made by scripts/bench --record -->", "<!-- end of what scripts/bench makes -->"

FLAGS = [
    "--headless=new", "--no-sandbox", "--no-first-run", "--no-default-browser-check", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--disable-domain-reliability", "--disable-breakpad", "--metrics-recording-only", "--no-pings", "--mute-audio",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
    "--force-device-scale-factor=1", "--hide-scrollbars", f"--window-size={SIZE[0]},{SIZE[1]}",
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows", "--disable-hang-monitor",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,InterestFeedContentSuggestions",
]


def children():
    """Parent of each process."""
    parents = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                stat = pathlib.Path(entry.path, "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    return parents


def tree(root):
    """A process and all below it."""
    parents = children()
    found = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


def cpu_ms(root):
    """CPU time of a tree, ms, with that of children it has outlived."""
    total = 0
    for pid in tree(root):
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(fields[i]) for i in (11, 12, 13, 14))
    return total * 1000 / TICKS_PER_S


def pss_mib(root):
    """Proportional set size of a tree, MiB; None where it cannot be read."""
    total = 0
    for pid in tree(root):
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        found = re.search(r"^Pss:\s+(\d+) kB", text, re.M)
        total += int(found.group(1)) if found else 0
    return total / 1024 if total else None


class Case:
    """One page in one browser."""

    def __init__(self, browser, peers, page, picture=None):
        self.page, self.picture, self.browser, self.peers = page, picture, browser, peers
        self.marks, self.report, self.pss = {}, None, None
        self.done = threading.Event()

    def run(self, limit_s):
        """What was measured, or {'error': why}."""
        case = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def translate_path(self, path):
                name = urllib.parse.urlsplit(path).path.lstrip("/")
                first = name.split("/", 1)[0]
                base = {"node_modules": case.peers, "earth": ROOT / "assets"}.get(first, HERE)
                return str(base / os.path.normpath("/" + name).lstrip("/"))

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = urllib.parse.urlsplit(self.path)
                if asked.path == "/mark":
                    name = urllib.parse.parse_qs(asked.query)["name"][0]
                    case.marks[name] = cpu_ms(case.process.pid)
                    if name == "end":
                        case.pss = pss_mib(case.process.pid)
                elif asked.path == "/picture" and case.picture:
                    pathlib.Path(case.picture).write_bytes(body)
                elif asked.path == "/done" and not case.done.is_set():
                    case.report = json.loads(body)
                    case.done.set()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        profile = tempfile.mkdtemp(prefix="netglobe-bench-")
        url = f"http://127.0.0.1:{server.server_port}/{self.page}"
        self.process = subprocess.Popen(
            [self.browser, *FLAGS, f"--user-data-dir={profile}", url],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", profile)},
        )
        try:
            end = time.monotonic() + limit_s
            while not self.done.wait(0.2):
                if self.process.poll() is not None:
                    return {"error": "the browser ended"}
                if time.monotonic() > end:
                    return {"error": f"not done in {limit_s} s"}
        finally:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            server.shutdown()
            shutil.rmtree(profile, ignore_errors=True)
        if "error" in self.report:
            return self.report
        report = self.report
        return {
            "cpu_ms": (self.marks["end"] - self.marks["begin"]) / report["frames"],
            "script_ms": report["script_ms"],
            "wall_ms": report["wall_ms"],
            "pss_mib": self.pss,
            "add_100_ms": report.get("add_100_ms"),
            "draws": report["draws"],
        }


def netglobe(program, arcs, options=()):
    """What `netglobe bench` says."""
    frames = {0: 240, 100: 240, 1_000: 240, 5_000: 120, 20_000: 90}.get(arcs, 40)
    command = [program, "bench", "--json", "--quality", "low", "--size", f"{SIZE[0]}x{SIZE[1]}"]
    command += ["--arcs", str(arcs), "--frames", str(frames), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        return {"error": done.stderr.strip()}
    report = json.loads(done.stdout)
    return {
        "cpu_ms": report["cpu_ms_per_frame"],
        "script_ms": report["main_thread_ms_per_frame"],
        "wall_ms": report["wall_ms_per_frame"],
        "pss_mib": report["pss_mib"],
        "add_100_ms": report["add_100_ms"],
        "draws": report["draw_calls"],
        "all": report,
    }


def number(value, digits=None):
    if value is None:
        return "–"
    if digits is None:
        digits = 1 if abs(value) < 10 else 0
    return f"{value:,.{digits}f}"


def cell(case, key):
    return number(case.get(key)) if case and "error" not in case else "–"


def table(results):
    """Markdown."""
    lines = [
        "| arcs | | CPU ms a frame | ratio | main thread ms a frame | PSS MiB | ratio | ms for 100 more | draw calls |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for arcs, own, peers in results:
        for name, case in [("netglobe", own), *peers]:
            if "error" in case:
                lines.append(f"| {arcs:,} | {name} | {case['error']} | | | | | | |")
                continue
            ratio = ratio_of_memory = ""
            if case is not own and "error" not in own:
                ratio = number(case["cpu_ms"] / own["cpu_ms"])
                ratio_of_memory = number(case["pss_mib"] / own["pss_mib"])
            cells = [
                f"{arcs:,}", name, cell(case, "cpu_ms"), ratio, cell(case, "script_ms"), cell(case, "pss_mib"),
                ratio_of_memory, cell(case, "add_100_ms"), number(case["draws"], 0),
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def text_of(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout.strip()
    except OSError:
        return ""


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.M)
    memory = re.search(r"^MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)
    gib = int(memory.group(1)) / 1024 / 1024 if memory else 0
    kernel = os.uname().release.split("-")[0]
    return f"{os.cpu_count()} × {model.group(1) if model else 'an unknown CPU'}, {gib:.0f} GiB, Linux {kernel}"


def frames_of_peer(name, arcs):
    """Frames to draw before measuring and while measuring: a frame of globe.gl at 20,000 takes seconds."""
    if arcs <= 1_000:
        return 8, 30
    if arcs <= 5_000:
        return 4, 15
    return 2, 4


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--netglobe", required=True)
    parser.add_argument("--browser", required=True)
    parser.add_argument("--peers", required=True, type=pathlib.Path, help="where node_modules is")
    parser.add_argument("--arcs", help="numbers of arcs, with commas between", default=",".join(map(str, ARCS)))
    parser.add_argument("--record", action="store_true", help="write the table into benches/RESULTS.md")
    parser.add_argument("--picture", help="keep a picture of globe.gl with 100 arcs here")
    parser.add_argument("--limit", type=int, default=240, help="seconds that one case of a peer may take")
    options = parser.parse_args()

    # What is measured, not what is there when it is done.
    commit = text_of(["git", "describe", "--always", "--dirty", "--exclude", "*"])
    results = []
    for arcs in [int(word) for word in options.arcs.split(",")]:
        own = netglobe(options.netglobe, arcs)
        print(f"{arcs} arcs, netglobe: {own.get('all', own)}", file=sys.stderr)
        peers = []
        pages = [("globe.gl", "globe_gl.html", ""), ("cobe", "cobe.html", "")]
        if arcs == 1_000:
            pages.insert(1, ("globe.gl without MSAA", "globe_gl.html", "&no_msaa"))
        for name, page, more in pages:
            warm_up, frames = frames_of_peer(name, arcs)
            picture = options.picture if (name, arcs) == ("globe.gl", 100) else None
            more += "&picture" if picture else ""
            query = f"{page}?arcs={arcs}&frames={frames}&warm_up={warm_up}{more}"
            case = Case(options.browser, options.peers, query, picture).run(options.limit)
            print(f"{arcs} arcs, {name}: {case}", file=sys.stderr)
            peers.append((name, case))
        results.append((arcs, own, peers))

    adapter = next((own["all"]["adapter"] for _, own, _ in results if "all" in own), "unknown")
    locked = json.loads((HERE / "package.json").read_text())["dependencies"]
    browser = text_of([options.browser, "--version"])
    lines = [
        f"Commit {commit}. {machine()}. netglobe: {adapter}, low tier, every arc carrying traffic. globe.gl "
        f"{locked['globe.gl']} and cobe {locked['cobe']}: {browser}, SwiftShader, device pixel ratio 1, their usual "
        "settings. 1280×720, a turning globe, one run. CPU and PSS of all processes of each; a ratio is the peer's "
        "figure over netglobe's. cobe's arcs stand still.",
        "",
        *table(results),
    ]
    text = "\n".join(lines)
    print(text)
    if options.record:
        path = ROOT / "benches/RESULTS.md"
        old = path.read_text()
        before, rest = old.split(BEGIN, 1)
        after = rest.split(END, 1)[1]
        path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
