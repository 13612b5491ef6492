"""What cannot be done on a cluster is one clear line."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest import param

from catalog.cluster.cluster import open_cluster
from catalog.cluster.connect import connect
from catalog.cluster.fitness import Build, Probe, this_build, unfit_for
from catalog.errors import ClusterUnusable, UsageError
from catalog.match.workers import Wanted, open_workers
from media.archives.source import SourceRef
from media.record import Entry
from tests.clusters import DaskProcesses, kill_all, until
from tests.conftest import ROOT, Run, rows, scan_archive
from tests.containers import write
from tests.test_cluster import make_slow_archive, recorded
from tests.test_scanning import contents, start_scan

TEXT = b"BREST - The ferry sailed on time."


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[DaskProcesses]:
    """A scheduler without workers."""
    processes = DaskProcesses(tmp_path)
    yield processes
    processes.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        param("", "missing port number", id="empty"),
        param("somewhere", "missing port number in address 'somewhere'", id="no-port"),
        param("host:door", "invalid literal", id="port-in-words"),
        param("ftp://host:8786", "unknown address scheme 'ftp'", id="unknown-scheme"),
        param("local:", "give the number of worker processes", id="local-without-number"),
        param("local:0", "give the number of worker processes", id="local-none"),
        param("local:many", "give the number of worker processes", id="local-in-words"),
        param("tls://127.0.0.1:8786", "no certificates for TLS", id="tls-without-certificates"),
    ],
)
def test_an_address_that_is_none_is_said(address: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as raised, open_cluster(address, lambda line: None):
        pass
    assert "\n" not in str(raised.value)


def test_a_scheduler_that_is_not_there_or_is_something_else_is_said(
    archive: Path, catalog_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "1s")
    write(archive / "a.txt", TEXT)
    done = run("scan", archive, "-c", catalog_path, "--cluster", "127.0.0.1:1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "Connecting to the scheduler at 127.0.0.1:1 (giving up after 1 s).",
        "cutline: 127.0.0.1:1: cannot reach a Dask scheduler (Timed out trying to connect to tcp://127.0.0.1:1 after"
        " 1 s). Check that `dask scheduler` runs there, the address, and the firewall between.",
    ]
    code = "import http.server as s; h = s.ThreadingHTTPServer(('127.0.0.1', 0), s.SimpleHTTPRequestHandler);"
    code += "print(h.server_port, flush=True); h.serve_forever()"
    server = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with server:
        assert server.stdout is not None
        address = f"127.0.0.1:{int(server.stdout.readline())}"
        done = run("scan", archive, "-c", catalog_path, "--cluster", address)
        server.kill()
    assert done.returncode == 2
    assert "cannot reach a Dask scheduler" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_without_dask_the_extra_is_named(archive: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['distributed'] = None\n")
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    done = run("scan", archive, "-c", tmp_path / "c.db", "--cluster", "local:1", env=environment)
    assert done.returncode == 2
    assert done.stderr == "cutline: --cluster needs Dask: pip install 'cutline[cluster]'\n"


def test_jobs_and_a_cluster_exclude_each_other(archive: Path, run: Run, catalog_path: Path) -> None:
    done = run("scan", archive, "-c", catalog_path, "--cluster", "local:1", "--jobs", "2")
    assert done.returncode == 2
    assert done.stderr == "cutline: --jobs cannot be used with --cluster: a cluster has its own workers.\n"


def test_what_makes_a_worker_unfit_is_said(archive: Path) -> None:
    here = this_build()
    assert unfit_for(here, ()) is None
    older = Build("0.0.1", here.python, here.fingerprints)
    assert str(unfit_for(older, ())).startswith(f"it has cutline {here.cutline}, and the scan runs 0.0.1.")
    assert "Python" in str(unfit_for(Build(here.cutline, "3.5", here.fingerprints), ()))
    assert "fingerprints" in str(unfit_for(Build(here.cutline, here.python, (("phash", 0),)), ()))
    path = write(archive / "a.txt", TEXT)
    source = SourceRef(archive.as_uri(), "folder")
    there = Probe(source, Entry("a.txt", path.stat().st_size, 0))
    assert unfit_for(here, (there,)) is None
    for probe in (Probe(source, Entry("b.txt", 1, 0)), Probe(source, Entry("a.txt", 1, 0))):
        assert f"does not see {source.uri} as it is here" in str(unfit_for(here, (there, probe)))


def test_no_workers_and_unfit_workers_are_said_and_late_ones_are_left_out(
    bare: DaskProcesses,
    archive: Path,
    catalog_path: Path,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DASK_CUTLINE__WAIT_FOR_WORKERS", "1s")
    make_slow_archive(archive)
    arguments = ("scan", archive, "-c", catalog_path, "--cluster", bare.address)
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2:] == [
        f"Waiting up to 1 s for workers at {bare.address}.",
        f"cutline: {bare.address}: no workers after 1 s. Start some with `dask worker {bare.address}`, and run again.",
    ]
    monkeypatch.setenv("DASK_CUTLINE__WAIT_FOR_WORKERS", "300s")
    unfit = bare.start_workers(1, CUTLINE_VERSION="0.0.1")
    done = run(*arguments)
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("cutline: worker tcp://127.0.0.1:")
    assert "it has cutline 0.0.1, and the scan runs" in last
    assert recorded(catalog_path) == 0
    kill_all(unfit)
    bare.start_workers(1, SECONDS_A_TEXT="0.05")
    process = start_scan(archive, catalog_path, "--cluster", bare.address)
    until(lambda: recorded(catalog_path) > 10 or process.poll() is not None, "nothing is read")
    assert process.poll() is None
    bare.start_workers(1, CUTLINE_VERSION="0.0.1")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert err.count("Left out: worker tcp://127.0.0.1:") == 1
    scan_archive(tmp_path / "here.db", archive)
    assert contents(catalog_path) == contents(tmp_path / "here.db")


def may_hide_folders() -> bool:
    """Whether a process can be started that has its own view of the disk."""
    return (
        shutil.which("unshare") is not None
        and subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not may_hide_folders(), reason="needs to be root, and unshare")
def test_a_folder_that_a_worker_does_not_see_is_one_line_and_no_problems(
    bare: DaskProcesses, archive: Path, catalog_path: Path, run: Run
) -> None:
    for number in range(50):
        write(archive / f"{number}.txt", TEXT)
    hide = f"mount -t tmpfs none '{archive}' && exec \"$@\""
    bare.start_workers(1, wrapper=("unshare", "-m", "sh", "-c", hide, "sh"))
    done = run("scan", archive, "-c", catalog_path, "--cluster", bare.address)
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("cutline: worker tcp://127.0.0.1:")
    assert last.endswith(
        f"it does not see {archive.as_uri()} as it is here (0.txt: it is no longer there). "
        "Mount the archive there under the same path."
    )
    assert rows(catalog_path, "SELECT count(*) FROM records UNION ALL SELECT count(*) FROM problems") == [
        (0,),
        (0,),
    ]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_certificates_come_from_the_configuration_of_dask(
    archive: Path, catalog_path: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive / "a.txt", TEXT)
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ("-days", "2", "-subj", "/CN=127.0.0.1")
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            *subject,
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )
    files = ("--tls-ca-file", certificate, "--tls-cert", certificate, "--tls-key", key)
    dask = DaskProcesses(tmp_path, scheme="tls", arguments=tuple(map(str, files)))
    try:
        dask.start_workers(1)
        for name, path in (("CA_FILE", certificate), ("CLIENT__CERT", certificate), ("CLIENT__KEY", key)):
            monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__{name}", str(path))
        done = run("scan", archive, "-c", catalog_path, "--cluster", dask.address)
    finally:
        dask.close()
    assert done.returncode == 0, done.stderr
    assert rows(catalog_path, "SELECT locator FROM records") == [("a.txt",)]
    assert str(certificate) not in str(rows(catalog_path, "SELECT options FROM scans"))


def test_a_dead_worker_of_this_machine_is_not_waited_for() -> None:
    """Its results are asked for at the moment it dies: before Dask knows."""
    with connect("local:2", lambda line: None) as client:
        results = [client.submit(os.getpid, pure=False) for _ in range(8)]
        client.gather(results)
        process, _ = client.run(os.getpid).values()
        os.kill(process, signal.SIGKILL)
        began = time.monotonic()
        assert process not in client.gather(results)
        assert time.monotonic() - began < 25  # a connection that nobody answers takes 30, six of them 180


def test_a_match_whose_workers_are_gone_for_good_ends(bare: DaskProcesses, tmp_path: Path) -> None:
    import dask
    from distributed import Client

    started = bare.start_workers(1)
    with (
        open_workers(tmp_path / "c.db", Wanted(cluster=bare.address), lambda line: None) as workers,
        dask.config.set({"cutline.wait-for-workers": "1s"}),
    ):
        kill_all(started)
        with Client(bare.address) as client:
            until(lambda: not client.nthreads(), "the scheduler knows that it has no worker")
        with pytest.raises(ClusterUnusable, match="no workers after 1 s"):
            list(workers.run("wait", time.sleep, [300]))  # type: ignore[arg-type]
