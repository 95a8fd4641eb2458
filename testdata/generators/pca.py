"""Principal components of the digits and of small random sets, by scikit-learn in f64."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA


def figures(x, n_components, svd_solver, whiten, rows=4):
    pca = PCA(n_components, svd_solver=svd_solver, whiten=whiten).fit(x)
    coordinates = pca.transform(x)
    return {
        "n_components": n_components,
        "svd_solver": svd_solver,
        "solver_used": pca._fit_svd_solver,
        "whiten": whiten,
        "components": pca.components_[:8].round(7).tolist(),
        "mean": pca.mean_.tolist() if x.shape[1] < 100 else [],
        "explained_variance": pca.explained_variance_.tolist(),
        "explained_variance_ratio": pca.explained_variance_ratio_.tolist(),
        "singular_values": pca.singular_values_.tolist(),
        "noise_variance": float(pca.noise_variance_),
        "coordinates": coordinates[:rows, :8].round(6).tolist(),
        "restored": pca.inverse_transform(coordinates)[:rows, :40].round(6).tolist(),
    }


def gaussian(x, n_components):
    """The Gaussian of the model, and how many components there is most evidence for."""
    pca = PCA(n_components).fit(x)
    return {
        "n_components": n_components,
        "n_found": int(pca.n_components_),
        "covariance": pca.get_covariance()[:3, :8].tolist(),
        "precision": pca.get_precision()[:3, :8].tolist(),
        "scores": pca.score_samples(x)[:8].tolist(),
    }


def digits_cases():
    x = load_digits().data
    return [
        figures(x, 2, "auto", False),
        figures(x, 20, "auto", True),
        figures(x, 10, "full", False),
        figures(x, 0.9, "auto", False),
        figures(x, 0.5, "full", False),
        figures(x, 64, "auto", False),
    ]


def random_set(rng, n, d):
    """Variances that fall off, so that axes are well apart."""
    scales = 0.8 ** np.arange(min(n, d))
    a = rng.normal(size=(n, len(scales))) * scales @ rng.normal(size=(len(scales), d))
    return (a + rng.normal(size=d) * 3).astype(np.float32).round(2)


def random_cases():
    rng = np.random.default_rng(31)
    cases = []
    for n, d, wanted in [(30, 6, 3), (12, 40, 5), (10, 25, 9), (120, 8, 0.95), (15, 15, 4)]:
        x = random_set(rng, n, d)
        cases.append(
            {
                "x": [[float(str(v)) for v in row] for row in x],
                "fits": [
                    figures(x.astype(np.float64), wanted, solver, whiten)
                    for solver, whiten in [("auto", False), ("full", True)]
                ],
                "gaussians": [
                    gaussian(x.astype(np.float64), k) for k in ([3, d, "mle"] if n > d else [3])
                ],
            }
        )
    return cases


def solver_cases():
    """Which way scikit-learn chooses, by shape."""
    shapes = [(10, 3), (400, 40), (399, 40), (500, 500), (501, 60), (600, 60), (60, 700), (700, 500)]
    rng = np.random.default_rng(32)
    cases = []
    for n, d in shapes:
        x = rng.normal(size=(n, d)).astype(np.float32)
        for k in sorted({1, int(0.8 * min(n, d)) - 1, int(0.8 * min(n, d)), min(n, d)}):
            if k >= 1:
                solver = PCA(k, random_state=0).fit(x)._fit_svd_solver
                cases.append([n, d, k, solver])
        cases.append([n, d, 0.5, PCA(0.5).fit(x)._fit_svd_solver])
    return cases


def cases():
    return {"digits": digits_cases(), "random": random_cases(), "solvers": solver_cases()}
