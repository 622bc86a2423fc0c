import os
import signal
import subprocess
import sys
import threading

import pytest

from napari_faseg.evaluation.interrupts import interrupts_held_back

pytestmark = pytest.mark.usefixtures("answered")


def interrupted_in_the_midst(done: list[str]) -> None:
    with interrupts_held_back():
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")


def test_an_interrupt_comes_when_it_is_no_longer_held_back() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted_in_the_midst(done)
    assert done == ["all of it"]


def test_interrupts_are_answered_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupts_held_back():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
    if os.name == "posix":
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.skipif(os.name != "posix", reason="only there are blocked signals inherited")
def test_a_process_that_starts_meanwhile_is_not_interrupted() -> None:
    command = [sys.executable, "-c", "import sys; print('here', flush=True); sys.stdin.read()"]
    with interrupts_held_back():
        started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert started.stdout is not None
    assert started.stdout.readline().strip() == b"here"
    started.send_signal(signal.SIGINT)
    started.communicate(timeout=60)
    assert started.returncode == 0


def test_a_thread_can_hold_back_interrupts_too() -> None:
    before = signal.getsignal(signal.SIGINT)
    inside = []

    def hold_back() -> None:
        with interrupts_held_back():
            inside.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=hold_back)
    thread.start()
    thread.join()
    assert inside == [before]
