"""A real S3 server (moto's), a proxy in front of it, and a bucket of one's own for each test."""

import itertools
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from catalog.cli.app import main
from media.archives import objects as object_store
from tests.stores.proxy import Proxy, start_proxy

ACCESS_KEY, SECRET_KEY = "AKIACUTLINETESTKEY", "s3cr3t/that+must/not/be+seen"

_numbers = itertools.count()


@dataclass
class Bucket:
    """A bucket, as whoever fills it sees it: what is put there is not counted by the proxy."""

    name: str
    client: Any
    proxy: Proxy

    @property
    def url(self) -> str:
        return f"s3://{self.name}/"

    def put(self, key: str, data: bytes, **options: str) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=data, **options)

    def put_all(self, objects: Mapping[str, bytes]) -> None:
        for key, data in objects.items():
            self.put(key, data)

    def put_folder(self, folder: Path, prefix: str = "") -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(prefix + path.relative_to(folder).as_posix(), path.read_bytes())

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=key)


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[str, int]]:
    """Where moto's server listens."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()
    server.stop()


@pytest.fixture(scope="session")
def _proxy(server: tuple[str, int]) -> Iterator[Proxy]:
    proxy = start_proxy(server)
    yield proxy
    proxy.server.shutdown()
    proxy.server.server_close()


@pytest.fixture(scope="session")
def _filler(server: tuple[str, int]) -> Iterator[Any]:
    client = botocore.session.Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://{server[0]}:{server[1]}",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(request_checksum_calculation="when_required"),
    )
    yield client
    client.close()


@pytest.fixture
def proxy(_proxy: Proxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Proxy:
    """A proxy that does no harm yet; the environment says that the store is behind it."""
    _proxy.forget()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REQUEST_PAYER", "AWS_NO_SIGN_REQUEST"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL": _proxy.url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-credentials"),
    }.items():
        monkeypatch.setenv(name, value)
    object_store._patience.cache_clear()
    return _proxy


@pytest.fixture
def bucket(proxy: Proxy, _filler: Any) -> Bucket:
    """An empty bucket."""
    name = f"archive-{next(_numbers)}"
    _filler.create_bucket(Bucket=name)
    return Bucket(name, _filler, proxy)


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs ``cutline`` as a person does, but in this process."""

    def run_command(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["cutline", *(os.fspath(argument) for argument in arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
            raise SystemExit(0)
        return Said(int(ended.value.code or 0), *capsys.readouterr())

    return run_command


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch, proxy: Proxy) -> list[float]:
    """No wait between attempts, though the time passes; the waits that there would have been."""
    waits: list[float] = []
    patience_of = object_store._patience

    def hurry(scheme: str, host: str) -> object:
        patience = patience_of(scheme, host)
        patience.sleep = waits.append
        patience.clock = lambda: time.monotonic() + sum(waits)
        return patience

    monkeypatch.setattr(object_store, "_patience", hurry)
    return waits
