"""Opens what matching in partitions works with: processes of this machine, or a cluster."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.cluster.cluster import open_cluster
from catalog.match.partitions.files import WorkUnusable, require_parquet
from catalog.match.partitions.means import MEMORY_BYTES, Means
from catalog.match.partitions.run import OnStep, Workers, local_pool

_TASKS_A_WORKER = 3
"""At one time: enough that no worker waits for the next."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to match in partitions."""

    cluster: str | None = None
    """Address of a Dask scheduler, or ``local:N``."""
    jobs: int = 1
    """Processes of this machine, where there is no cluster."""
    work: Path | None = None
    """Folder for the partitions; beside the catalogue without."""
    memory_bytes: int = MEMORY_BYTES


@contextlib.contextmanager
def open_means(
    catalogue: Path,
    wanted: Wanted,
    say: Callable[[str], None],
    on_step: OnStep = lambda name, done, tasks: None,
) -> Iterator[Means]:
    """Workers, and a folder of this catalogue's own for the partitions.

    :param say: is told in one line what a person should know.
    :raises catalog.errors.UsageError: something is not installed, or the address is none.
    :raises catalog.errors.ClusterUnusable: the cluster cannot be used.
    """
    require_parquet()
    folder = _folder(catalogue.absolute(), wanted.work)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkUnusable(
            f"{folder}: cannot be made ({error.strerror}). Name another folder with --work."
        ) from error
    with contextlib.ExitStack() as stack:
        workers = stack.enter_context(_open_workers(wanted, say))
        yield Means(workers, folder, wanted.memory_bytes, on_step=on_step)
        if not any(folder.iterdir()):
            folder.rmdir()


def _folder(catalogue: Path, work: Path | None) -> Path:
    if work is None:
        return catalogue.with_name(f"{catalogue.name}.match")
    # Catalogues of one name may share a folder of work.
    mark = hashlib.blake2b(str(catalogue).encode(errors="surrogateescape"), digest_size=4).hexdigest()
    return work.absolute() / f"{catalogue.name}-{mark}.match"


@contextlib.contextmanager
def _open_workers(wanted: Wanted, say: Callable[[str], None]) -> Iterator[Workers]:
    if wanted.cluster is None:
        with Workers(lambda: local_pool(wanted.jobs), wanted.jobs * _TASKS_A_WORKER) as workers:
            yield workers
        return
    with open_cluster(wanted.cluster, say) as cluster:
        executor = cluster.executor
        at_once = max(1, cluster.threads()) * _TASKS_A_WORKER
        with Workers(
            lambda: contextlib.nullcontext(executor), at_once, lambda: cluster.connection
        ) as workers:
            yield workers
