"""The command line of lifecycle-run: bad values first, then what it promises about its options."""

import json
import resource
import signal
import subprocess
import sys
import time

import pytest

from programs import PROGRAM, ROOT, files, run

BAD = [
    (["--mls=30s"], "--mls is no option; the nearest is --msl"),
    (["msl=30s"], "'msl=30s' is no option"),
    (["--msl=30"], "--msl: '30' is not allowed"),
    (["--msl=-1s"], "--msl: '-1s' is not allowed"),
    (["--msl=99999999999999s"], "--msl: '99999999999999s' is not allowed"),
    (["--msl"], "--msl needs a value"),
    (["--loss=1.5"], "--loss: '1.5' is not allowed; allowed is a number from 0 to 1"),
    (["--loss=nan"], "--loss: 'nan' is not allowed"),
    (["--loss-to-server=-0.1"],
     "--loss-to-server: '-0.1' is not allowed; allowed is a number from 0 to 1, or same as in both"),
    (["--loss=same"], "--loss: 'same' is not allowed"),
    (["--clients=0"], "--clients: '0' is not allowed; allowed is a whole number from 1 to 10000"),
    (["--clients=1.5"], "--clients: '1.5' is not allowed"),
    (["--mss=70000"], "--mss: '70000' is not allowed"),
    (["--close-first=me"], "--close-first: 'me' is not allowed; allowed are client, server"),
    (["--keep-alive=maybe"], "--keep-alive: 'maybe' is not allowed; allowed are true and false"),
    (["--preset=windows"], "--preset: 'windows' is not allowed; allowed are rfc9293, linux"),
    (["--record=everything"], "--record: 'everything' cannot be recorded; allowed are transitions"),
    (["--record=none,segments"], "--record: 'none,segments' cannot be recorded"),
    (["--record="], "--record: '' cannot be recorded"),
    (["--record=,"], "--record: ',' cannot be recorded"),
    (["--occupancy-interval=1ns"],
     "--occupancy-interval: '1ns' is not allowed; allowed is a time of 0, or from 1ms to"),
    (["--occupancy-interval=999us"], "--occupancy-interval: '999us' is not allowed"),
    (["--link-rate=fast"], "--link-rate: 'fast' is not allowed"),
    (["--link-rate=10"], "--link-rate: '10' is not allowed; allowed is a number above 0 with bps, kbps"),
    (["--link-rate=20000000000Gbps"], "--link-rate: '20000000000Gbps' is not allowed; allowed is a number above 0"),
    (["--netem-rate=0.5bps"], "--netem-rate: '0.5bps' is not allowed; allowed is a number with bps, kbps, Mbps or Gbps, from"),
    (["--link-rate=0Mbps"], "--link-rate: '0Mbps' is not allowed"),
    (["--fault-host=router"], "--fault-host: 'router' is not allowed; allowed are server, client"),
    (["--rules=client->server: drop 1st FINN"], 'at character 26 (found "FINN")'),
    (["--rules=klient->server: drop 1st FIN"], "klient"),
    (["--rate=10"], "--rate=10.000000 needs --duration"),
    (["--close-first=both", "--response-size=0"], "--response-size: '0' is not allowed with"),
    (["--rate=1e-300", "--duration=1s"],
     "--rate: '1e-300' is not allowed; allowed is a number that is 0, or from 1e-06 to 1000000"),
    (["--duration=10s"], "--duration=10s needs --rate"),
    (["--outage-at=1s"], "needs --outage-duration"),
    (["--rate=1", "--duration=10s", "--warm-up=10s"], "--warm-up=10s leaves nothing to take means over"),
    (["--keep-alive-host=client"], "--keep-alive-host: 'client' is not allowed without --keep-alive"),
    (["--crash-at=5s", "--reboot-at=1s"], "--reboot-at=1s is before --crash-at=5s"),
    (["--half-close", "--close-first=server"], "--half-close: the client closes first"),
    (["--close-first=nobody", "--keep-alive"], "never ends; say when with --stop"),
    (["--reorder=0.1", "--delay=0s"],
     "--reorder is 0.1 but --delay is 0: reordering needs a delay to skip."),
    (["--reorder-to-client=0.1", "--delay-to-client=0s"],
     "--reorder-to-client is 0.1 but --delay-to-client is 0: reordering needs a delay to skip."),
    (["--reorder=0.1", "--delay-to-client=0s"], "--reorder is 0.1 but --delay-to-client is 0"),
    (["--reorder-gap=5"], "--reorder-gap is 5 but --reorder is 0: a gap needs reordering."),
    (["--reorder-gap=0"], "--reorder-gap: '0' is not allowed; allowed is a whole number from 1"),
    (["--delay-correlation=0.5"], "--delay-correlation is 0.5 but --jitter is 0: there is nothing to correlate."),
    (["--loss-correlation-to-server=0.5"], "--loss-correlation-to-server is 0.5 but --loss is 0"),
    (["--duplicate-correlation=0.5"], "--duplicate-correlation is 0.5 but --duplicate is 0"),
    (["--corrupt-correlation=0.5"], "--corrupt-correlation is 0.5 but --corrupt is 0"),
    (["--reorder-correlation=2"], "--reorder-correlation: '2' is not allowed; allowed is a number from 0 to 1"),
    (["--distribution=normal"], "--distribution is set but --jitter is 0: there is nothing to distribute."),
    (["--jitter=1ms", "--distribution=norml"], "--distribution: 'norml' is not allowed; allowed are uniform, normal"),
    (["--jitter=1ms", "--distribution-to-server=/nowhere.dist"],
     "--distribution-to-server: the table file '/nowhere.dist' cannot be read."),
    (["--loss-gemodel=0.1,0.2,1.5"], "--loss-gemodel: 1-h is '1.5', which is no number from 0 to 1; allowed is p["),
    (["--loss-gemodel=same"], "--loss-gemodel: p is 'same'"),
    (["--loss-state-to-client=0.1,x"], "--loss-state-to-client: p31 is 'x', which is no number"),
    (["--loss-state=0.1,0.6,0.6"], "--loss-state: p31 is 0.6 and p32 is 0.6: two ways out of one state"),
    (["--loss-state=0.1", "--loss-gemodel=0.1"], "--loss-state is set and so is --loss-gemodel: choose one"),
    (["--loss=0.1", "--loss-gemodel-to-server=0.1"], "--loss is 0.1 but --loss-gemodel-to-server is set"),
    (["--corrupt=0.1"], "--corrupt is 0.1 but --checksums is false: nobody would notice the damage."),
    (["--rules=any: corrupt 1st SYN"], "--rules: corrupt needs checksums"),
    (["--netem-rate=10"], "--netem-rate: '10' is not allowed; allowed is a number with bps, kbps"),
    (["--netem-rate-to-server=fast"], "--netem-rate-to-server: 'fast' is not allowed"),
    (["--netem-limit=-1"], "--netem-limit: '-1' is not allowed; allowed is a whole number from 0"),
    (["--rules=client-2->server: drop 1st FIN"], "client-2"),
    (["--fault-host=client-2"], "--fault-host: 'client-2' is not allowed; allowed are server, client"),
    (["--stack=stock", "--close-first=abort"], "have no abort"),
    (["--stack=stock", "--keep-alive"], "--keep-alive: 'true' is not allowed with --stack=stock"),
    (["--stack=stock", "--rfc1337=true"], "--rfc1337: 'true' is not allowed with --stack=stock"),
    (["--stack=stock", "--preset=rfc9293"], "--preset: 'rfc9293' is not allowed with --stack=stock"),
    (["--stack=stock", "--crash-at=1s"], "need --stack=lifecycle"),
    (["--describe=xml"], "--describe: 'xml' is not allowed; allowed is json"),
    (["--ns3::LifecycleL4Protocol::Mls=3s"], "is no option"),
    (["--ephemeral-first=2000", "--ephemeral-last=1000"], "--ephemeral-last"),
    (["--min-rto=2s", "--max-rto=1999ms"],
     "--max-rto=1999ms is below --min-rto=2s; allowed is any time from there on."),
    (["--preset=linux", "--min-rto=3min"], "--max-rto=2min is below --min-rto=3min"),
    (["--persist-min=2s", "--persist-max=1s"],
     "--persist-max=1s is below --persist-min=2s; allowed is any time from there on."),
]


@pytest.mark.parametrize(("options", "sentence"), BAD, ids=[" ".join(b[0]) for b in BAD])
def test_bad_value_gives_one_sentence_and_writes_nothing(folder, options, sentence):
    result = run(f"--output={folder}", *options)
    assert result.returncode == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stdout == ""
    assert not folder.exists()


def test_output_is_needed():
    result = run()
    assert result.returncode == 2
    assert "--output is missing" in result.stderr


def test_folder_that_is_not_empty_is_refused(folder):
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    for options, sentence in (([], "use --force"), (["--force"], "'notes.txt', which is no part of a run")):
        result = run(f"--output={folder}", *options)
        assert result.returncode == 2
        assert str(folder) in result.stderr and sentence in result.stderr
        assert result.stderr.count("\n") == 1
    assert [p.name for p in folder.iterdir()] == ["notes.txt"]


def test_force_replaces_a_run(folder):
    assert run(f"--output={folder}", "--record=transitions").returncode == 0
    assert run(f"--output={folder}").returncode == 2
    assert run(f"--output={folder}", "--force", "--record=none").returncode == 0
    assert not (folder / "transitions.csv").exists()


def parameters(folder) -> dict:
    return json.loads((folder / "manifest.json").read_text())["parameters"]


def test_long_spelling_is_the_short_one(folder, tmp_path):
    other = tmp_path / "other"
    assert run(f"--output={folder}", "--ns3::LifecycleL4Protocol::KeepIdle=90min").returncode == 0
    assert run(f"--output={other}", "--keep-idle=1.5h").returncode == 0
    assert parameters(folder) == parameters(other)
    assert parameters(folder)["keep-idle"] == "90min"


def test_explicit_value_wins_over_the_preset_in_either_order(folder, tmp_path):
    other = tmp_path / "other"
    assert run(f"--output={folder}", "--preset=linux", "--msl=7s").returncode == 0
    assert run(f"--output={other}", "--msl=7s", "--preset=linux").returncode == 0
    assert parameters(folder) == parameters(other)
    assert parameters(folder)["msl"] == "7s"
    assert parameters(folder)["min-rto"] == "200ms"


def test_value_equal_to_the_default_wins_over_the_preset(folder):
    """The RFC's MSL with Linux's other values: 2min is the default, but was said."""
    assert run(f"--output={folder}", "--preset=linux", "--msl=2min").returncode == 0
    assert parameters(folder)["msl"] == "2min"
    transitions = (folder / "transitions.csv").read_text().splitlines()
    assert transitions[-1].endswith("TIME-WAIT,CLOSED,T30,timer 2MSL")
    assert float(transitions[-1].split(",")[0]) > 240


def test_manifest_reproduces_the_run(folder, tmp_path):
    """Every parameter of the manifest is an option, and together they give the same bytes."""
    again = tmp_path / "again"
    options = ["--loss=0.05", "--connections=20", "--jitter=2ms", "--preset=freebsd",
               "--msl=3.000000001s", "--delay-to-client=7ms", "--user-timeout=1000000000s",
               "--distribution=pareto", "--delay-correlation=0.25", "--duplicate=0.1", "--checksums",
               "--corrupt-to-server=0.01", "--netem-rate-to-client=20Mbps", "--netem-limit=100",
               "--reorder=0.1", "--reorder-gap=4", "--loss-to-client=0", "--loss-gemodel-to-client=0.01,0.3"]
    assert run(f"--output={folder}", *options).returncode == 0
    said = [f"--{name}={value}" for name, value in parameters(folder).items()]
    assert run(f"--output={again}", *said).returncode == 0
    assert (folder / "manifest.json").read_bytes() == (again / "manifest.json").read_bytes()
    assert (folder / "segments.csv").read_bytes() == (again / "segments.csv").read_bytes()


def with_small_files() -> None:
    """No file may grow beyond 100 kB, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def test_full_disk_ends_the_run_at_once_with_one_sentence(folder):
    started = time.monotonic()
    result = subprocess.run(
        [str(PROGRAM), f"--output={folder}", "--rate=300", "--duration=100000s", "--msl=5s", "--quiet"],
        capture_output=True, text=True, timeout=60, check=False, preexec_fn=with_small_files,
    )
    assert time.monotonic() - started < 30
    assert result.returncode == 1
    assert "cannot be written: File too large." in result.stderr
    assert result.stderr.count("\n") == 1


def test_folder_that_cannot_be_made_is_a_failure_not_wrong_usage(tmp_path):
    (tmp_path / "file").write_text("")
    result = run(f"--output={tmp_path}/file/run")
    assert result.returncode == 1
    assert "file/run' cannot be made" in result.stderr


@pytest.mark.parametrize("name", ["client", "client-1"])
def test_the_only_client_may_be_called_by_its_number(folder, name):
    assert run(f"--output={folder}", f"--rules={name}->server: drop 1st SYN", "--hold=10s",
               f"--fault-host={name}", "--reboot-at=5s").returncode == 0
    segments = (folder / "segments.csv").read_text()
    assert segments.count(f"rule: {name}->server: drop 1st SYN") == 1
    connections = (folder / "connections.csv").read_text()
    assert "client,1," in connections and ",crash," in connections


def test_manifest_of_stock_tcp_holds_what_is_in_force_there(folder, tmp_path):
    """ns-3's own defaults where nothing is said, and nothing that it does not have."""
    other = tmp_path / "other"
    assert run(f"--output={folder}", "--stack=stock").returncode == 0
    said = parameters(folder)
    assert {name: said[name] for name in ("mss", "initial-rto", "syn-retries", "msl")} == {
        "mss": "536", "initial-rto": "3s", "syn-retries": "5", "msl": "2min"}
    assert not {"rfc1337", "keep-alive", "preset", "syn-cookies"} & said.keys()
    assert json.loads((folder / "manifest.json").read_text())["changed"] == ["stack"]
    # A value that is our default, but not that of ns-3, has an effect when it is said.
    assert run(f"--output={other}", "--stack=stock", "--mss=1460", "--initial-rto=1s").returncode == 0
    assert parameters(other)["mss"] == "1460"
    assert {"mss", "initial-rto"} <= set(json.loads((other / "manifest.json").read_text())["changed"])
    longest = [max(int(row.split(",")[10]) for row in (f / "segments.csv").read_text().splitlines()[1:])
               for f in (folder, other)]
    assert longest == [536, 1000]


def test_describe_tells_what_the_presets_of_systems_do_otherwise():
    described = json.loads(run("--describe=json").stdout)
    names = {p["attribute"].rpartition("::")[2]: p["name"] for p in described["parameters"] if "attribute" in p}
    told = [names[departure["attribute"]] for departure in described["departures"]]
    systems = [system["preset"] for system in described["systems"]]
    assert systems == ["linux", "freebsd"]
    assert len(told) == len(set(told))
    assert set(told) == set().union(*(described["presets"][system] for system in systems)) - {"preset"}


def test_describe_names_every_parameter_once_with_its_default():
    described = json.loads(run("--describe=json").stdout)["parameters"]
    names = [p["name"] for p in described]
    assert len(names) == len(set(names)) > 60
    attributes = [p["attribute"] for p in described if "attribute" in p]
    assert len(attributes) == len(set(attributes)) > 20
    for p in described:
        assert p["type"] in {"duration", "integer", "number", "flag", "text", "choice"}
        assert p["help"]
        assert isinstance(p["default"], str)
        if p["type"] == "choice":
            assert p["default"] in p["choices"]
        if p["type"] in {"duration", "integer", "number"}:
            assert p["range"][0] < p["range"][1]
        if p["type"] == "duration":
            assert p["unit"] == "s"
        if p["type"] in {"integer", "number"}:
            assert p["default"] in p.get("also", []) or p["range"][0] <= float(p["default"]) <= p["range"][1]
    (interval,) = (p for p in described if p["name"] == "occupancy-interval")
    assert interval["range"][0] == 0 and interval["least-above-zero"] == 0.001


def test_help_names_every_parameter():
    text = run("--help").stdout
    for p in json.loads(run("--describe=json").stdout)["parameters"]:
        assert f"--{p['name']}=" in text


def test_interrupt_leaves_a_folder_that_can_be_read(folder):
    with subprocess.Popen(
        [str(PROGRAM), f"--output={folder}", "--rate=300", "--duration=100000s", "--msl=5s",
         "--record=transitions"],
        stderr=subprocess.PIPE, text=True,
    ) as program:
        time.sleep(1.5)
        program.send_signal(signal.SIGINT)
        _, stderr = program.communicate(timeout=30)
    assert program.returncode == 130
    assert "interrupted" in stderr
    rows = (folder / "transitions.csv").read_text().splitlines()
    assert len(rows) > 100
    assert all(row.count(",") == 8 for row in rows)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert 0 < manifest["end_s"] < 100000
    assert manifest["interrupted"] is True
    whole = folder.with_name("whole")
    assert run(f"--output={whole}", "--record=none", "--stop=1s").returncode == 0
    assert "interrupted" not in json.loads((whole / "manifest.json").read_text())


def test_rule_that_matched_nothing_is_reported(folder):
    result = run(f"--output={folder}", "--rules=client->server: drop 9th SYN")
    assert result.returncode == 0
    assert "no segment matched the rule 'client->server: drop 9th SYN'" in result.stderr


# ---- files of options


def run_with_file(*arguments: str) -> subprocess.CompletedProcess:
    """What `lab run --config=FILE ...` hands over to."""
    return subprocess.run([sys.executable, "-m", "analysis", "run", str(PROGRAM), *arguments], cwd=ROOT,
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip


@pytest.mark.parametrize("options", [
    [],
    ["--preset=linux", "--msl=3s", "--loss=0.05", "--loss-to-server=same", "--connections=20", "--jitter=2ms",
     "--rules=client->server: drop 1st SYN", "--hold=ns3::UniformRandomVariable[Min=0|Max=2]",
     "--inject=attacker->server: SYN from 198.51.100.0/24 poisson 100/s for 1s answer RST", "--requests=3"],
    ["--rate=5", "--arrivals=poisson", "--duration=10s", "--user-timeout=1000000000s", "--run=7"],
    ["--stack=stock", "--mss=1000", "--connections=3", "--rules=server->client: drop 1st FIN", "--seed=9"],
])  # fmt: skip
def test_printed_file_reproduces_the_run_byte_for_byte(folder, tmp_path, options):
    printed = run("--print-config", *options)
    assert printed.returncode == 0 and printed.stderr == ""
    (tmp_path / "run.toml").write_text(printed.stdout)
    assert run(f"--output={folder}", *options).returncode == 0
    again = run_with_file(f"--config={tmp_path}/run.toml", f"--output={tmp_path}/again")
    assert again.returncode == 0, again.stderr
    assert files(folder) == files(tmp_path / "again")
    assert "output" not in printed.stdout


def test_command_line_wins_over_the_file(folder, tmp_path):
    (tmp_path / "run.toml").write_text('msl = "3s"\nloss = 0.5\nchecksums = true\n')
    result = run_with_file("--msl=7s", "--config", f"{tmp_path}/run.toml", "--loss=0", f"--output={folder}", "--quiet")
    assert result.returncode == 0, result.stderr
    said = parameters(folder)
    assert (said["msl"], said["loss"], said["checksums"]) == ("7s", "0", "true")


@pytest.mark.parametrize(("text", "sentence"), [
    ('msl = "3s"\nmls = "3s"\n', "line 2: 'mls' is no option of lifecycle-run; the nearest is 'msl'."),
    ('\n# a\nloss = 1.5\n', "line 3: loss: 1.5 is not allowed; allowed is a number from 0 to 1."),
    ('hold = 5\n', "line 1: hold: 5 is not allowed; allowed is a time"),
    ('hold = "ns3::Nonsense[]"\n', "--hold: 'ns3::Nonsense[]' is not allowed"),
    ('[link]\nloss = 0.1\n', "line 1: [link] is not allowed; allowed are lines such as"),
    ('loss = \n', "line 1: not valid TOML: Invalid value."),
])  # fmt: skip
def test_file_that_is_wrong_is_refused_with_its_line(folder, tmp_path, text, sentence):
    (tmp_path / "run.toml").write_text(text)
    result = run_with_file(f"--config={tmp_path}/run.toml", f"--output={folder}")
    assert result.returncode == 2 and sentence in result.stderr, result.stderr
    assert result.stderr.count("\n") == 1 and not folder.exists()


def test_file_that_is_not_there_is_refused(folder):
    for arguments in (["--config=missing.toml"], ["--config"], ["--config=a.toml", "--config=b.toml"]):
        result = run_with_file(*arguments, f"--output={folder}")
        assert result.returncode == 2 and "--config" in result.stderr and result.stderr.count("\n") == 1
    assert "are read by './lab run --config" in run("--config=x.toml").stderr


def test_print_config_checks_as_a_run_does():
    result = run("--print-config", "--rate=5")
    assert result.returncode == 2 and "needs --duration" in result.stderr and result.stdout == ""
