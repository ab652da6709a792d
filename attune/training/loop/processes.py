"""One training in several processes: with `runtime.processes`, under `torchrun`, or under `accelerate launch`.

They find each other by the variables that `torchrun` sets: RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, TypeVar

import torch
from accelerate import PartialState  # type: ignore[import-untyped]
from accelerate.utils import broadcast_object_list  # type: ignore[import-untyped]
from sentence_transformers.util.distributed import all_gather_with_grad, get_rank, get_world_size
from torch import Tensor
from torch.multiprocessing.spawn import ProcessExitedException, start_processes
from torch.nn import functional

from attune.core.errors import UserError, run
from attune.models.device import Device, check_processes

if TYPE_CHECKING:
    from transformers import TrainingArguments

GRACE = 10.0  # seconds


def group() -> PartialState:
    """Join the group of processes that this one belongs to, or be the only one."""
    return PartialState(cpu=not torch.accelerator.is_available())


def agree(decision: bool) -> bool:
    """Return what the first process has decided, in all of them."""
    if group().num_processes == 1:
        return decision
    decisions = [decision]
    broadcast_object_list(decisions)
    return decisions[0]


def in_group() -> bool:
    """Tell whether this process was started as one of a group."""
    return "WORLD_SIZE" in os.environ


def local_processes() -> int:
    """Return how many processes of the group run on this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", group().num_processes))


AnyArguments = TypeVar("AnyArguments", bound="TrainingArguments")


def use_one_gpu(arguments: AnyArguments) -> AnyArguments:
    """Keep the trainer from splitting each batch over all GPUs of the machine (DataParallel), as it does unasked.

    The loss compares within a batch, so each GPU would train with other batches than planned. The trainer itself sets
    this number for models that are split.
    """
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1
    return arguments


def run_in_processes(module: str, count: int, threads: int) -> None:
    """Run a module's `main` in N processes on this machine, and wait for them; the first one speaks for all.

    Args:
        module: its name; every process imports it.
        count: N.
        threads: of torch, of all processes together; 0 is one for each core.

    Raises:
        UserError: a process was killed, or there are fewer GPUs. After any other failure this process ends with the
            same exit code.
    """
    check_processes(Device.here(), count)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    each = max(1, (threads or os.cpu_count() or 1) // count)
    print(f"{count} processes, {each} threads each", flush=True)
    try:
        start_processes(_main, args=(module, count, port, each), nprocs=count, start_method="spawn")  # type: ignore[no-untyped-call]
    except ProcessExitedException as error:
        if error.exit_code > 0:  # it has said what is wrong
            sys.exit(error.exit_code)
        raise UserError(
            f"process {error.error_index} of {count} was ended by signal {-error.exit_code}: short of memory, perhaps; "
            "lower runtime.processes in params.yaml"
        ) from None


def _main(rank: int, module: str, count: int, port: int, threads: int) -> None:
    """Be one of the processes. The first one speaks, the others only when it has nothing to say."""
    group = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": count, "RANK": rank, "LOCAL_RANK": rank}
    os.environ |= {name: str(value) for name, value in (group | {"OMP_NUM_THREADS": threads}).items()}
    torch.set_num_threads(threads)
    main = importlib.import_module(module).main
    if rank == 0:
        run(main)
        return
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
        try:
            run(main)
            return
        except SystemExit as end:
            code = end.code
    time.sleep(GRACE)  # what is wrong here is most likely wrong in the first process too
    print(said.getvalue().strip().rpartition("\n")[2], file=sys.stderr)
    sys.exit(code)


Item = TypeVar("Item")


def share(items: Sequence[Item]) -> Sequence[Item]:
    """Return this process's part of the items: every nth of them, so that long and short texts are spread evenly."""
    return items[get_rank() :: get_world_size()]


def gather(vectors: Tensor, count: int) -> Tensor:
    """Put the vectors of every process's `share` together again, in the order of all `count` items, with gradients.

    Of n processes, process r has the items r, r + n, r + 2n, ...: item i is vector i // n of process i % n.
    """
    n = get_world_size()
    if n == 1:
        return vectors
    rows = -(-count // n)  # all must send the same number: the shorter shares are filled up
    everything = all_gather_with_grad(functional.pad(vectors, (0, 0, 0, rows - len(vectors))))
    places = [item % n * rows + item // n for item in range(count)]
    return everything[torch.tensor(places, device=everything.device)]
