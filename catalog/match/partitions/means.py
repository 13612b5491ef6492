"""What matching in partitions works with: workers, a folder that they all see, and how much memory a task may take."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from catalog.match.partitions.files import Room
from catalog.match.partitions.run import OnStep, Stage, Workers
from catalog.match.partitions.scratch import Scratch

MEMORY_BYTES = 1 << 30
"""Of a worker, unless told otherwise."""
_BASE_BYTES = 200 << 20
"""Of a worker with all that it has imported."""
_LEAST_BYTES = 64 << 20


@dataclass(slots=True)
class Means:
    """Workers and a folder."""

    workers: Workers
    folder: Path
    memory_bytes: int = MEMORY_BYTES
    """Of each worker."""
    parts: int | None = None
    """Partitions, rather than as many as the memory asks for."""
    on_step: OnStep = lambda name, done, tasks: None
    work_bytes: int = 0
    """The most that the partitions took on disk after a stage."""

    @property
    def task_bytes(self) -> int:
        """What a task may hold."""
        return max(self.memory_bytes - _BASE_BYTES, _LEAST_BYTES)

    def room(self, name: str) -> Room:
        return Room(str(self.folder / name))

    def scratch(self, name: str) -> AbstractContextManager[Scratch]:
        return Scratch.open(self.folder / f"{name}.sqlite")

    def cut(self, items: int, bytes_an_item: int, most: int) -> tuple[int, int]:
        """How many shards and partitions so many items are cut into, so that a task of any fits in memory."""
        if self.parts is not None:
            return min(self.parts, items), self.parts
        parts = max(4, -(-items * bytes_an_item // self.task_bytes))
        return min(items, max(parts, -(-items // most))), parts

    def run(self, stages: Iterable[Stage], room: Room) -> None:
        """Run stages one after the other."""
        for stage in stages:
            stage.run(room, self.workers, self.on_step)
            self.work_bytes = max(self.work_bytes, room.byte_size())
