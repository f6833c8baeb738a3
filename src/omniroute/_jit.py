"""The one JIT policy: how every kernel is compiled, cached and warmed.

* Nothing compiles at import. A kernel compiles on its first call, or in `warm_up()`.
* Compiled code is cached on disk. The key covers the source of *all* kernel files:
  numba by itself keys a kernel on its own file only and goes on using stale code when
  a callee in another file changes (measured with numba 0.68).
* Where no cache folder can be written, kernels compile once a process and a
  `CompileWarning` says so once.
* No fastmath (arithmetic is on integers), no ``parallel=True``, the GIL is kept: calls
  are short and other threads must not see a half-applied change.
"""

from __future__ import annotations

import functools
import hashlib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import types as nbt

from omniroute.errors import CompileWarning

F = TypeVar("F", bound=Callable[..., Any])

#: (kernel, signature) in order of definition; `warm_up` makes ready what has one.
_registry: list[tuple[Any, str | None]] = []


@functools.cache
def _kernels_fingerprint() -> str:
    """Hash of every source file whose code can end up inside a compiled kernel."""
    here = Path(__file__).parent
    digest = hashlib.blake2b(digest_size=8)
    for path in [here / "codes.py", *sorted((here / "kernels").rglob("*.py"))]:
        digest.update(path.relative_to(here).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _cache_class() -> Any:
    from numba.core.caching import FunctionCache

    class KernelCache(FunctionCache):  # type: ignore[misc]
        """A function cache whose key also covers the other kernel files."""

        def _index_key(self, sig: Any, codegen: Any) -> Any:
            return (*super()._index_key(sig, codegen), _kernels_fingerprint())

    return KernelCache


@functools.cache
def _warn_uncached() -> None:
    """Say it once a process, not once a kernel."""
    warnings.warn(
        "compiled kernels cannot be cached; they compile once a process. "
        "Set NUMBA_CACHE_DIR to a folder that can be written.",
        CompileWarning,
        stacklevel=4,
    )


def _enable_cache(dispatcher: Any) -> None:
    try:
        dispatcher._cache = _cache_class()(dispatcher.py_func)
    except (RuntimeError, OSError):
        _warn_uncached()


def kernel(signature: str | None = None) -> Callable[[F], F]:
    """Mark a function as a kernel, optionally with the one signature it is called with.

    With a signature, `warm_up` can compile it ahead of the first call. Helpers that are
    only called from other kernels have none: they are compiled into their callers and
    must not be called from Python.

    Reference counting is off: kernels allocate nothing, so there is nothing to count.
    What would allocate (``a[:] = b`` between arrays, a new array) does not compile.
    """

    def decorate(function: F) -> F:
        # A helper is compiled into its callers only: no wrapper to call it from Python,
        # no cache file of its own. That alone halves the time to compile.
        inner = signature is None and not numba.config.DISABLE_JIT
        compiled = numba.njit(
            error_model="numpy",
            _nrt=False,
            no_cpython_wrapper=inner,
            no_cfunc_wrapper=True,
        )(function)
        if not inner and not numba.config.DISABLE_JIT:
            _enable_cache(compiled)
        if not numba.config.DISABLE_JIT:
            _one_signature(compiled)
        _registry.append((compiled, signature))
        return compiled  # type: ignore[no-any-return]

    return decorate


def _one_signature(dispatcher: Any) -> None:
    """Compile a call with a constant as a call with its type, not a copy a constant."""
    template = dispatcher.get_call_template

    def plain(args: Any, kws: Any) -> Any:
        kinds = {name: nbt.unliteral(kind) for name, kind in kws.items()}
        return template(tuple(nbt.unliteral(kind) for kind in args), kinds)

    dispatcher.get_call_template = plain


def view(function: F) -> F:
    """Mark a helper that only cuts arrays into views: its code is pasted into callers.

    Kernels run without numba's reference counting (see `kernel`), so a compiled
    function cannot hand back a new view; pasted code can.
    """
    pasted: F = numba.njit(inline="always", _nrt=False)(function)
    return pasted


def step(function: F) -> F:
    """Mark a step of an algorithm that is taken in one place: its code is pasted there.

    A compiled function is optimised with everything it calls, and once more in each
    caller above it: a chain of calls at the top of a large kernel costs seconds a link.
    """
    return view(function)


def _signature(text: str) -> Any:
    names = {"i8": nbt.int64, "i4": nbt.int32, "f8": nbt.float64, "u8": nbt.uint64}
    args = []
    for part in text.split():
        name, _, rank = part.partition("[")
        kind = names[name]
        if rank:
            kind = nbt.Array(kind, rank.count(",") + 1, "C")
        args.append(kind)
    return tuple(args)


def registered() -> tuple[tuple[Any, str | None], ...]:
    """Every kernel with its declared signature, for tests and tools."""
    return tuple(_registry)


def warm_up(freeze: bool = False) -> int:
    """Compile, or load from the cache, every kernel a live engine calls.

    Call it at boot, before the process reports ready: the first decision then costs
    what the others do. Returns the number of kernels made ready.

    Parameters
    ----------
    freeze
        Refuse further compilation afterwards: a call with an unexpected dtype then
        raises ``TypeError`` at once instead of stalling on a silent recompilation.

    Examples
    --------
    >>> import omniroute as om
    >>> om.warm_up() > 0  # doctest: +SKIP
    True
    """
    import omniroute.kernels

    omniroute.kernels.load_all()
    ready = 0
    for compiled, signature in _registry:
        if signature is None:
            continue
        ready += 1
        if numba.config.DISABLE_JIT:
            continue
        compiled.compile(_signature(signature))
        if freeze:
            compiled.disable_compile()
    return ready
