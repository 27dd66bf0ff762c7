import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from impact.threads import one_thread


def threads() -> set[int]:
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_a_function_runs_with_one_thread_and_what_was_before_comes_back():
    with threadpool_limits(limits=2, user_api="blas"):
        assert one_thread(threads)() == {1}
        assert threads() == {2}


def test_what_was_before_comes_back_after_an_error():
    @one_thread
    def fails() -> None:
        raise ValueError("a bug")

    with threadpool_limits(limits=2, user_api="blas"):
        with pytest.raises(ValueError, match="a bug"):
            fails()
        assert threads() == {2}
