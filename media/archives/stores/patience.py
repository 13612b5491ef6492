"""Retries of a failing store, with longer waits each time, within limits."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from media.archives.stores.store import Passing, Unreachable

_FIRST_SECONDS = 0.1
_LONGEST_SECONDS = 5.0
_MOST_FAILURES = 20
"""Of one read, also where each brought it a little further."""

Value = TypeVar("Value")


class Patience:
    """What reads of one store have together: when it has failed one for good, the next ones wait less.

    So a store that is down costs a scan of a million records an instant each, not half a minute.
    """

    def __init__(
        self,
        seconds: float = 30.0,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """:param seconds: for how long a read is tried again; less than what a record may take."""
        self.seconds = seconds
        self.sleep = sleep
        self.clock = clock
        self.is_down = False

    def run(self, act: Callable[[], Value]) -> Value:
        """Return what ``act`` gives, tried again as long as it fails for passing reasons.

        :raises Unreachable: it did until now.
        """
        trial = Trial(self)
        while True:
            try:
                value = act()
            except Passing as error:
                trial.failed(error)
            else:
                self.is_down = False
                return value


class Trial:
    """The attempts at one read."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._started = patience.clock()
        self._failures = 0

    def failed(self, error: Passing, *, progressed: bool = False) -> None:
        """Wait before the next attempt.

        :param progressed: whether this one brought the read further: its time begins anew.
        :raises Unreachable: there have been enough.
        """
        patience = self._patience
        self._failures += 1
        if progressed:
            self._started = patience.clock()
        limit = patience.seconds / 30 if patience.is_down else patience.seconds
        longest = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2**self._failures)
        # Anything from half of it: workers that failed together do not come back together.
        wait = random.uniform(longest / 2, longest)  # noqa: S311
        waited = patience.clock() - self._started
        if self._failures == _MOST_FAILURES or waited + wait > limit:
            patience.is_down = True
            attempts = f"{self._failures} times" if self._failures > 1 else "once"
            raise Unreachable(f"{error.reason} (tried {attempts})", error.remedy) from error
        patience.sleep(wait)
