"""The dask engine, on a real scheduler and real workers of this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from sweeping import (ENVIRONMENT, ROOT, SMALL, assert_each_planned_run_has_one_row, good, kill_hard, misbehaving, results,
                      rows, start, sweep, wait_for_rows, write)  # fmt: skip

def dask(*arguments: object) -> subprocess.Popen:
    """A scheduler or worker, as the package's own command starts it."""
    command = [sys.executable, "-P", "-m", "distributed.cli.dask_" + str(arguments[0]), *map(str, arguments[1:])]
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            start_new_session=True)  # fmt: skip


@contextlib.contextmanager
def cluster(folder, tls=()):
    """A scheduler on loopback with two workers: (address, workers)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    host = f"{'tls' if tls else 'tcp'}://127.0.0.1"
    address = f"{host}:{port}"
    scheduler = dask("scheduler", "--host", host, "--port", port, "--no-dashboard",
                     "--scheduler-file", folder / "scheduler.json", *tls)  # fmt: skip
    workers = [
        dask("worker", address, *tls, "--host", "127.0.0.1", "--nthreads", 1, "--no-nanny", "--no-dashboard",
             "--local-directory", folder, "--name", f"worker-{i}")
        for i in (1, 2)
    ]  # fmt: skip
    try:
        yield address, workers
    finally:
        for process in [*workers, scheduler]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    folder = tmp_path_factory.mktemp("local")
    file, store = write(folder), folder / "a.sqlite"
    good("run", file, "-o", store, "--engine", "fork-server")
    return file, results(store)


def test_a_killed_worker_and_a_killed_coordinator_lose_nothing(local, tmp_path):
    file, expected = local
    slow = misbehaving(tmp_path, "none) ;;", setup="sleep 0.2")
    store = tmp_path / "a.sqlite"
    with cluster(tmp_path) as (address, workers):
        run = ["--program", slow, "run", file, "-o", store, "--engine", "dask", "--scheduler"]
        coordinator = start(*run, address)
        wait_for_rows(store, 4, coordinator)
        os.kill(workers[0].pid, signal.SIGKILL)
        done = wait_for_rows(store, 8, coordinator)
        kill_hard(coordinator)
        assert done < 30
        first = set(rows(store, "SELECT key, utc FROM provenance"))
        again = sweep(*run, tmp_path / "scheduler.json")
        assert again.returncode == 0, again.stderr
        assert first <= set(rows(store, "SELECT key, utc FROM provenance"))
    assert_each_planned_run_has_one_row(file, store)
    assert results(store) == expected


def test_a_run_that_crashes_on_a_worker_is_a_failed_run(tmp_path):
    file, store = write(tmp_path, SMALL.replace("[2, 4, 8]", "[2]")), tmp_path / "a.sqlite"
    crashing = misbehaving(tmp_path, "3) echo oh >&2; kill -ABRT $$ ;;")
    result = sweep("--program", crashing, "run", file, "-o", store, "--engine", "dask", "-j", 2)
    assert result.returncode == 1 and "sweep: 8 runs done, 2 failed" in result.stderr
    assert rows(store, "SELECT kind, code FROM attempts") == [("signal", 6)] * 2
    good("rerun", "--failed", "-o", store, "--engine", "dask", "-j", 2)
    assert_each_planned_run_has_one_row(file, store)


def test_certificates_of_the_batch_script_keep_strangers_out(local, tmp_path):
    """The variables that doc/slurm.sbatch sets for several nodes are all that the coordinator needs."""
    file, expected = local
    pem = {what: tmp_path / f"{what}.pem" for what in ("ca", "cert", "key")}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", pem["key"], "-out", pem["cert"]], check=True, capture_output=True)  # fmt: skip
    pem["ca"].write_bytes(pem["cert"].read_bytes())
    tls = ["--tls-ca-file", pem["ca"], "--tls-cert", pem["cert"], "--tls-key", pem["key"]]
    variables = {
        "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(pem["ca"]),
        "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT": str(pem["cert"]),
        "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY": str(pem["key"]),
        "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True",
    }
    text = (ROOT / "doc" / "slurm.sbatch").read_text()
    assert all(f"{name}=" in text for name in variables)
    store = tmp_path / "a.sqlite"
    with cluster(tmp_path, tls) as (address, _):
        stranger = sweep("run", file, "-o", store, "--engine", "dask", "--scheduler", address)
        assert stranger.returncode == 2 and "does not answer" in stranger.stderr, stranger.stderr
        known = sweep("run", file, "-o", store, "--engine", "dask", "--scheduler", address, variables=variables)
        assert known.returncode == 0, known.stderr
    assert results(store) == expected


def test_no_scheduler_there(tmp_path):
    file = write(tmp_path)
    begin = time.monotonic()
    result = sweep("run", file, "-o", tmp_path / "a.sqlite", "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    assert result.returncode == 2 and "does not answer" in result.stderr, result.stderr
    assert time.monotonic() - begin < 60
    result = sweep("run", file, "-o", tmp_path / "a.sqlite", "--scheduler", "tcp://127.0.0.1:9")
    assert result.returncode == 2 and "needs --engine dask" in result.stderr
