"""doc/slurm.sbatch on a real Slurm of one node: munged, slurmctld and slurmd, bound to loopback.

Only in ./lab test --full, and where root can start them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from sweeping import ENVIRONMENT, ROOT, assert_each_planned_run_has_one_row, good, results, write

DAEMONS = ("munged", "slurmctld", "slurmd")
CONFIGURATION = """
ClusterName=sweep
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=5
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """The environment of Slurm's commands, while the daemons run."""
    if not os.environ.get("LIFECYCLE_FULL"):
        pytest.skip("only in ./lab test --full: starts munged, slurmctld and slurmd")
    lacking = [name for name in (*DAEMONS, "sbatch", "srun") if not shutil.which(name)]
    if lacking or os.geteuid() != 0:
        pytest.skip(f"needs root, and Debian's munge, slurmctld, slurmd, slurm-client; lacks {', '.join(lacking) or 'root'}")
    folder = tmp_path_factory.mktemp("slurm")
    for above in (folder, *folder.parents):  # munged trusts no socket below a folder that others may write
        if above.stat().st_mode & 0o022 and not above.stat().st_mode & 0o1000:
            pytest.skip(f"munged refuses {above}, which others may write")
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    folder.chmod(0o755)
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(host=socket.gethostname().partition(".")[0], folder=folder, ports=free_ports(2))
    )
    environment = {**ENVIRONMENT, "SLURM_CONF": str(configuration)}
    munge = ["munged", "--force", *(f"--{what}-file={folder}/munge.{what}" for what in ("key", "seed")),
             f"--socket={folder}/munge.socket", f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log"]  # fmt: skip
    try:
        for command in (munge, ["slurmctld"], ["slurmd"]):
            subprocess.run(command, env=environment, check=True, timeout=30)
        wait_until_idle(environment)
        yield environment
    finally:
        for name in reversed(DAEMONS):
            with contextlib.suppress(OSError, ValueError):
                os.kill(int((folder / f"{name}.pid").read_text()), signal.SIGTERM)


def wait_until_idle(environment) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        told = subprocess.run(["sinfo", "-h", "-o", "%T"], env=environment, capture_output=True, text=True).stdout
        if told.strip() == "idle":
            return
        time.sleep(0.5)
    raise AssertionError(f"the node does not become idle: {told}")


def submit(environment, folder: Path, *arguments: object) -> str:
    """Runs a job to its end; what it said."""
    said = folder / "job.txt"
    command = ["sbatch", "--wait", f"--output={said}", *map(str, arguments)]
    result = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=180)
    assert result.returncode == 0, result.stderr + said.read_text()
    return said.read_text()


def test_the_script_runs_a_sweep_and_goes_on_where_it_was(slurm, tmp_path):
    file, store, local = write(tmp_path), tmp_path / "a.sqlite", tmp_path / "local.sqlite"
    script = ROOT / "doc" / "slurm.sbatch"
    assert "sweep: 10 runs done, 0 failed" in submit(slurm, tmp_path, "--ntasks=2", script, file, store, "--filter", "rate == 2")
    assert "sweep: 20 runs done, 0 failed" in submit(slurm, tmp_path, "--ntasks=2", script, file, store)
    assert_each_planned_run_has_one_row(file, store)
    good("run", file, "-o", local)
    assert results(store) == results(local)
    assert not list(tmp_path.glob("*.json"))


def test_shards_of_a_job_array_are_merged(slurm, tmp_path):
    file = write(tmp_path)
    job = tmp_path / "array.sbatch"
    job.write_text("#!/bin/sh\nexec /usr/bin/python3 -P -m analysis sweep run "
                   f"{file} -o {tmp_path}/part-$SLURM_ARRAY_TASK_ID.sqlite -j 1 --shard $SLURM_ARRAY_TASK_ID/3\n")  # fmt: skip
    submit(slurm, tmp_path, "--array=1-3", job)
    parts = sorted(tmp_path.glob("part-*.sqlite"))
    assert len(parts) == 3
    good("merge", *parts, "-o", tmp_path / "whole.sqlite")
    assert_each_planned_run_has_one_row(file, tmp_path / "whole.sqlite")
