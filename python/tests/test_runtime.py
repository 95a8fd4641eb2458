"""Threads, the interpreter's lock, Ctrl-C, memory, pickles, processes."""

import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time

import joblib
import numpy as np
import pytest

import lookalike
from lookalike import DBSCAN, PCA, TSNE, AgglomerativeClustering, KMeans, MiniBatchKMeans


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).normal(size=(3000, 20)).astype(np.float32)


def python(code, **environment):
    """What a fresh interpreter prints."""
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **environment},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.mark.parametrize(
    "estimator, attribute",
    [
        (KMeans(8, random_state=0), "cluster_centers_"),
        (MiniBatchKMeans(8, random_state=0), "cluster_centers_"),
        (DBSCAN(eps=4.0), "labels_"),
        (AgglomerativeClustering(5, compute_distances=True), "distances_"),
        (PCA(5), "components_"),
        (TSNE(max_iter=300, random_state=0), "embedding_"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_bits_do_not_depend_on_threads(estimator, attribute, X):
    found = []
    for n_threads in (1, 2, 8):
        lookalike.set_num_threads(n_threads)
        found.append(getattr(estimator.fit(X), attribute).tobytes())
    lookalike.set_num_threads(None)
    assert found[0] == found[1] == found[2]


def test_other_threads_run_meanwhile():
    X = np.random.default_rng(0).normal(size=(6000, 50))
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.005)

    ticker = threading.Thread(target=tick)
    ticker.start()
    start = time.perf_counter()
    TSNE(max_iter=400).fit(X)
    took = time.perf_counter() - start
    done.set()
    ticker.join()
    during = [t for t in ticks if start <= t <= start + took]
    assert max(np.diff(during)) < max(0.5, took / 4), "the lock was held"


def test_several_threads_may_fit_at_once(X):
    expected = KMeans(8, random_state=0).fit(X).labels_
    found = joblib.Parallel(n_jobs=4, prefer="threads")(
        joblib.delayed(lambda: KMeans(8, random_state=0).fit(X).labels_)() for _ in range(8)
    )
    assert all(np.array_equal(labels, expected) for labels in found)


def test_forked_and_spawned_processes_fit(X):
    expected = KMeans(8, random_state=0).fit(X).labels_.sum()
    found = joblib.Parallel(n_jobs=2)(
        joblib.delayed(lambda seed: KMeans(8, random_state=seed).fit(X).labels_.sum())(0) for _ in range(3)
    )
    assert found == [expected] * 3
    if hasattr(os, "fork"):
        code = """
            import os, numpy as np
            from lookalike import KMeans
            X = np.random.default_rng(0).normal(size=(3000, 20))
            KMeans(8).fit(X)
            child = os.fork()
            if child == 0:
                KMeans(8).fit(X)
                os._exit(7)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
        assert python(code) == "7"


def test_ctrl_c_stops_the_work():
    code = """
        import os, signal, threading, time
        import numpy as np
        from lookalike import TSNE
        X = np.random.default_rng(0).normal(size=(20000, 20))
        threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
        start = time.perf_counter()
        try:
            TSNE(max_iter=100000, n_iter_without_progress=100000).fit(X)
        except KeyboardInterrupt:
            print("stopped", time.perf_counter() - start < 30)
    """
    assert python(code) == "stopped True"


def test_fits_leak_nothing(X):
    code = """
        import resource
        import numpy as np
        from lookalike import DBSCAN, PCA, KMeans
        X = np.random.default_rng(0).normal(size=(4000, 30)).astype(np.float32)
        def fit():
            KMeans(8, random_state=0).fit(X).predict(X)
            PCA(5).fit_transform(X)
            DBSCAN(eps=5.0).fit(X)
        peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(20): fit()
        before = peak()
        for _ in range(200): fit()
        print(peak() - before)
    """
    # Kilobytes; 200 copies of the rows would be a hundred times as much.
    assert int(python(code)) < 10_000


def test_no_copy_is_made_of_float32_in_c_order():
    code = """
        import resource
        import numpy as np
        from lookalike import KMeans
        X = np.ones((1_000_000, 250), dtype=np.float32)
        X[::2] = 2
        peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        before = peak()
        KMeans(2, init=X[:2].copy(), n_init=1, max_iter=2).fit(X)
        print((peak() - before) * 1024 / X.nbytes)
    """
    # Besides the rows there are a byte for each value, labels, weights and moments of the rows.
    assert float(python(code)) < 0.3


@pytest.mark.parametrize(
    "estimator",
    [
        KMeans(4, random_state=0),
        MiniBatchKMeans(4, random_state=0),
        DBSCAN(eps=4.0),
        AgglomerativeClustering(3),
        PCA(3),
        TSNE(max_iter=250, random_state=0),
    ],
    ids=lambda e: type(e).__name__,
)
def test_models_survive_pickle_and_copy(estimator, X, tmp_path):
    X = (X[:300] + 1e6).astype(np.float64)
    estimator.fit(X)
    joblib.dump(estimator, tmp_path / "model")
    for copy in (pickle.loads(pickle.dumps(estimator)), joblib.load(tmp_path / "model")):
        for name, value in vars(estimator).items():
            if isinstance(value, np.ndarray):
                assert np.array_equal(value, getattr(copy, name)), name
        for method in ("predict", "transform"):
            if hasattr(estimator, method):
                assert np.array_equal(getattr(copy, method)(X), getattr(estimator, method)(X))
    if hasattr(estimator, "partial_fit"):
        copy = pickle.loads(pickle.dumps(estimator))
        assert np.array_equal(
            copy.partial_fit(X[:50]).cluster_centers_, estimator.partial_fit(X[:50]).cluster_centers_
        )


def test_progress_is_printed(capsys, X):
    TSNE(max_iter=250, verbose=1).fit(X[:200])
    assert "t-SNE: " in capsys.readouterr().out


def test_it_works_without_scikit_learn():
    code = """
        import sys
        sys.modules["sklearn"] = None
        import numpy as np
        import lookalike
        from lookalike import DBSCAN, PCA, TSNE, AgglomerativeClustering, KMeans, MiniBatchKMeans, metrics
        X = np.random.default_rng(0).normal(size=(90, 3))
        X[:45] += 9
        for estimator in [KMeans(2, random_state=0), MiniBatchKMeans(2, random_state=0), DBSCAN(eps=1.5),
                          AgglomerativeClustering()]:
            labels = estimator.fit_predict(X)
            assert metrics.adjusted_rand_score(labels[:, None][:, 0] == labels[0], np.arange(90) < 45) > 0.9
        assert PCA(2).fit_transform(X).shape == TSNE(max_iter=250).fit_transform(X).shape == (90, 2)
        assert repr(KMeans(3, tol=0.1)) == "KMeans(n_clusters=3, tol=0.1)"
        assert KMeans(3).set_params(n_clusters=4).get_params()["n_clusters"] == 4
        for bad, words in [(np.ones(3), "Expected 2D"), (X * np.nan, "NaN"), (X * 1j, "Complex"),
                           (np.ones((0, 3)), "0 sample"), (np.ones((3, 0)), "0 feature")]:
            try:
                KMeans(2).fit(bad)
            except ValueError as error:
                assert words in str(error), error
            else:
                raise AssertionError(words)
        for use, error in [(lambda: KMeans(2).predict(X), "NotFittedError"),
                           (lambda: KMeans(2).fit(X).predict(X[:, :2]), "ValueError"),
                           (lambda: DBSCAN(metric="cosine").fit(X), "NotImplementedError")]:
            try:
                use()
            except Exception as caught:
                assert type(caught).__name__ == error, caught
            else:
                raise AssertionError(error)
        print("yes")
    """
    assert python(code) == "yes"


def test_importing_is_quick():
    code = """
        import sys, time
        sys.modules["sklearn"] = None
        import numpy
        start = time.perf_counter()
        from lookalike import KMeans, segment
        print(time.perf_counter() - start)
    """
    assert min(float(python(code)) for _ in range(3)) < 0.05
