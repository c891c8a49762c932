"""Swivel on a GPU: the blocks of a round as one batch, with JAX.

The blocks, their order and the arithmetic are those of the CPU kernel, so that the results are the
same up to rounding. The tables stay on the device; they come back at the end of an epoch and for a
checkpoint.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError, MissingExtraError
from wordloom.train.task import Outcome, Task, Work

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax

    from wordloom.train.swivel import SwivelTask

__all__ = ["SwivelJaxTask", "find_gpu"]

BATCH = 16
"""How many blocks of a round the device computes at a time: some 300 MB of scores and gradients."""

PLUGINS = ("jax_cuda12_plugin", "jax_cuda13_plugin")
"""The packages of which JAX needs one for CUDA."""

DEVICE_FILES = ("/dev/nvidiactl", "/dev/dxg")
"""What a driver shows on Linux and inside WSL."""


class Tables(NamedTuple):
    """The parameters on the device; float32 (n_stripes, words in a stripe, padded dim) each."""

    rows: "jax.Array"
    columns: "jax.Array"
    row_squares: "jax.Array"
    column_squares: "jax.Array"


class Facts(NamedTuple):
    """What stays the same.

    Attributes:
        row_biases: float32 (n_stripes, words in a stripe).
        column_biases: float32 (n_stripes, words in a stripe).
        sizes: int32 (n_stripes,), how many words each stripe has.
        places: int32 (n_stripes ** 2, most cells of a block), where in its block each observed cell
            lies: row * words in a stripe + column; beyond the block where there are no more.
        counts: float32, of the same shape.
    """

    row_biases: "jax.Array"
    column_biases: "jax.Array"
    sizes: "jax.Array"
    places: "jax.Array"
    counts: "jax.Array"


def find_gpu(*, required: bool) -> "jax.Device | None":
    """Return the first GPU that JAX has, or None.

    Args:
        required: Raise an error where there is none. Otherwise JAX, whose import takes a second, is
            only asked where there may be one.

    Raises:
        MissingExtraError: JAX is required and not installed.
        InputError: A GPU is required and JAX finds none.
    """
    if find_spec("jax") is None:
        if required:
            raise MissingExtraError("jax", "cuda", "training on a GPU")
        return None
    if not required and not may_have_gpu():
        return None
    import jax

    try:
        return jax.devices("gpu")[0]
    except RuntimeError:
        if required:
            raise InputError(
                "device='gpu' needs a GPU that JAX can use. Received: a JAX that finds none. On a "
                "machine with one, pip install 'wordloom[cuda]'; else take device='cpu'."
            ) from None
        return None


def may_have_gpu() -> bool:
    """Tell whether JAX's package for CUDA and a driver are there, without importing JAX."""
    return any(map(find_spec, PLUGINS)) and any(Path(file).exists() for file in DEVICE_FILES)


class SwivelJaxTask(Task):
    """Swivel at work on a device that JAX knows; a turn is a whole round.

    Args:
        task: What the CPU would train; its state is this one's.
        device: Where to train.
    """

    def __init__(self, task: "SwivelTask", device: "jax.Device") -> None:
        self.task = task
        self.device = "gpu"
        self.place = device
        self.unit, self.size, self.state = task.unit, task.size, task.state
        self.turns, self.together = task.counts.n_stripes, 1
        self.sizes = np.diff(task.bounds)
        self.widest = int(self.sizes.max())
        self.facts = self.make_facts()
        self.train_round = make_train_round(task, self.widest)
        self.tables: Tables | None = None  # Not before a checkpoint may have changed the state.

    def make_facts(self) -> Facts:
        """Put on the device what stays the same."""
        task = self.task
        blocks = [task.cells(block) for block in range(task.turns)]
        most = max(len(cells.rows) for cells in blocks)
        beyond = np.arange(most, dtype=np.int32) + self.widest**2
        places = np.tile(beyond, (task.turns, 1))
        counts = np.ones((task.turns, most), np.float32)
        for block, cells in enumerate(blocks):
            end = len(cells.rows)
            places[block, :end] = cells.rows.astype(np.int32) * self.widest + cells.columns
            counts[block, :end] = cells.counts
        return Facts(
            self.put(self.in_stripes(np.concatenate([side.biases for side in task.row_sides]))),
            self.put(self.in_stripes(np.concatenate([side.biases for side in task.column_sides]))),
            self.put(self.sizes.astype(np.int32)),
            self.put(places),
            self.put(counts),
        )

    def put(self, array: NDArray[np.generic]) -> "jax.Array":
        """Copy an array to the device."""
        import jax

        copied: jax.Array = jax.device_put(array, self.place)
        return copied

    def in_stripes(self, array: NDArray[np.generic]) -> NDArray[np.float32]:
        """Return an array that has an entry for each word with all its stripes equally long.

        What fills the shorter ones is 1, for squares of gradients are divided by.
        """
        stripes = np.ones((len(self.sizes), self.widest, *array.shape[1:]), np.float32)
        for stripe, size in enumerate(self.sizes):
            first = self.task.bounds[stripe]
            stripes[stripe, :size] = array[first : first + size]
        return stripes

    def sync_state(self) -> None:
        """Bring `state` up to what the device has."""
        if self.tables is None:
            return
        for name, table in self.tables._asdict().items():
            stripes = np.asarray(table)
            for stripe, size in enumerate(self.sizes):
                first = self.task.bounds[stripe]
                self.state[name][first : first + size] = stripes[stripe, :size]

    def begin_epoch(self, epoch: int) -> None:
        """Put the rounds in a new order; before the first, copy the tables to the device."""
        self.task.begin_epoch(epoch)
        if self.tables is None:
            names = Tables._fields
            self.tables = Tables(*(self.put(self.in_stripes(self.state[name])) for name in names))

    def make_worker(self) -> Work:
        """Return what trains a round."""

        def work(epoch: int, turn: int) -> Outcome:
            blocks = self.task.blocks.reshape(self.turns, -1)[turn].astype(np.int32)
            self.tables, losses = self.train_round(self.tables, self.facts, blocks)
            loss = float(np.asarray(losses).sum(dtype=np.float64))
            row_stripes, column_stripes = np.divmod(blocks, self.turns)
            terms = int(self.sizes[row_stripes] @ self.sizes[column_stripes])
            return Outcome(loss, terms, loss)

        return work

    def learning_rate(self, epoch: int, turn: int) -> float:
        """Return the step size, always the same."""
        return self.task.trainer.rate

    def vectors(self) -> NDArray[np.float32]:
        """Return the sum of each word's vectors as a row and as a column."""
        self.sync_state()
        return self.task.vectors()

    def nothing_to_train(self) -> str:
        """Return the message for counts without a cell."""
        return self.task.nothing_to_train()


def make_train_round(task: "SwivelTask", width: int) -> "Callable[..., tuple[Tables, jax.Array]]":
    """Return the compiled function that trains the blocks of a round.

    It takes the tables, the facts and the numbers of the blocks, int32 (n_stripes,), and returns
    the new tables and the blocks' losses, float32 (n_stripes,). No two blocks share rows or
    columns, so that all start from the same tables.

    Args:
        task: What is trained.
        width: How many words the longest stripe has.
    """
    import jax
    import jax.numpy as jnp

    rule, rate = task.constants.rule, np.float32(task.trainer.rate)
    n_stripes = task.counts.n_stripes

    def step(
        vectors: "jax.Array", squares: "jax.Array", gradients: "jax.Array"
    ) -> "tuple[jax.Array, jax.Array]":
        squares = rule.kept * squares + rule.added * gradients**2
        return vectors - rate * gradients / jnp.sqrt(squares + rule.epsilon), squares

    def product(left: "jax.Array", right: "jax.Array") -> "jax.Array":
        # By default a GPU would round the factors to ten bits.
        return jnp.matmul(left, right, precision="highest")

    def train_round(
        tables: Tables, facts: Facts, blocks: "jax.Array"
    ) -> "tuple[Tables, jax.Array]":
        def train_block(block: "jax.Array") -> "tuple[jax.Array, ...]":
            row_stripe, column_stripe = block // n_stripes, block % n_stripes
            rows, columns = tables.rows[row_stripe], tables.columns[column_stripe]
            n_rows, n_columns = facts.sizes[row_stripe], facts.sizes[column_stripe]
            counts = jnp.zeros(width * width, jnp.float32)
            counts = counts.at[facts.places[block]].set(
                facts.counts[block], mode="drop", unique_indices=True, indices_are_sorted=True
            )
            counts = counts.reshape(width, width)
            biases = facts.row_biases[row_stripe][:, None] + facts.column_biases[column_stripe]
            above = product(rows, columns.T) + biases
            weights = rule.confidence_base + rule.confidence_scale * jnp.sqrt(counts)
            seen = counts > 0
            errors = above - jnp.log(jnp.where(seen, counts, 1))
            losses = jnp.where(seen, 0.5 * weights * errors**2, jax.nn.softplus(above))
            slopes = jnp.where(seen, weights * errors, jax.nn.sigmoid(above))
            index = jnp.arange(width)
            inside = (index < n_rows)[:, None] & (index < n_columns)
            slopes = jnp.where(inside, slopes, 0)
            scale = 1 / jnp.sqrt(n_rows.astype(jnp.float32) * n_columns)
            row_gradients = scale * product(slopes, columns)
            column_gradients = scale * product(slopes.T, rows)
            return (
                *step(rows, tables.row_squares[row_stripe], row_gradients),
                *step(columns, tables.column_squares[column_stripe], column_gradients),
                jnp.where(inside, losses, 0).sum(),
            )

        rows, row_squares, columns, column_squares, losses = jax.lax.map(
            train_block, blocks, batch_size=min(BATCH, n_stripes)
        )
        row_stripes, column_stripes = blocks // n_stripes, blocks % n_stripes
        new = Tables(
            tables.rows.at[row_stripes].set(rows),
            tables.columns.at[column_stripes].set(columns),
            tables.row_squares.at[row_stripes].set(row_squares),
            tables.column_squares.at[column_stripes].set(column_squares),
        )
        return new, losses

    return jax.jit(train_round, donate_argnums=0)
